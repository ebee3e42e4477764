"""What the keys of the group state may hold."""

from physlearn.quantum.choices import METHODS
from physlearn.ranges import POSITIVE, Rule, boolean, choice, integer, number

KEY_RULES: dict[str, Rule] = {
    "state.width": integer(1, example="16"),
    "state.relative": number("a number: 0 <= relative < 1", "1e-8", lambda v: 0 <= v < 1),
    "state.method": choice(*METHODS),
    "state.sweeps": integer(1, example="30"),
    "state.tolerance": POSITIVE.only_if("state.method", "dmrg"),
    "state.time_step": POSITIVE.only_if("state.method", "imaginary_time"),
    "state.symmetric": boolean(("auto",)),
    "state.cell": integer(1, example="2"),
    "state.kernel": integer(1, example="9"),
    "state.biases": boolean(),
    "state.complex": boolean(),
    "state.sign_rule": boolean(),
    "state.scale": POSITIVE,
    "state.steps": integer(1, example="400"),
    "state.lr": POSITIVE,
    "state.shift": POSITIVE,
    "state.chains": integer(2, example="500"),
    "state.samples": integer(8, example="100"),
    "state.replicas": integer(1, example="8"),
    "state.hottest": number("a number > 1", "8.0", lambda v: v > 1),
}
