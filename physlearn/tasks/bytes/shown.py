"""What task=bytes has to say. No torch here."""

from physlearn.lab.shown import Shown

EXAMPLES = (("error against bytes: one network or samples", "python -m physlearn task=bytes runs=outputs"),)
SHOWN: dict[str, Shown] = {}
