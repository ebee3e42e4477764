"""What the keys of the group tempering may hold."""

from itertools import pairwise

from physlearn.key_rules import temperature
from physlearn.ranges import Rule, choice, integer
from physlearn.temperatures import number_of
from physlearn.tempering.choices import LADDERS, SWAPS

TEMPERATURE = temperature(positive=True)


def _ladder(value: object) -> bool:
    if not isinstance(value, list):
        return value is None
    if len(value) < 2 or not all(map(TEMPERATURE.holds, value)):
        return False
    alike = len({isinstance(t, str) for t in value}) == 1  # a number and a multiple of 1/N are compared when N is known
    return not alike or all(number_of(cold, 1) < number_of(hot, 1) for cold, hot in pairwise(value))


KEY_RULES: dict[str, Rule] = {
    "tempering.replicas": integer(2, example="8").only_if("tempering.temperatures", None),
    "tempering.ladders": integer(1),
    "tempering.minimum": TEMPERATURE.only_if("tempering.temperatures", None),
    "tempering.maximum": TEMPERATURE.only_if("tempering.temperatures", None),
    "tempering.ladder": choice(*LADDERS),
    "tempering.temperatures": Rule(
        _ladder, "null or a list of at least two temperatures > 0, each above the one before", "[1,1.5,2]"
    ).only_if("tempering.ladder", "explicit", "adaptive"),
    "tempering.rounds": integer(0, example="5").only_if("tempering.ladder", "adaptive"),
    "tempering.swap": choice(*SWAPS),
    "tempering.every": integer(1, example="5"),
}
