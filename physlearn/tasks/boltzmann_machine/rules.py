"""What the keys of task=boltzmann_machine may hold."""

from physlearn.ranges import boolean, integer, text

RULES = {
    "from": text("outputs/boltzmann_machine/<run>"),
    "task.ais_chains": integer(2, example="100"),
    "task.ais_steps": integer(1, example="10000"),
    "task.raise_examples": integer(2, example="100"),
    "task.raise_chains": integer(1, example="5"),
    "task.test": boolean(),
}
