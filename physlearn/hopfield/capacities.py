"""One-step errors and capacities: what one update does to a bit of a stored pattern, and how many can be stored."""

import math

import numpy as np
from scipy.special import factorial2, gammaln

from physlearn.hopfield.choices import LEARNING_RULES


def hebb_error(load: float) -> float:
    """P(bit of a stored pattern opposes its field) = erfc(sqrt(1/(2 alpha)))/2, load alpha = patterns / neurons."""
    if not load > 0:
        raise ValueError(f"load must be > 0, got {load}")
    return math.erfc(math.sqrt(1 / (2 * load))) / 2


def dense_error(neurons: int, patterns: int, power: int) -> float:
    """The same for F = x^n and Gaussian crosstalk: erfc(sqrt(N^(n-1)/(2 K (2n-3)!!)))/2 (Krotov & Hopfield, NIPS 2016).

    Args:
        neurons: N.
        patterns: K.
        power: n >= 2; n = 2 is Hebb's rule.
    """
    _check_dense(neurons, patterns, power)
    signal = neurons ** (power - 1) / (2 * patterns * factorial2(2 * power - 3))
    return math.erfc(math.sqrt(signal)) / 2


def dense_error_exact(neurons: int, patterns: int, power: int) -> float:
    """The same without approximation: the law of the crosstalk is summed up on its lattice, by Fourier transform.

    With s a stored pattern, an update changes s_i if F(N) - F(N-2) + sum of K - 1 terms b d(a) < 0, d(a) = F(a+1) -
    F(a-1), b = +-1 with equal odds and a the sum of N - 1 fair signs, all independent. The terms have long tails, which
    the Gaussian formula leaves out: it is 6 to 10 % too small where N is about 50.

    Args:
        neurons: N; patterns: K; power: n, as in `dense_error`.
    """
    _check_dense(neurons, patterns, power)
    a = np.arange(-(neurons - 1), neurons, 2)
    up = np.arange(neurons)
    odds = np.exp(gammaln(neurons) - gammaln(up + 1) - gammaln(neurons - up) - (neurons - 1) * math.log(2))
    steps = (a + 1) ** power - (a - 1) ** power
    unit = np.gcd.reduce(np.append(np.abs(steps), steps[-1]))
    steps, signal = steps // unit, int(steps[-1] // unit)  # d(N - 1) is the pattern's own term
    width = math.sqrt(patterns * float(odds @ np.square(steps.astype(float))))
    length = 2 ** math.ceil(math.log2(max(30 * width, 4 * signal)))
    law = np.zeros(length)  # of one term, around the circle
    np.add.at(law, steps % length, odds / 2)
    np.add.at(law, -steps % length, odds / 2)
    law = np.fft.irfft(np.fft.rfft(law) ** (patterns - 1), length)
    return float(law[length // 2 : length - signal].sum())


def dense_capacity(neurons: int, power: int) -> float:
    """K_max = N^(n-1) / (2 (2n-3)!! ln N): all bits of most patterns are stable (Krotov & Hopfield 2016, eq. 6)."""
    _check_dense(neurons, 1, power)
    return neurons ** (power - 1) / (2 * factorial2(2 * power - 3) * math.log(neurons))


def capacity(neurons: int, rule: str, every: bool = False) -> float:
    """Patterns that N neurons store without an error: Hebb N/(2 ln N), Storkey N/sqrt(2 ln N), projection N.

    Sources: McEliece et al., IEEE Trans. Inf. Theory 33 (1987); Storkey & Valabregue, Neural Networks 12 (1999).

    Args:
        neurons: N >= 2.
        rule: "hebb", "storkey" or "projection".
        every: for Hebb: all patterns and not just most of them, N/(4 ln N).
    """
    if neurons < 2:
        raise ValueError(f"neurons must be at least 2, got {neurons}")
    logarithm = math.log(neurons)
    if rule == "hebb":
        return neurons / ((4 if every else 2) * logarithm)
    if rule == "storkey":
        return neurons / math.sqrt(2 * logarithm)
    if rule == "projection":
        return float(neurons)
    raise ValueError(f"rule must be one of {', '.join(LEARNING_RULES)}, got {rule!r}")


def exponential_capacity(neurons: int, wrong: float = 0.0) -> float:
    """2^(N/2) and below: exp(N I(1 - 2 rho)/2) patterns, I(x) = [(1+x) ln(1+x) + (1-x) ln(1-x)]/2, rho = wrong.

    So many patterns the exponential memory stores; one update corrects a fraction rho of wrong bits with a probability
    that goes to 1 (Demircigil et al., J. Stat. Phys. 168, 288, 2017, theorem 3). rho = 0 gives 2^(N/2).
    """
    if not 0 <= wrong < 0.5:
        raise ValueError(f"the fraction of wrong bits must lie in [0, 1/2), got {wrong}")
    x = 1 - 2 * wrong
    rate = ((1 + x) * math.log1p(x) + ((1 - x) * math.log1p(-x) if x < 1 else 0.0)) / 2
    return math.exp(neurons * rate / 2)


def _check_dense(neurons: int, patterns: int, power: int) -> None:
    if neurons < 2 or patterns < 1 or power < 2:
        raise ValueError(f"neurons >= 2, patterns >= 1 and power >= 2 are wanted, got {neurons}, {patterns}, {power}")
