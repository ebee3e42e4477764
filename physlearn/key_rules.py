"""What the keys of temperature, prior, dropout, schedule and ensemble may hold, and what any temperature may."""

from physlearn.prior_families import FAMILIES
from physlearn.ranges import (
    FRACTION,
    NON_NEGATIVE,
    POSITIVE,
    Rule,
    boolean,
    choice,
    integer,
    is_whole,
    number,
    numbers,
    several,
)
from physlearn.temperatures import is_temperature, number_of


def temperature(positive: bool = False) -> Rule:
    """The rule of every key that is a temperature: here alone stands what may be typed for one."""
    return Rule(
        lambda v: is_temperature(v) and (number_of(v, 1) > 0 or not positive),
        f"a temperature {'> 0' if positive else '>= 0'} (of a network: nats per example), 'posterior' for 1/N, or a "
        "multiple of it such as 0.1posterior",
        "0.1posterior",
    )


TEMPERATURE = temperature()
RATE = number("a dropout rate: 0 <= p < 1, the probability of dropping", "0.5", lambda v: 0 <= v < 1)
BOUNDARIES = numbers("a rising list of fractions of the run", "[0.5]", lambda v: 0 < v < 1)
CYCLES = integer(1, example="4")

FROM_PRIOR = ("optimizer.weight_decay", "auto")  # where weight_decay is a number, nothing reads the prior

KEY_RULES: dict[str, Rule] = {
    "prior.variance": number("a number > 0, or 'auto'", "0.01", lambda v: v > 0, ("auto",)).only_if(*FROM_PRIOR),
    "prior.scale": POSITIVE.only_if(*FROM_PRIOR),
    "prior.family": choice(*FAMILIES).only_if(*FROM_PRIOR),
    "prior.temperature": Rule(
        lambda v: v is None or is_temperature(v), f"null, or {TEMPERATURE.allowed}", "posterior"
    ).only_if(*FROM_PRIOR),
    "prior.draw": boolean(("auto",)).only_if(*FROM_PRIOR),
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
