"""Temperatures are the schedules they are named after, with `value` where those have their last value."""

import inspect

import pytest

from physlearn import annealing, schedules
from physlearn.lab.build import locate
from physlearn.lab.config import config_folder

STEPS = 40
MOVING = [
    ("linear", {"fraction": 0.4}),
    ("exponential", {"fraction": 0.4}),
    ("cosine", {"fraction": 0.4}),
    ("cyclical", {"cycles": 3}),
]


@pytest.mark.parametrize(("name", "more"), MOVING, ids=[name for name, _ in MOVING])
def test_it_is_the_schedule_of_its_name(name, more):
    ours = getattr(annealing, name)(start=0.7, value=0.2, **more)
    theirs = getattr(schedules, name)(start=0.7, stop=0.2, **more)
    found = [ours(step, STEPS) for step in range(STEPS + 1)]
    assert found == [theirs(step, STEPS) for step in range(STEPS + 1)]
    assert len(set(found)) > 5


def test_value_is_the_last_of_several():
    T = annealing.piecewise([0.7, 0.5], [0.25, 0.5], value=0.2)
    assert [T(step, 40) for step in (0, 9, 10, 19, 20, 39)] == [0.7, 0.7, 0.5, 0.5, 0.2, 0.2]
    with pytest.raises(ValueError, match="piecewise needs"):
        annealing.piecewise([0.7], [0.25, 0.5], value=0.2)


def test_none_is_zero_whatever_is_asked():
    assert annealing.none(value=0.3)(7, 20) == 0.0


def test_every_option_of_the_group_takes_value():
    for path in (config_folder() / "temperature").glob("*.yaml"):
        target = path.read_text().split("_target_: ")[1].split()[0]
        assert "value" in inspect.signature(locate(target)).parameters, target
