"""How the results of task=generalize are shown. No torch here."""

from physlearn.lab.shown import Shown

EXAMPLES = (("simulated students on the theory's learning curve", "python -m physlearn task=generalize"),)
SHOWN = {
    "error": Shown("generalisation error", symbol="error"),
    "up_median": Shown("median jump on the way up", symbol="jump up"),
}
QUESTION = "How does the generalisation error fall with the number of examples, and does theory predict it?"
