"""How the results of task=heat_capacity are shown. No torch here."""

from physlearn.lab.shown import Shown

EXAMPLES = (("heat capacity of the parameters against width", "python -m physlearn task=heat_capacity"),)
SHOWN = {
    "likelihood": Shown("C_L, family=likelihood"),
    "posterior": Shown("C - d/2, family=posterior"),
    "likelihood_widest": Shown("C_L of the widest network", column=True),
}
QUESTION = "How many parameters do the data hold, measured as a heat capacity?"
