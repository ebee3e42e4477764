"""What the keys of task=recall may hold."""

from physlearn.lab.check import Rule, choice, integer, is_number, number
from physlearn.tasks.rules import NON_NEGATIVE, POSITIVE

HEAT = number("a temperature: a number >= 0, in the unit of E = -s.J.s/2 (recall ends near 1)", "0.3", lambda v: v >= 0)

RULES = {
    "task.patterns": integer(1, example="10"),
    "task.sweeps": integer(1, example="10"),
    "temperature.value": HEAT,
    "temperature.start": HEAT,
    "temperature.values": Rule(
        lambda v: isinstance(v, list) and all(is_number(x) and x >= 0 for x in v), "a list of temperatures", "[1,0.5]"
    ),
    "hopfield.rule": choice("hebb", "projection", "storkey"),
    "hopfield.function": choice("polynomial", "rectified", "exponential"),
    "hopfield.power": integer(2, example="3"),
    "hopfield.beta": number("a number > 0, or 'auto' for 40 / neurons", "0.05", POSITIVE.holds, ("auto",)),
    "hopfield.dynamics": choice("asynchronous", "sequential", "greedy", "synchronous"),
    "hopfield.corruption": choice("flip", "mask", "noise"),
    "hopfield.amount": number(
        "a number >= 0 (a fraction at most 1 unless it is noise), or 'auto'", "0.2", NON_NEGATIVE.holds, ("auto",)
    ),
    "hopfield.clamp": Rule(lambda v: isinstance(v, bool) or v == "auto", "true, false or 'auto'", "true"),
}
