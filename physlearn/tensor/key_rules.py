"""What the keys of the group tensor may hold."""

from physlearn.ranges import NON_NEGATIVE, POSITIVE, Rule, choice, integer, number
from physlearn.tensor.choices import ORDERS

KEY_RULES: dict[str, Rule] = {
    "tensor.bond": integer(1, example="20"),
    "tensor.relative": number("a number: 0 <= relative < 1", "1e-7", lambda v: 0 <= v < 1),
    "tensor.lr": POSITIVE,
    "tensor.start": integer(1, example="2"),
    "tensor.steps": integer(1, example="1"),
    "tensor.noise": NON_NEGATIVE,
    "tensor.order": choice(*ORDERS),
    "tensor.threshold": number("a number: 0 < threshold < 1, or null", "0.5", lambda v: 0 < v < 1, (None,)),
}
