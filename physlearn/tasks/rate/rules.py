"""What the keys of task=rate may hold."""

from physlearn.tasks.compare.rules import RULES

__all__ = ["RULES"]  # the same key: where runs lie
