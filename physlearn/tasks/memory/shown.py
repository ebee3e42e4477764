"""How the results of task=memory are shown. No torch here."""

from physlearn.lab.shown import Shown

SHOWN = {"overlap": Shown("overlap m", symbol="m")}
QUESTION = "Does the memory recall where replica theory says that it does?"
