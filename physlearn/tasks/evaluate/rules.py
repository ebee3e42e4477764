"""What the keys of task=evaluate may hold."""

from physlearn.ranges import integer, text

RULES = {
    "from": text("outputs/train/<run>"),
    "weights": text("lenet300.safetensors"),
    "task.worst": integer(1, example="24"),
}
