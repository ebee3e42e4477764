"""How the results of task=density are shown. No torch here."""

from collections.abc import Mapping
from typing import Any

from physlearn.instruments.notation import plus_minus
from physlearn.lab.shown import Shown

EXAMPLES = (
    ("an orbital of hydrogen: sampled, learned", "python -m physlearn task=density system.n=3 system.l=2 system.m=0"),
    ("all of them with n <= 4, as images", "python -m physlearn experiment=hydrogen/gallery"),
)
SHOWN = {
    "model_nll": Shown("NLL of the model", "nats", symbol="NLL", headline=True, against=("step",)),
    "chain_r": Shown("<r> over the chains", "a_0", symbol="<r>"),
    "held_out_nll": Shown("held-out NLL", "nats", column=True, drawn=True, better="low"),
    "above_entropy": Shown("above the exact entropy", "nats", column=True, drawn=True, better="low"),
}


def answer(result: Mapping[str, Any]) -> str:
    """How far above the exact entropy the held-out NLL is: of one orbital, or of the worst of several."""
    above, error, name = (result.get(key) for key in ("above_entropy", "above_entropy_se", "orbital"))
    if above is None or error is None or name is None:
        return ""
    if not isinstance(above, list):
        return f"{plus_minus(above, error)} nats above the exact entropy {result['entropy']:.4f} of {name}."
    worst = max(range(len(above)), key=above.__getitem__)
    return (
        f"{plus_minus(above[worst], error[worst])} nats above the exact entropy for {name[worst]}, the worst of "
        f"{len(above)} orbitals; {min(above):.2g} for the best."
    )


QUESTION = "How close to the entropy of the exact density does the learned density come?"
ANSWER = answer
