"""The words that replica exchange knows. No torch here: functions and key rules both import them."""

from typing import Literal, get_args

Swap = Literal["deo", "seo", "none"]  # deterministic even-odd, stochastic even-odd, no swaps
SWAPS: tuple[str, ...] = get_args(Swap)
LADDERS = ("geometric", "linear", "adaptive", "explicit")
