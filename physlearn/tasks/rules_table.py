"""What the keys of task=table may hold."""

from physlearn.tasks.rules_compare import RULES

__all__ = ["RULES"]  # the same key: where runs lie
