"""How the results of task=truncate are shown. No torch here."""

from physlearn.lab.shown import Shown

EXAMPLES = (
    ("a matrix product state that classifies", "python -m physlearn model=mps data=mnist data.pool=2 optimizer=adamw"),
    ("the bonds that it needs, over the image", "python -m physlearn task=truncate from=outputs/train/<run>"),
)
SHOWN = {
    "whole_error": Shown("error before truncation", "%", column=True),
    "truncated_error": Shown("error after truncation", "%", column=True),
    "parameters_left": Shown("parameters left", column=True),
}
QUESTION = "How far can this matrix product classifier be truncated?"
