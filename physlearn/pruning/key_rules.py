"""What the keys of the groups pruning, sparsity and storage may hold."""

from physlearn.pruning.choices import MOST_BITS, STORED_VALUES
from physlearn.ranges import FRACTION, NON_NEGATIVE, POSITIVE, Rule, choice, integer, is_whole, number

KEY_RULES: dict[str, Rule] = {
    "pruning.compression": number("a number >= 1 (weights / kept weights)", "16", lambda v: v >= 1),
    "pruning.beta": NON_NEGATIVE,
    "pruning.tolerance": number("a number > 0 (nats)", "0.01", lambda v: v > 0),
    "storage.kind": choice(*STORED_VALUES),
    "storage.bits": number(f"a whole number from 1 to {MOST_BITS}", "5", lambda v: is_whole(v) and 1 <= v <= MOST_BITS),
    "storage.epochs": integer(0, example="5"),
    "storage.rate": POSITIVE,
    "sparsity.start": number("a sparsity: 0 <= s < 1", "0.5", lambda v: 0 <= v < 1),
    "sparsity.rounds": integer(1, example="5"),
    "sparsity.fraction": FRACTION,
}
