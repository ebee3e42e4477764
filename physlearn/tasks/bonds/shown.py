"""What task=bonds has to say: it reads every sweep over matrix product classifiers that has ended. No torch here."""

from physlearn.lab.shown import Shown

EXAMPLES = (("test error against bond dimension", "python -m physlearn experiment=stoudenmire2016/mnist"),)
AFTER_SWEEP = "after_sweep"
SHOWN: dict[str, Shown] = {}
