"""How the results of task=recall are shown. No torch here."""

from physlearn.lab.shown import Shown

EXAMPLES = (("images recalled from an associative memory", "python -m physlearn task=recall"),)
SHOWN = {
    "energy": Shown("energy per neuron", symbol="E", headline=True, against=("step",)),
    "temperature": Shown("temperature T", symbol="T"),
    "overlap": Shown("overlap m", symbol="m"),
}
QUESTION = "Does this memory recall corrupted images?"
