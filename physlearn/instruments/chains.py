"""Do several chains sample one law? Rank-normalised split R-hat, and the effective size of all of them together."""

import numpy as np
from scipy.special import ndtri
from scipy.stats import rankdata


def r_hat(chains: np.ndarray) -> float:
    """max of the R-hats of the values and of their distances from the median, ranked and made normal; 1 in equilibrium.

    R-hat = sqrt([(n - 1)/n W + B/n]/W), n draws a half chain, W the mean variance within half chains, B = n times the
    variance of their means. Above 1.01 the chains have not sampled one law. A constant gives nan.

    Args:
        chains: (chain, draw), at least 4 draws.

    Raises:
        ValueError: there are fewer draws.

    Source: Vehtari, Gelman, Simpson, Carpenter & Buerkner, Bayesian Analysis 16 (2021), eq. 4 and section 4.
    """
    halves = split(chains)
    if np.ptp(halves) == 0:
        return float("nan")
    return max(plain_r_hat(normal(part)) for part in (halves, np.abs(halves - np.median(halves))))


def bulk_ess(chains: np.ndarray) -> float:
    """m n / tau of the ranked and normal halves of the chains, where chains that disagree lengthen tau.

    rho_t = 1 - (W - mean over half chains of their autocovariance at lag t)/V, V = (n - 1)/n W + B/n; tau = -1 + 2 sum
    of the pairs rho_2t + rho_2t+1 while they are positive, made to fall (Geyer 1992).

    Args, errors and source: as `r_hat`; eq. 10 there.
    """
    z = normal(split(chains))
    n = z.shape[1]
    if np.ptp(z) == 0:
        return float("nan")
    deviations = z - z.mean(1, keepdims=True)
    spectrum = np.abs(np.fft.rfft(deviations, n=2 * n, axis=1)) ** 2
    covariance = np.fft.irfft(spectrum, axis=1)[:, :n].mean(0) / n  # (lag,)
    within, all_ = variances(z)
    rho = 1 - (within - covariance * n / (n - 1)) / all_
    rho[0] = 1.0
    pairs = rho[: n // 2 * 2].reshape(-1, 2).sum(1)
    positive = pairs[np.cumsum(pairs <= 0) == 0]
    tau = 2 * np.minimum.accumulate(positive).sum() - 1
    return float(z.size / max(tau, 1 / np.log10(z.size)))


def split(chains: np.ndarray) -> np.ndarray:
    """(2 chain, draw / 2): first and second halves; of an odd number the middle draw is left out."""
    chains = np.atleast_2d(np.asarray(chains, dtype=float))
    draws = chains.shape[1]
    if chains.ndim != 2 or draws < 4:
        raise ValueError(f"chains must be (chain, draw) with at least 4 draws, got shape {chains.shape}")
    return np.concatenate([chains[:, : draws // 2], chains[:, draws - draws // 2 :]])


def normal(halves: np.ndarray) -> np.ndarray:
    """Phi^-1((rank - 3/8)/(size + 1/4)): the same order, normally distributed."""
    ranks = rankdata(halves, method="average").reshape(halves.shape)
    return ndtri((ranks - 0.375) / (halves.size + 0.25))


def variances(halves: np.ndarray) -> tuple[float, float]:
    """W, and (n - 1)/n W + B/n."""
    n = halves.shape[1]
    within = float(halves.var(1, ddof=1).mean())
    return within, (n - 1) / n * within + float(halves.mean(1).var(ddof=1))


def plain_r_hat(halves: np.ndarray) -> float:
    within, all_ = variances(halves)
    return float(np.sqrt(all_ / within)) if within > 0 else float("inf")
