"""What the keys of the groups temperature, dropout, schedule and ensemble may hold, and what any temperature may."""

from physlearn.ranges import FRACTION, NON_NEGATIVE, POSITIVE, Rule, integer, is_whole, number, numbers, several

WORDS = ("posterior",)


def temperature(positive: bool = False) -> Rule:
    """The rule of every key that is a temperature: here alone stands what may be typed for one."""
    bound = "> 0" if positive else ">= 0"
    return number(
        f"a temperature {bound} (of a network: nats per example), or 'posterior' for 1/N",
        "posterior",
        lambda v: v > 0 if positive else v >= 0,
        WORDS,
    )


TEMPERATURE = temperature()
RATE = number("a dropout rate: 0 <= p < 1, the probability of dropping", "0.5", lambda v: 0 <= v < 1)
BOUNDARIES = numbers("a rising list of fractions of the run", "[0.5]", lambda v: 0 < v < 1)
CYCLES = integer(1, example="4")

KEY_RULES: dict[str, Rule] = {
    "temperature.value": TEMPERATURE,
    "temperature.start": TEMPERATURE,
    "temperature.cycles": CYCLES,
    "temperature.fraction": FRACTION,
    "temperature.values": several("a list of temperatures", "[1e-3,posterior]", TEMPERATURE.holds),
    "temperature.boundaries": BOUNDARIES,
    "dropout.start": RATE,
    "dropout.stop": RATE,
    "dropout.fraction": FRACTION,
    "schedule.value": POSITIVE,
    "schedule.start": POSITIVE,
    "schedule.stop": NON_NEGATIVE,
    "schedule.warmup": number("a fraction of the run: 0 < warmup < 1", "0.05", lambda v: 0 < v < 1),
    "schedule.cycles": CYCLES,
    "schedule.fraction": FRACTION,
    "schedule.values": numbers("a list of numbers > 0", "[1,0.1]", lambda v: v > 0),
    "schedule.boundaries": BOUNDARIES,
    "ensemble.burn_in": number(
        "a fraction of the run (0 <= burn_in < 1) or a whole number of epochs",
        "0.5",
        lambda v: 0 <= v < 1 or (is_whole(v) and v >= 1),
    ),
    "ensemble.keep": integer(1, example="20"),
}
