"""How the results of task=entropy are shown. No torch here."""

from collections.abc import Mapping
from typing import Any

from physlearn.instruments.notation import plus_minus
from physlearn.lab.shown import Shown

EXAMPLES = (("bits in images, plain and as JPEG", "python -m physlearn task=entropy data=mnist"),)
SHOWN = {
    "plain_plug_in": Shown("entropy of a pixel's value (bits)", column=True),
    "plain_lzma": Shown("lzma (bits per byte)", column=True),
}


def answer(result: Mapping[str, Any]) -> str:
    """Entropy of a byte by counting and by the best compressor, and what JPEG leaves at the lowest quality."""
    if result.get("plain_miller_madow") is None:
        return ""
    packed = min(result[f"plain_{name}"] for name in ("zlib", "bz2", "lzma"))
    dropped = ""
    if qualities := result.get("qualities"):
        worst = qualities.index(min(qualities))
        left = f"{result['scan_bits'][worst]:.2g} of {result['raw_bits']:g} bits per pixel"
        dropped = f"; JPEG at quality {qualities[worst]} leaves {left}"
    counted = plus_minus(result["plain_miller_madow"], result["plain_miller_madow_se"])
    return f"{counted} bits per byte by counts of values, {packed:.2f} by the best compressor{dropped}."


QUESTION = "How many bits per byte do these images hold, and how many does a codec drop?"
ANSWER = answer
