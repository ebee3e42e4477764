"""The advice where a run diverged names what did it: the step, or the noise of a temperature that is too high."""

import pytest

from physlearn.tasks.setup.remedy import remedy


@pytest.mark.parametrize(
    ("config", "advice"),
    [
        ({"optimizer": {"lr": 0.3}, "temperature": {"value": 1e6}}, "Lower temperature.value: at T = 1e+06 the noise"),
        ({"optimizer": {"lr": 0.3}, "temperature": {"value": 5e-7}}, "Lower optimizer.lr"),
        ({"optimizer": {"lr": 50.0}, "temperature": {"value": "posterior"}}, "Lower optimizer.lr"),
        ({"optimizer": {"lr": 0.3}, "temperature": {"start": 100.0, "value": 0.0}}, "Lower temperature.start"),
        ({"optimizer": {"lr": 0.3}, "temperature": {"values": ["posterior", 9.0]}}, "Lower temperature.values"),
        ({"optimizer": {"lr": 0.3}, "tempering": {"maximum": 1e4}}, "Lower tempering.maximum"),
        ({"task": {"name": "recall"}, "temperature": {"value": 1e6}}, ""),
    ],
)
def test_what_to_lower(config, advice):
    assert remedy(config).startswith(advice)
    assert bool(remedy(config)) == bool(advice)


def test_the_noise_of_a_step_is_root_2hT():
    """sqrt(2 x 0.5 x 1.01) > 1 > sqrt(2 x 0.5 x 0.99)."""
    for value, blamed in ((1.01, "temperature.value"), (0.99, "optimizer.lr")):
        assert blamed in remedy({"optimizer": {"lr": 0.5}, "temperature": {"value": value}})
