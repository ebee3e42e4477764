"""How the results of task=fluctuations are shown. No torch here."""

from collections.abc import Mapping
from typing import Any

from physlearn.lab.shown import Shown

EXAMPLES = (
    ("Jarzynski, Crooks and BAR on a driven trap", "python -m physlearn task=fluctuations"),
    ("the same for a quench", "python -m physlearn task=fluctuations protocol=quench"),
)
THEOREMS = 3  # Jarzynski, the integral theorem, BAR
SHOWN = {
    "jarzynski": Shown("<exp(-(W + Wsh)/T)> / exact", column=True),
    "work_alone": Shown("<exp(-W/T)> / exact"),
    "integral": Shown("<exp(-s_tot)>"),
}


def answer(result: Mapping[str, Any]) -> str:
    """The largest deviation of the theorems, and of the work without shadow work, in standard errors."""
    far = [result[key] for key in ("jarzynski_z_max", "integral_z_max", "bar_z_max") if result.get(key) is not None]
    if len(far) < THEOREMS:
        return ""
    return (
        f"{max(far):.1f} standard errors is the largest deviation of the theorems at the {len(result['pace'])} steps; "
        f"without the shadow work of the step the work is off by {result['work_alone_z_max']:.0f}."
    )


QUESTION = "Do the fluctuation theorems hold at a finite step?"
ANSWER = answer
