"""The words that orbitals know. No torch here: classes and key rules both import them."""

from typing import Literal, get_args

Coordinates = Literal["spherical", "cartesian"]
COORDINATES: tuple[str, ...] = get_args(Coordinates)
