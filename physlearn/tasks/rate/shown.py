"""What task=rate has to say. No torch here."""

from physlearn.lab.shown import Shown

EXAMPLES = (("error against the bits a codec left", "python -m physlearn task=rate runs=outputs/sweeps/<sweep>"),)
SHOWN: dict[str, Shown] = {}
QUESTION = "How many bits per pixel or sample does a classifier need?"
