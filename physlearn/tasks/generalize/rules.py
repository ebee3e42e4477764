"""What the keys of task=generalize may hold that no package owns."""

from physlearn.tasks.compare.rules import RULES as COMPARED

RULES = {"learning.runs": COMPARED["runs"]}
