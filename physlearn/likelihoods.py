"""What a network's outputs say of a target: p(y | x, W), its energy per example, and what an ensemble predicts.

E(W) = -(1/N) sum_i ln p(y_i | x_i, W) + prior, so that the posterior is exp(-E/T) at T = 1/N whatever the likelihood.
An ensemble predicts the average of p over its samples, p(y | x) = (1/K) sum_k p(y | x, W_k).
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.nn import functional as F

from physlearn.ensemble import mean_probabilities
from physlearn.instruments import calibration, predictive_figures
from physlearn.losses import LOSSES

Scores = dict[str, float]


class Likelihood(Protocol):
    """Scores are named as in SCORES; the first says how wrong a network is, and is smaller where it is better."""

    SCORES: tuple[str, ...]

    def energy(self, outputs: Tensor, targets: Tensor) -> Tensor: ...

    def predict(self, outputs: Iterable[Tensor]) -> Tensor: ...

    def scores(self, predicted: Tensor, targets: Tensor) -> Scores: ...

    def misfit(self, scores: Scores, examples: int) -> str: ...

    def figures(self, predicted: dict[str, Tensor], targets: Tensor) -> dict[str, Any]: ...


class Categorical:
    """p(y | x, W) = softmax(f)_y, f the outputs: the energy of an example is -ln p(y), the cross entropy in nats."""

    SCORES = ("error", "nll", "ece")

    def energy(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Mean over the examples, nats per example; outputs (example, class), targets int64 (example,)."""
        return F.cross_entropy(outputs, targets)

    def predict(self, outputs: Iterable[Tensor]) -> Tensor:
        """(1/K) sum_k softmax(f_k), (example, class), of the outputs of K samples, each (example, class)."""
        return mean_probabilities(outputs)

    def scores(self, predicted: Tensor, targets: Tensor) -> Scores:
        """Fraction that is wrong, NLL in nats per example, expected calibration error."""
        floor = torch.finfo(predicted.dtype).tiny
        return {
            "error": calibration.error(predicted, targets),
            "nll": calibration.nll(predicted.clamp_min(floor).log(), targets),
            "ece": calibration.ece(predicted, targets),
        }

    def misfit(self, scores: Scores, examples: int) -> str:
        """Nothing to say: no width was set beforehand."""
        return ""

    def figures(self, predicted: dict[str, Tensor], targets: Tensor) -> dict[str, Any]:
        """The reliability diagram of each prediction, by its name."""
        curves = {
            name: tuple(part.cpu().numpy() for part in calibration.equal_counts(probability, targets))
            for name, probability in predicted.items()
        }
        return {"reliability": predictive_figures.reliability(curves)}


@dataclass(frozen=True)
class Gaussian:
    """p(y | x, W) = prod_k N(y_k; f_k, sigma^2), f the outputs, y the standardised targets:

        energy of an example = sum_k [(y_k - f_k)^2/(2 sigma^2) + ln(2 pi sigma^2)/2].

    Scores are in the targets' own units, y'_k = m_k + s_k y_k: the NLL has ln s_k added for each.

    Args:
        noise_variance: sigma^2, in units of the variance of the training targets; > 0.
        mean, std: m_k and s_k, float64 (target,).
    """

    noise_variance: float
    mean: Tensor
    std: Tensor

    SCORES = ("rmse", "nll", "coverage_68", "coverage_95")

    def energy(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Mean over the examples, nats per example, of the standardised targets; both (example, target)."""
        squares = (targets - outputs).square().sum(1).mean()
        constant = targets.shape[1] * math.log(2 * math.pi * self.noise_variance) / 2
        return squares / (2 * self.noise_variance) + constant

    def predict(self, outputs: Iterable[Tensor]) -> Tensor:
        """The K means of the mixture, (sample, example, target), standardised."""
        return torch.stack(list(outputs))

    def scores(self, predicted: Tensor, targets: Tensor) -> Scores:
        """RMSE of the mean prediction, NLL of the mixture, shares of targets in the central 68 and 95 % intervals.

        y lies in the central interval of mass c where |P(Y <= y) - 1/2| <= c/2, with P that of the mixture
        (1/K) sum_k N(f_k, sigma^2) of each target.
        """
        f, y = predicted.double(), targets.double()  # (sample, example, target), (example, target)
        std = self.std.to(y)
        error = (f.mean(0) - y) * std
        rank = torch.special.ndtr((y - f) / self.noise_variance**0.5).mean(0)  # (example, target)
        inside = {c: float(((rank - 0.5).abs() <= c / 200).double().mean()) for c in (68, 95)}
        return {
            "rmse": float(error.square().mean().sqrt()),
            "nll": self.nll(f, y),
            **{f"coverage_{c}": share for c, share in inside.items()},
        }

    def misfit(self, scores: Scores, examples: int) -> str:
        """Where too few or too many targets lie in the 68 % interval: sigma^2 does not fit the residuals, in words.

        '' where their share is 0.68 within 3 binomial errors sqrt(0.68 * 0.32 / n), n = `examples`, or within 0.1. The
        residuals' variance is rmse^2 / mean_k s_k^2, in units of the variance of the training targets.
        """
        share = scores["coverage_68"]
        if abs(share - 0.68) <= max(3 * math.sqrt(0.68 * 0.32 / examples), 0.1):
            return ""
        residual = scores["rmse"] ** 2 / float(self.std.square().mean())
        return (
            f"{100 * share:.0f} % of the targets lie in the predicted 68 % interval: task.noise_variance="
            f"{self.noise_variance:g} is too {'large' if share > 0.68 else 'small'}, the residuals have {residual:.2g}."
        )

    def nll(self, f: Tensor, y: Tensor) -> float:
        """-(1/N) sum_i ln (1/K) sum_k p(y_i | x_i, W_k), of the targets in their own units."""
        squares = (y - f).square().sum(-1) / (2 * self.noise_variance)  # (sample, example)
        constant = y.shape[1] * math.log(2 * math.pi * self.noise_variance) / 2 + float(self.std.log().sum())
        return float(constant + math.log(len(f)) - (-squares).logsumexp(0).mean())

    def figures(self, predicted: dict[str, Tensor], targets: Tensor) -> dict[str, Any]:
        """Predicted against true targets, in their own units, with the mixture's standard deviation."""
        own, drawn = targets.double().cpu() * self.std + self.mean, {}
        for name, f in predicted.items():
            f = f.double().cpu()
            spread = (f.var(0, correction=0) + self.noise_variance).sqrt() * self.std
            drawn[name] = ((f.mean(0) * self.std + self.mean).numpy(), spread.numpy())  # (example, target) each
        return {"predictions": predictive_figures.predictions(own.numpy(), drawn)}


def likelihood(loss: str, noise_variance: float, classes: int | None, mean: Tensor | None, std: Tensor | None) -> Any:
    """The likelihood of a data set's targets.

    Args:
        loss: ``auto``, which follows the targets, ``categorical`` or ``gaussian``.
        noise_variance: sigma^2 of the Gaussian.
        classes: how many there are; None: the targets are real.
        mean, std: of real targets.

    Raises:
        ValueError: the loss is not one of these, or does not fit the targets.
    """
    fits = "gaussian" if classes is None else "categorical"
    if loss not in LOSSES:
        raise ValueError(f"task.loss={loss}: allowed are {', '.join(LOSSES)}")
    if loss not in ("auto", fits):
        kind = "real numbers" if classes is None else f"{classes} classes"
        raise ValueError(f"task.loss={loss}: the targets of these data are {kind}. Type task.loss={fits}, or auto")
    return Categorical() if fits == "categorical" else Gaussian(noise_variance, mean, std)
