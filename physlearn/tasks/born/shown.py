"""How the results of task=born are shown. No torch here."""

from physlearn.lab.shown import Shown

EXAMPLES = (
    ("a Born machine: exact samples of bars and stripes", "python -m physlearn task=born"),
    ("half a digit, completed by it", "python -m physlearn task=born from=outputs/born/<run> task.complete=bottom"),
)
SHOWN = {
    "nll": Shown("training NLL", "nats per image", symbol="NLL", headline=True, against=("step",)),
    "bond_max": Shown("largest bond", symbol="D"),
    "train_nll": Shown("training NLL", "nats per image", column=True, drawn=True, better="low"),
    "test_nll": Shown("test NLL", "nats per image", column=True, drawn=True, better="low"),
}
QUESTION = "How well does a matrix product state model these images, on the training and on the test set?"
