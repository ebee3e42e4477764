"""The words that systems know. No torch here: classes and key rules both import them."""

from typing import Literal, get_args

GLASSES = ("sk", "ea")  # Sherrington-Kirkpatrick, Edwards-Anderson
Law = Literal["gaussian", "pm"]  # of the couplings
LAWS: tuple[str, ...] = get_args(Law)
ENERGIES = ("exact", "minibatch")  # of a network, by which swaps are decided
INPUTS = ("signs", "gaussian")  # of a student's examples: x_i = +-1 or normal
CIRCLES = ("rotations", "great_circles")  # along which spherical students move
