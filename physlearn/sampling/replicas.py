"""Independent chains as the rows of one batch: what an ensemble of 1, 4 or 16 of them predicts after as much time."""

import time
from collections.abc import Sequence
from itertools import product
from typing import Any

import torch
from torch import Tensor, nn

from physlearn.sampling.problem import Problem, Row, r_hats, scores
from physlearn.sampling.samplers import Posterior, equation
from physlearn.streams import stream
from physlearn.temperatures import number_of

FIRST = 64  # steps before the first reading


class Replicas:
    """NLL of the average over the second half of the steps so far and over all chains, read at 64, 128, 256, ... steps.

    Args:
        problem: the data. seed: of all randomness. widths: hidden units.
        temperature: T, nats per example. variance: sigma^2 of the prior.
        chains: how many in one batch, a list. steps: of each chain, a power of two, for each entry of `chains`.
        repeats: independent runs.
        sampler, step_size, friction: see `samplers.equation`. batch_size: examples in a step.
        keep: samples at most in the second half.
    """

    def __init__(
        self, problem: Problem, seed: int, widths: Sequence[int], temperature: float | str, variance: float,
        chains: Sequence[int], steps: Sequence[int], repeats: int, sampler: str, step_size: float, friction: float,
        batch_size: int, keep: int,
    ) -> None:  # fmt: skip
        self.problem, self.seed = problem, seed
        T = number_of(temperature, problem.examples)
        self.posterior = Posterior(problem.perceptrons(list(widths)), T, variance, problem.inputs, problem.labels)
        self.runs = [(*run, repeat) for run, repeat in product(zip(chains, steps, strict=True), range(repeats))]
        self.how, self.batch_size, self.keep = (sampler, step_size, friction), batch_size, keep

    @property
    def total(self) -> int:
        return len(self.runs)

    def step(self, k: int) -> list[Row]:
        """One run: NLL and error against processor seconds, and R-hats of the last half."""
        chains, steps, repeat = self.runs[k]
        draw = stream(self.seed, f"replicas {chains} {repeat}", self.problem.inputs.device)
        motion = self.posterior.motion(equation(*self.how, noise=draw), chains, self.batch_size)
        weights = nn.Parameter(self.posterior.start(chains, draw))
        optimizer = motion.make([weights], motion.temperatures)
        row: Row = {"chains": chains, "repeat": repeat, "steps": [], "seconds": [], "nll": [], "error": []}
        kept: list[tuple[Tensor, Tensor]] = []
        test, begun, done = self.problem.parts["test"], time.process_time(), 0
        while done < steps:
            until = max(FIRST, 2 * done)
            every, total, kept = max(1, (until - done) // self.keep), 0.0, []
            for step in range(done, until):
                weights.grad = motion.gradient(weights.data, draw)
                optimizer.step()
                if (step + 1 - done) % every == 0:
                    p = self.posterior.perceptrons.outputs(weights.data, self.posterior.inputs).softmax(1)
                    total = total + p.double().mean(0).T
                    right = p.gather(1, self.posterior.labels.expand(chains, -1)[:, None])[:, 0]
                    kept.append((self.posterior.perceptrons.losses(weights.data), right))
            done = until
            error, nll, _ = scores(total[test] / len(kept), self.problem.labels[test])
            for name, value in zip(("steps", "seconds", "nll", "error"),
                                   (done, time.process_time() - begun, nll, error), strict=True):  # fmt: skip
                row[name].append(value)
        losses, right = (torch.stack(values) for values in zip(*kept, strict=True))
        return [row | r_hats(losses, right)]

    def state_dict(self) -> dict[str, Any]:
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None: ...
