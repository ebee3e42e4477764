"""What a linear model stores of its data while it learns, and what that costs: exact, by recursion of matrices."""

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Stored:
    """Information in nats and its cost after each step, all (K + 1,); index 0 is the start.

    Args:
        m_info: M = I(B; Theta), what the parameters store of the data B.
        l_info: L = I(B; X) <= M, what a prediction X reveals of them.
        readout: I(Theta; X), the essay's estimate of L; near it where Theta is sharp given B.
        entropy: <sum s_k>, to the bath.
        cost: Delta S(Theta) + <sum s_k> >= M.
    """

    m_info: np.ndarray
    l_info: np.ndarray
    readout: np.ndarray
    entropy: np.ndarray
    cost: np.ndarray

    @property
    def efficiency(self) -> np.ndarray:
        """M/cost <= 1; NaN before the first step."""
        return np.divide(self.m_info, self.cost, out=np.full_like(self.cost, math.nan), where=self.cost > 0)


@dataclass(frozen=True)
class LinearModel:
    r"""A linear last layer with squared loss, U_k(theta) = s_k [theta.A theta/2 - b.theta] + theta.P theta/2.

    A = Phi^T Phi/N and b = Phi^T y/N of the data B; s_k is how far the data are switched on, 0 <= s_k <= 1; P is the
    prior's curvature. Targets y = Phi theta* + noise are Gaussian, so that b is, with covariance C, and theta stays so:
    given B its mean is M_k b and its covariance V_k,

        theta' = (1 - h H_k) theta + h s_k b + sqrt(2hT) xi,    H_k = s_k A + P
        M' = (1 - h H_k) M + h s_k,    V' = (1 - h H_k) V (1 - h H_k)^T + 2hT,    M_0 = 0,    V_0 = T/k_0

    A prediction is x = R theta + noise of variance s^2.

    Args:
        curvature: A, (parameter, parameter). prior: P, the same shape, positive definite with A.
        signal: C, the covariance of b over the data sets, (parameter, parameter).
        readout: R, (output, parameter).
        noise: s > 0.
        start: k_0 > 0.
        temperature: T > 0.

    Source: the essay's M-info and L-info; Parsi, arXiv 2310.19802; Goldt & Seifert, Phys. Rev. Lett. 118 (2017) 010601.
    """

    curvature: np.ndarray
    prior: np.ndarray
    signal: np.ndarray
    readout: np.ndarray
    noise: float
    start: float
    temperature: float

    @classmethod
    def of_features(
        cls,
        features: np.ndarray,
        queries: np.ndarray,
        decay: float,
        spread: float,
        target_noise: float,
        noise: float,
        start: float,
        temperature: float,
    ) -> "LinearModel":
        """Of a teacher theta* ~ N(0, tau^2) and targets y = Phi theta* + N(0, sigma^2).

        Args:
            features: Phi, (example, parameter). queries: R, (output, parameter). decay: P = lambda 1.
            spread: tau. target_noise: sigma. noise, start, temperature: as above.
        """
        count, width = features.shape
        gram = features.T @ features / count
        signal = spread**2 * gram @ gram + target_noise**2 / count * gram
        return cls(gram, decay * np.eye(width), signal, queries, noise, start, temperature)

    def train(self, step: float, switch: np.ndarray) -> Stored:
        """Information and cost along Euler steps of h = `step`, `switch` = s_1 ... s_K; ones: all data at once.

        Raises:
            ValueError: a step that is not stable, or one that the entropy formula cannot take (h H >= 2).
        """
        d, T = len(self.curvature), self.temperature
        one, M, V = np.eye(d), np.zeros((d, d)), T / self.start * np.eye(d)
        first = _log_det(V)
        released, found = 0.0, [self._stored(M, V, first, 0.0)]
        for s in switch:
            hessian = s * self.curvature + self.prior
            if step * np.linalg.eigvalsh(hessian)[-1] >= 2:
                raise ValueError(f"the step {step:g} is not stable: h H reaches 2. Type a smaller one")
            forces = [self._force(hessian, s, M, V)]
            keep = one - step * hessian
            M, V = keep @ M + step * s * one, keep @ V @ keep.T + 2 * step * T * one
            forces.append(self._force(hessian, s, M, V))
            gone = forces[0] - forces[1]  # of <g g^T>: U falls by tr(H^-1 gone)/2, |g|^2 by tr(gone)
            released += (np.trace(np.linalg.solve(hessian, gone)) - step / 2 * np.trace(gone)) / (2 * T)
            found.append(self._stored(M, V, first, released))
        return Stored(*np.array(found).T)

    def _force(self, hessian: np.ndarray, s: float, M: np.ndarray, V: np.ndarray) -> np.ndarray:
        """<g g^T>, g = H theta - s b, over noise and data: (parameter, parameter)."""
        mean = hessian @ M - s * np.eye(len(M))
        return hessian @ V @ hessian + mean @ self.signal @ mean.T

    def _stored(self, M: np.ndarray, V: np.ndarray, first: float, released: float) -> tuple[float, ...]:
        whole, R = V + M @ self.signal @ M.T, self.readout
        blur = self.noise**2 * np.eye(len(R))
        told, heard = R @ V @ R.T + blur, R @ whole @ R.T + blur
        return (
            (_log_det(whole) - _log_det(V)) / 2,
            (_log_det(heard) - _log_det(told)) / 2,
            (_log_det(heard) - _log_det(blur)) / 2,
            released,
            (_log_det(whole) - first) / 2 + released,
        )


def gaussian_information(targets: np.ndarray, values: np.ndarray) -> tuple[float, float]:
    """I = -ln(1 - r^2)/2 of two Gaussian numbers from samples, and its standard error r/sqrt(n).

    Args:
        targets, values: (sample,).
    """
    r = float(np.corrcoef(targets, values)[0, 1])
    return -math.log1p(-r * r) / 2, abs(r) / math.sqrt(len(targets))


def _log_det(matrix: np.ndarray) -> float:
    return float(np.linalg.slogdet(matrix)[1])
