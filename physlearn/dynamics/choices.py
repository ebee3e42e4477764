"""The words that equations of motion and spin updates know. No torch here: classes and key rules both import them."""

from typing import Literal, get_args

SCHEMES = ("euler", "leimkuhler_matthews")
NOISE_KINDS = ("gaussian", "rademacher", "box_muller")
SpinRule = Literal["heat_bath", "metropolis"]
SPIN_RULES: tuple[str, ...] = get_args(SpinRule)
