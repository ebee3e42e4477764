"""Schedules against their equations, at times that are neither the beginning nor the end."""

import math

import pytest

from physlearn import schedules


def test_linear_is_annealed_dropout():
    """p_t = p_0 max(0, 1 - t/N) (Rennie et al. 2014), and stays at 0."""
    p = schedules.linear(0.4, 0.0, fraction=0.5)
    assert p(30, 200) == pytest.approx(0.4 * (1 - 30 / 100))
    assert p(150, 200) == 0.0


def test_exponential_has_equal_factors_in_equal_times():
    T = schedules.exponential(3.0, 0.02)
    assert T(70, 300) / T(40, 300) == pytest.approx(T(200, 300) / T(170, 300))
    assert T(300, 300) == pytest.approx(0.02)


def test_cosine_against_its_equation():
    v = schedules.cosine(0.7, 0.2, fraction=0.8)
    t = 37 / (0.8 * 90)
    assert v(37, 90) == pytest.approx(0.2 + 0.5 * (1 + math.cos(math.pi * t)) / 2)


def test_warm_rises_in_a_line_then_falls_along_half_a_cosine():
    v = schedules.warm(0.7, 0.2, warmup=0.1)
    assert [v(step, 200) for step in (0, 9, 18)] == pytest.approx([0.7 * n / 20 for n in (1, 10, 19)])
    assert v(19, 200) == pytest.approx(0.7)
    assert v(73, 200) == pytest.approx(0.2 + 0.25 * (1 + math.cos(math.pi * (74 / 200 - 0.1) / 0.9)))
    assert v(199, 200) == pytest.approx(0.2)
    for warmup in (0.0, 1.0, -0.2):
        with pytest.raises(ValueError, match="warmup"):
            schedules.warm(1.0, warmup=warmup)


def test_cyclical_against_zhang_2020():
    """alpha_k = (alpha_0/2) [cos(pi mod(k - 1, ceil(K/M)) / ceil(K/M)) + 1] with K not a multiple of M."""
    v, K, M = schedules.cyclical(0.6, cycles=4), 103, 4
    length = math.ceil(K / M)
    for k in range(1, K + 1):
        assert v(k - 1, K) == pytest.approx(0.3 * (math.cos(math.pi * ((k - 1) % length) / length) + 1))


def test_piecewise_changes_at_its_boundaries():
    v = schedules.piecewise([3.0, 2.0, 0.5], [0.2, 0.6])
    assert [v(step, 50) for step in (9, 10, 29, 30)] == [3.0, 2.0, 2.0, 0.5]


def test_off_stays_off():
    assert schedules.off(start=0.5, stop=0.3)(7, 20) == 0.0


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: schedules.exponential(0.0, 1.0), "start > 0"),
        (lambda: schedules.cyclical(1.0, cycles=0), "at least 1"),
        (lambda: schedules.piecewise([1.0, 2.0], [0.5, 0.2]), "rising"),
    ],
)
def test_refusals_say_what_is_needed(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_cubic_is_zhu_and_gupta():
    """s_t = s_f + (s_i - s_f) (1 - t/(n dt))^3, and stays at s_f."""
    s = schedules.cubic(0.1, 0.98, fraction=0.8)
    assert s(30, 100) == pytest.approx(0.98 + (0.1 - 0.98) * (1 - 30 / 80) ** 3)
    assert s(80, 100) == s(99, 100) == pytest.approx(0.98)


def test_staircase_leaves_equal_factors_from_its_first_step_on():
    s = schedules.staircase(0.2, 0.9, rounds=3, fraction=0.6)
    left = [1 - s(step, 100) for step in (0, 19, 20, 39, 40, 59, 99)]
    factor = (0.1 / 0.8) ** (1 / 3)
    assert left == pytest.approx([0.8 * factor**k for k in (1, 1, 2, 2, 3, 3, 3)])
    with pytest.raises(ValueError, match="a staircase needs"):
        schedules.staircase(0.0, 1.0)
