"""What the keys of task=prune may hold."""

from physlearn.ranges import FRACTION, POSITIVE, Rule, boolean, choice, integer, number, text

LAYERS = Rule(
    lambda v: v is None or (isinstance(v, list) and all(isinstance(name, str) for name in v)),
    "a list of layer names, or null for all",
    "[fc1,fc2]",
)
FOLDERS = Rule(
    lambda v: (
        v is None or isinstance(v, str) or (isinstance(v, list) and bool(v) and all(isinstance(f, str) for f in v))
    ),
    "a folder, a list of folders, or null",
    "[outputs/prune/<run>,outputs/train/<run>]",
)

WRITES = ("network.plnet",)
RULES = {
    "from": text("outputs/train/<run>"),
    "weights": text("lenet300.safetensors"),
    "teachers": FOLDERS,
    "task.teaching": FRACTION,
    "task.test": boolean(),
    "task.init_scale": POSITIVE,
    "task.dense_epochs": integer(0, ("auto",), example="20"),
    "task.retrain_rate": POSITIVE,
    "task.alternate": boolean(),
    "task.layers": LAYERS,
    "task.flip": boolean(),
    "task.shift": integer(0, example="2"),
    "task.matmul_precision": choice("float32", "bfloat16"),
    "task.regrow": number("a fraction: 0 <= regrow < 1", "0.3", lambda v: 0 <= v < 1),
    "task.prune_every": integer(1, example="100"),
}
