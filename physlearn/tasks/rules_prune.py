"""What the keys of task=prune may hold."""

from physlearn.lab.check import Rule, boolean, choice, integer, number, text

LAYERS = Rule(
    lambda v: v is None or (isinstance(v, list) and all(isinstance(name, str) for name in v)),
    "a list of layer names, or null for all",
    "[fc1,fc2]",
)

RULES = {
    "from": text("outputs/train/<run>"),
    "weights": text("lenet300.safetensors"),
    "task.init_scale": number("a number > 0", "0.4", lambda v: v > 0),
    "task.dense_epochs": integer(0, ("auto",), example="20"),
    "task.retrain_rate": number("a number > 0", "0.1", lambda v: v > 0),
    "task.alternate": boolean(),
    "task.layers": LAYERS,
    "task.shift": integer(0, example="2"),
    "task.products": choice("float32", "bfloat16"),
    "task.prune_every": integer(1, example="100"),
    "pruning.compression": number("a number >= 1 (weights / kept weights)", "16", lambda v: v >= 1),
    "pruning.beta": number("a number >= 0", "10", lambda v: v >= 0),
    "pruning.tolerance": number("a number > 0 (nats)", "0.01", lambda v: v > 0),
    "storage.kind": choice("float32", "float16", "codebook"),
    "storage.bits": number("a whole number from 1 to 8", "5", lambda v: isinstance(v, int) and 1 <= v <= 8),
    "storage.epochs": integer(0, example="5"),
    "storage.rate": number("a number > 0", "0.1", lambda v: v > 0),
    "sparsity.start": number("a sparsity: 0 <= s < 1", "0.5", lambda v: 0 <= v < 1),
    "sparsity.rounds": integer(1, example="5"),
    "sparsity.fraction": number("a fraction: 0 < fraction <= 1", "0.8", lambda v: 0 < v <= 1),
}
