"""How the results of task=density are shown. No torch here."""

from physlearn.lab.shown import Shown

EXAMPLES = (
    ("an orbital of hydrogen: sampled, learned", "python -m physlearn task=density system.n=3 system.l=2 system.m=0"),
    ("all of them with n <= 4, as images", "python -m physlearn experiment=hydrogen/gallery"),
)
SHOWN = {
    "model_nll": Shown("NLL of the model", "nats", symbol="NLL", headline=True, against=("step",)),
    "chain_r": Shown("<r> over the chains", "a_0", symbol="<r>"),
    "held_out_nll": Shown("held-out NLL", "nats", column=True, drawn=True),
    "above_entropy": Shown("above the exact entropy", "nats", column=True, drawn=True),
}
