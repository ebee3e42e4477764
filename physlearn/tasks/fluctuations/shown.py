"""How the results of task=fluctuations are shown. No torch here."""

from physlearn.lab.shown import Shown

EXAMPLES = (
    ("Jarzynski, Crooks and BAR on a driven trap", "python -m physlearn task=fluctuations"),
    ("the same for a quench", "python -m physlearn task=fluctuations protocol=quench"),
)
SHOWN = {
    "jarzynski": Shown("<exp(-(W + Wsh)/T)> / exact", column=True),
    "work_alone": Shown("<exp(-W/T)> / exact"),
    "integral": Shown("<exp(-s_tot)>"),
}
QUESTION = "Do the fluctuation theorems hold at a finite step?"
