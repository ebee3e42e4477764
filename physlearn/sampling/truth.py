"""Samplers beside exact chains: how far each one's predictions are from the posterior's, at equal gradients."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from physlearn.instruments.statistics import mean_and_error
from physlearn.sampling.choices import SAMPLERS
from physlearn.sampling.exact_chains import ExactChains
from physlearn.sampling.judging import agreement, total_variation
from physlearn.sampling.problem import Problem, Row, r_hats
from physlearn.sampling.samplers import Cost, Posterior, predictions
from physlearn.streams import stream
from physlearn.temperatures import number_of

HALVES = (1.0, 0.5)  # every sampler at h and at h/2
STILL = ("hmc",)  # has no step h


class PosteriorTruth:
    """exp(-L/T) N(W; 0, sigma^2): Hamiltonian chains first, in segments, then a row for each sampler and step.

    Args:
        problem: the data.
        seed: of all randomness.
        widths: hidden units.
        temperature: T, nats per example; `posterior` is 1/N.
        variance: sigma^2 of the prior.
        chains: exact chains. kicks: gradients in a move. burn_in, moves: before, and of, the average.
        segment: moves between two checkpoints.
        samplers: ``all``, or those of `samplers.predictions`.
        step_sizes: h of each of them; for baoa the square of the time step.
        friction: gamma times the time step of baoa.
        rate: p of masks. members: of minima. short_kicks: gradients in a move of the sampler hmc.
        steps, batch_size, keep, repeats: what each of the independent runs of a sampler may spend, see `Cost`.
    """

    def __init__(
        self, problem: Problem, seed: int, widths: Sequence[int], temperature: float | str, variance: float,
        chains: int, kicks: int, burn_in: int, moves: int, segment: int, samplers: Sequence[str] | str,
        step_sizes: Mapping[str, float], friction: float, rate: float, members: int, short_kicks: int, steps: int,
        batch_size: int, keep: int, repeats: int,
    ) -> None:  # fmt: skip
        self.problem, self.seed = problem, seed
        T = number_of(temperature, problem.examples)
        self.posterior = Posterior(problem.perceptrons(list(widths)), T, variance, problem.inputs, problem.labels)
        self.burn_in, self.moves, self.segment = burn_in, moves, segment
        self.cost = Cost(steps, batch_size, keep, repeats)
        self.settings = dict(friction=friction, rate=rate, members=members)
        self.kicks = {"exact": kicks, "short": short_kicks}
        names = SAMPLERS if samplers == "all" else samplers
        self.runs = [(s, f) for s in names for f in (HALVES if s not in STILL else (1.0,))]
        self.step_sizes = dict(step_sizes)
        self.chain = ExactChains(
            self.posterior.perceptrons, T, variance, chains, stream(seed, "exact", problem.inputs.device), kicks
        )
        self.predicted: Tensor | None = None  # sum over moves, (chain, example, class)
        self.series: list[tuple[Tensor, Tensor]] = []  # L (chain,), p of the labels (chain, example), move by move

    @property
    def segments(self) -> int:
        return -(-(self.burn_in + self.moves) // self.segment)

    @property
    def total(self) -> int:
        """Segments of the exact chains, then runs."""
        return self.segments + len(self.runs)

    def step(self, k: int) -> list[Row]:
        """Segment k of the exact chains, whose row follows the last one; or a sampler and its row."""
        if k >= self.segments:
            return [self.run(*self.runs[k - self.segments])]
        for move in range(k * self.segment, min((k + 1) * self.segment, self.burn_in + self.moves)):
            self.chain.move()
            if move >= self.burn_in:
                p = self.posterior.perceptrons.outputs(self.chain.states, self.posterior.inputs).softmax(1)
                right = p.gather(1, self.posterior.labels.expand(len(p), -1)[:, None])[:, 0]
                self.predicted = p.double().mT + (0.0 if self.predicted is None else self.predicted)
                self.series.append((self.chain.losses, right))
        return [self.exact_row()] if k == self.segments - 1 else []

    @property
    def truth(self) -> Tensor:
        """What each exact chain predicts: (chain, example, class)."""
        return self.predicted / self.moves

    def exact_row(self) -> Row:
        """The exact chains' own scores, their R-hats, and the distance of one half of them from the other."""
        losses, right = (torch.stack(values) for values in zip(*self.series, strict=True))
        half, test = len(self.truth) // 2, self.problem.parts["test"]
        halves = self.truth[:half].mean(0)[test], self.truth[half:].mean(0)[test]
        gradients = self.kicks["exact"] * (self.burn_in + self.moves)
        return {
            "sampler": "exact", "h": 0.0, "gradients": gradients * self.problem.examples,
            "acceptance": self.chain.acceptance(), "train_loss": float(losses.mean()),
            "total_variation": total_variation(*halves), "agreement": agreement(*halves),
            **r_hats(losses, right), **self.problem.scores(self.truth.mean(0, keepdim=True)),
        }  # fmt: skip

    def run(self, sampler: str, factor: float) -> Row:
        """One sampler at one step: of each chain, and of all chains together, the distance from the truth."""
        h = factor * self.step_sizes.get(sampler, 0.0)
        draw = stream(self.seed, f"{sampler} {factor}", self.problem.inputs.device)
        found = predictions(sampler, self.posterior, self.cost, h, draw, **self.settings, kicks=self.kicks["short"])
        truth, row = (
            self.truth.mean(0),
            {"sampler": sampler, "h": h, "gradients": self.cost.steps * self.cost.batch_size},
        )
        for name, part in self.problem.parts.items():
            prefix = "" if name == "test" else f"{name}_"
            for measure in (total_variation, agreement):
                each = [measure(p[part], truth[part]) for p in found]
                mean, error = mean_and_error(np.array(each))
                row |= {f"{prefix}{measure.__name__}": mean, f"{prefix}{measure.__name__}_se": error}
                row[f"{prefix}{measure.__name__}_together"] = measure(found.mean(0)[part], truth[part])
        return row | self.problem.scores(found)

    def state_dict(self) -> dict[str, Any]:
        series = [torch.stack(values) for values in zip(*self.series, strict=True)] if self.series else []
        return {"chain": self.chain.state_dict(), "predicted": self.predicted, "series": series}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.chain.load_state_dict(state["chain"])
        self.predicted = state["predicted"]
        self.series = list(zip(*(values.unbind() for values in state["series"]), strict=True))
