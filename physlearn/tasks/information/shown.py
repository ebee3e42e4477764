"""How the results of task=information are shown. No torch here."""

from physlearn.lab.shown import Shown

EXAMPLES = (("what a linear last layer stores, and what it costs", "python -m physlearn task=information"),)
SHOWN = {"efficiency_slowest": Shown("efficiency of the slowest training", column=True)}
QUESTION = "What does it cost to store a bit of information in a linear layer?"
