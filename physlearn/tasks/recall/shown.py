"""How the results of task=recall are shown. No torch here."""

from physlearn.lab.shown import Shown

EXAMPLES = (("images recalled from an associative memory", "python -m physlearn task=recall"),)
SHOWN = {
    "energy": Shown("energy per neuron", symbol="E", headline=True, against=("step",)),
    "temperature": Shown("temperature T", symbol="T"),
    "overlap": Shown("overlap m", symbol="m"),
    "hidden_pixel_error": Shown("hidden pixels wrong", "%", column=True, drawn=True, better="low"),
    "pixel_error": Shown("pixels wrong", "%", column=True, drawn=True, better="low"),
    "recalled": Shown("images with 95 % of the pixels right", "%", column=True, drawn=True, better="high"),
}
QUESTION = "Does this memory recall corrupted images?"
