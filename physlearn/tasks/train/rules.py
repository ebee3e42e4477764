"""What the keys that conf/task/train.yaml adds may hold."""

from physlearn.ranges import boolean, choice, integer, text

RULES = {
    "from": text("outputs/train/<run>"),
    "weights": text("lenet300.safetensors"),
    "task.sparse": boolean(),
    "task.flip": boolean(),
    "task.shift": integer(0, example="1"),
    "task.matmul_precision": choice("float32", "bfloat16"),
    "task.select": choice("last", "validation", "test"),
    "task.test": boolean(),
    "task.log_every": integer(1, ("auto",), example="100"),
}
