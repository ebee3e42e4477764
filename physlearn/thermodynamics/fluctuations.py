"""Free energies from work: Jarzynski, Crooks and BAR, with errors, and a warning where an average is ruled by a few."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit

FEWEST = 0.01  # of the trajectories: below this effective share an exponential average is not reliable
LEAST = 50  # effective trajectories


@dataclass(frozen=True)
class Average:
    """An exponential average <exp(-A)> over trajectories.

    Args:
        mean: <exp(-A)>.
        error: its standard error, from the scatter of exp(-A).
        log: ln <exp(-A)>.
        log_error: its standard error, by bootstrap.
        ess: effective sample size, (sum w)^2 / sum w^2 with w = exp(-A).
        warning: why the average is not reliable; None: it is.
    """

    mean: float
    error: float
    log: float
    log_error: float
    ess: float
    warning: str | None


def exponential_average(exponent: np.ndarray, rng: np.random.Generator, resamples: int = 200) -> Average:
    """<exp(-A)> of A = `exponent`, (trajectory,), with its errors.

    The error of such an average is itself unreliable where few trajectories carry it, always on the side of being too
    small: the warning stands on the effective sample size, which says so.

    Raises:
        ValueError: fewer than two trajectories, or values that are not finite.
    """
    exponent = np.asarray(exponent, dtype=float)
    if exponent.ndim != 1 or len(exponent) < 2 or not np.isfinite(exponent).all():
        raise ValueError("an exponential average needs a vector of at least two finite exponents")
    count, shift = len(exponent), -exponent.min()
    w = np.exp(-exponent - shift)  # (trajectory,), the largest is 1
    ess = w.sum() ** 2 / np.square(w).sum()
    logs = np.log([w[rng.integers(count, size=count)].mean() for _ in range(resamples)])
    log, scale = math.log(w.mean()) + shift, math.exp(min(shift, 700.0))
    error = scale * w.std(ddof=1) / math.sqrt(count)
    return Average(math.exp(min(log, 700.0)), error, log, float(logs.std(ddof=1)), ess, _warning(ess, count))


def reweighted(start: np.ndarray, end: np.ndarray, rng: np.random.Generator, resamples: int = 200) -> Average:
    """<exp(-u_end)>/<exp(-u_start)> over the same samples of a third ensemble: Z_K/Z_0 without any dynamics.

    Args:
        start, end: u = U/T of either less that of the ensemble of the samples, (sample,). `ess` is that of the worse.
    """
    start, end = np.asarray(start, dtype=float), np.asarray(end, dtype=float)
    averages = [exponential_average(u, rng, 2) for u in (start, end)]
    a, b = (np.exp(u.min() - u) for u in (start, end))
    chosen = (rng.integers(len(a), size=len(a)) for _ in range(resamples))
    log_error = float(np.std([math.log(b[i].mean() / a[i].mean()) for i in chosen], ddof=1))
    worse = min(averages, key=lambda average: average.ess)
    log = averages[1].log - averages[0].log
    mean = math.exp(min(log, 700.0))
    return Average(mean, mean * log_error, log, log_error, worse.ess, worse.warning)


def _warning(ess: float, count: int) -> str | None:
    if ess >= max(FEWEST * count, LEAST):
        return None
    return (
        f"the exponential average over {count:,} trajectories is ruled by about {ess:.3g} of them: neither it nor its "
        "error is reliable. Take a slower protocol, a higher temperature, or BAR"
    )


def jarzynski(exponent: np.ndarray, rng: np.random.Generator, resamples: int = 200) -> Average:
    """<exp(-(W + Wsh)/T)> = Z_K/Z_0 from equilibrium, `exponent` of the ledger: -T `log` is the difference Delta F.

    Source: Jarzynski, Phys. Rev. Lett. 78 (1997) 2690; with finite steps Sivak, Chodera & Crooks (2013).
    """
    return exponential_average(exponent, rng, resamples)


def integral_theorem(
    log_start: np.ndarray, log_end: np.ndarray, entropy: np.ndarray, rng: np.random.Generator, resamples: int = 200
) -> Average:
    """<exp(-s_tot)> = 1 from any start, s_tot = ln p_0(W_0) - ln p_K(W_K) + sum_k s_k.

    Args:
        log_start: ln p_0 at the first weights, (trajectory,).
        log_end: ln p_K at the last, under the law that the run has reached there, which makes s_tot the entropy that
            was produced; the average is 1 with any normalised density in its place.
        entropy: of the ledger.
        rng: of the bootstrap.

    Source: Seifert, Phys. Rev. Lett. 95 (2005) 040602.
    """
    return exponential_average(np.asarray(log_start) - log_end + entropy, rng, resamples)


def bar(forward: np.ndarray, backward: np.ndarray) -> tuple[float, float]:
    r"""Bennett's acceptance ratio: -ln(Z_K/Z_0) from the exponents of the protocol and of its reverse, and its error.

    The root f of sum_F 1/(1 + r e^(A - f)) = sum_B 1/(1 + e^(A + f)/r), r = n_F/n_B. The error is Bennett's,
    asymptotic: var = (<x^2>/<x>^2 - 1)/n_F + the same backwards, x the summands above.

    Args:
        forward: A of the ledger, (trajectory,).
        backward: A of the reversed protocol from equilibrium at its other end, (trajectory,).

    Raises:
        ValueError: an empty set, or values that are not finite.

    Source: Bennett, J. Comput. Phys. 22 (1976) 245; Shirts et al., Phys. Rev. Lett. 91 (2003) 140601.
    """
    forward, backward = np.asarray(forward, dtype=float), np.asarray(backward, dtype=float)
    if not len(forward) or not len(backward) or not np.isfinite(np.concatenate([forward, backward])).all():
        raise ValueError("BAR needs finite exponents of the protocol and of its reverse")
    ratio = math.log(len(forward) / len(backward))

    def summands(f: float) -> tuple[np.ndarray, np.ndarray]:
        return expit(f - forward - ratio), expit(ratio - backward - f)

    def excess(f: float) -> float:
        ahead, back = summands(f)
        return math.log(ahead.sum() + 1e-300) - math.log(back.sum() + 1e-300)

    edge = max(np.abs(forward).max(), np.abs(backward).max()) + abs(ratio) + 10.0
    f = float(brentq(excess, -edge, edge, xtol=1e-12))
    variance = sum((np.square(x).mean() / x.mean() ** 2 - 1) / len(x) for x in summands(f))
    return f, math.sqrt(variance)


def crooks(forward: np.ndarray, backward: np.ndarray, bins: int = 30) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """ln p_F(A)/p_B(-A) = A - f bin by bin, where both histograms hold at least ten: (A, the logarithm, its error).

    f = -ln(Z_K/Z_0); A is the middle of the bin.

    Raises:
        ValueError: the two histograms do not overlap.

    Source: Crooks, Phys. Rev. E 60 (1999) 2721.
    """
    forward, mirrored = np.asarray(forward, dtype=float), -np.asarray(backward, dtype=float)
    low, high = max(forward.min(), mirrored.min()), min(forward.max(), mirrored.max())
    if low >= high:
        raise ValueError("the distributions of the protocol and of its reverse do not overlap: type a slower protocol")
    edges = np.linspace(low, high, bins + 1)
    ahead, _ = np.histogram(forward, edges)
    back, _ = np.histogram(mirrored, edges)
    kept = (ahead >= 10) & (back >= 10)
    middle = (edges[1:] + edges[:-1])[kept] / 2
    ahead, back = ahead[kept], back[kept]
    logarithm = np.log(ahead / len(forward)) - np.log(back / len(mirrored))
    return middle, logarithm, np.sqrt(1 / ahead + 1 / back)
