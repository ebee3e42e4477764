"""How the results of task=machine_information are shown. No torch here."""

from physlearn.lab.shown import Shown

EXAMPLES = (("what a machine's samples reveal of its data set", "python -m physlearn task=machine_information"),)
SHOWN = {"l_info_most_sets": Shown("L-info, most sets", "nats", symbol="I(B; X)", headline=True, column=True)}
