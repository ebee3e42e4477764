"""Temperature, prior and family: error, calibration and thermometers of networks at each, T = 0 beside them."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import torch

from physlearn.instruments.statistics import mean_and_error
from physlearn.prior_families import FAMILIES
from physlearn.sampling.motions import Motion, Samples
from physlearn.sampling.problem import Problem, Row, r_hats
from physlearn.sampling.samplers import equation
from physlearn.streams import stream

FINE, WIDTH, MIXED = 0.01, 3.0, 1.01  # thermometers: 1 % and 3 standard errors; R-hat of L and, in the median, of p


class ColdPosterior:
    """All temperatures of one family and prior are rows of one batch, and beside each its control at T = 0.

    tau = N T; lambda = T/sigma^2 (likelihood) or 1/(N sigma^2) (posterior). A control has the start, the lambda and the
    length of the run that it controls, and no thermal noise.

    Args:
        problem: the data. seed: of all randomness. widths: hidden units.
        taus: temperatures in units of the posterior's. variances: sigma^2 of the prior.
        chains: runs at each temperature, from initial weights of their own.
        sampler: how they move, see `samplers.equation`. step_size: h; for baoa the square of the time step.
        friction: gamma times the time step of baoa.
        steps, batch_size, keep: of a run; the second half of the steps is sampled.
    """

    def __init__(
        self, problem: Problem, seed: int, widths: Sequence[int], taus: Sequence[float], variances: Sequence[float],
        chains: int, sampler: str, step_size: float, friction: float, steps: int, batch_size: int, keep: int,
    ) -> None:  # fmt: skip
        self.problem, self.seed, self.perceptrons = problem, seed, problem.perceptrons(list(widths))
        self.taus, self.chains = list(taus), chains
        self.how = (sampler, step_size, friction)
        self.length = dict(steps=steps, burn_in=steps // 2, keep=keep)
        self.batch_size = batch_size
        self.blocks = list(product(FAMILIES, variances))
        self.found: Samples | None = None  # of the block that is being reported

    @property
    def total(self) -> int:
        return len(self.blocks)

    def step(self, k: int) -> list[Row]:
        """One family and variance: a row for each temperature."""
        family, variance = self.blocks[k]
        samples = self.sample(family, variance, k)
        half = len(self.taus) * self.chains
        rows = []
        for i, tau in enumerate(self.taus):
            own = slice(i * self.chains, (i + 1) * self.chains)
            control = slice(half + own.start, half + own.stop)
            row: Row = {"family": family, "variance": variance, "tau": tau}
            row |= self.problem.scores(samples.predicted[own])
            row |= {f"control_{name}": v for name, v in self.problem.scores(samples.predicted[control]).items()}
            row |= r_hats(samples.losses[:, own], samples.right[:, own])
            row |= thermometers(samples, own)
            row["train_loss"] = float(samples.losses[:, own].mean())
            row["tau_measured"], row["control_tau_measured"] = (self.measured(samples, part) for part in (own, control))
            row["sampled"] = int(row["agrees"] and row["r_hat_loss"] <= MIXED and row["r_hat_median"] <= MIXED)
            rows.append(row)
        return rows

    def sample(self, family: str, variance: float, k: int) -> Samples:
        """The runs at every temperature, chains innermost, then as many at T = 0."""
        like = dict(dtype=self.problem.train_x.dtype, device=self.problem.train_x.device)
        T = torch.tensor(self.taus, **like).repeat_interleave(self.chains) / self.problem.examples  # (row,)
        strength = T if family == "likelihood" else torch.full_like(T, 1 / self.problem.examples)
        decay, draw = strength / variance, stream(self.seed, f"cold {k}", like["device"])
        width = (T / decay).sqrt()  # of the prior at this temperature
        start = width[:, None] * torch.randn(len(T), self.perceptrons.dimension, generator=draw, **like)
        motion = Motion(
            self.perceptrons, equation(*self.how, noise=draw), torch.cat([T, 0 * T]), decay.repeat(2), self.batch_size
        )
        return motion.sample(start.repeat(2, 1), **self.length, **self.predicts, draw=draw)

    def measured(self, samples: Samples, rows: slice) -> float:
        """N <W.g>/D of all weights, tau as the thermometer reads it, the mean over the chains."""
        shares = torch.tensor(self.perceptrons.layers) / self.perceptrons.dimension  # (layer,)
        return float((samples.measured[rows].mean(0) * shares).sum()) * self.problem.examples

    @property
    def predicts(self) -> dict[str, torch.Tensor]:
        return {"inputs": self.problem.inputs, "labels": self.problem.labels}

    def state_dict(self) -> dict[str, Any]:
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None: ...


def thermometers(samples: Samples, rows: slice) -> Row:
    """Measured over expected temperature by layer, its error over the chains, and whether all layers agree."""
    ratio, error = mean_and_error((samples.measured[rows] / samples.expected[rows]).cpu())  # (layer,)
    agrees = bool((abs(ratio - 1) <= WIDTH * error + FINE).all())
    heated = samples.expected[rows].mean(0)
    return {
        "thermometer": ratio.tolist(), "thermometer_se": error.tolist(), "agrees": int(agrees),
        "expected": heated.tolist(),
    }  # fmt: skip
