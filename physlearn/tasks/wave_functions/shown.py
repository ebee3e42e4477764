"""What task=wave_functions has to say: it reads every sweep over ground states that has ended. No torch here."""

from physlearn.lab.shown import Shown

EXAMPLES = (
    ("networks beside matrix product states", "python -m physlearn experiment=carleo2017/ising"),
    ("2^N numbers, N d D^2, or a network", "python -m physlearn experiment=curse_of_dimension"),
)
AFTER_SWEEP = "after_sweep"
SHOWN: dict[str, Shown] = {}
