"""How the results of task=entropy are shown. No torch here."""

from physlearn.lab.shown import Shown

EXAMPLES = (("bits in images, plain and as JPEG", "python -m physlearn task=entropy data=mnist"),)
SHOWN = {
    "plain_plug_in": Shown("entropy of a pixel's value (bits)", column=True),
    "plain_lzma": Shown("lzma (bits per byte)", column=True),
}
