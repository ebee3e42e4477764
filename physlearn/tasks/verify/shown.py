"""What task=verify has to say. No torch here."""

from physlearn.lab.shown import Shown

EXAMPLES = (("the exact laws, on this machine", "python -m physlearn task=verify"),)
SHOWN: dict[str, Shown] = {}
QUESTION = "Do the exact laws hold on this machine?"
