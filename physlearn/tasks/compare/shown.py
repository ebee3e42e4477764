"""What task=compare has to say: it reads every sweep that has ended. No torch here."""

from physlearn.lab.shown import Shown

EXAMPLES = (("a sweep and its comparison", "python -m physlearn --multirun optimizer=sgd,langevin seed=0,1,2"),)
AFTER_SWEEP = "compare"
SHOWN: dict[str, Shown] = {}
QUESTION = "Which setting is the best, beyond the errors?"
SEEDS = "What do the seeds have in common?"  # where nothing but the seed was swept
