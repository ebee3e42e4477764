"""ln Z by annealed importance sampling from the base rates, its reverse, and ln p of single examples by RAISE.

    forward   v_0 ~ p_0, v_k ~ T_k(v_k | v_(k-1)):    <exp(-A)> = Z/Z_0,      A = sum_k F_k(v_(k-1)) - F_(k-1)(v_(k-1))
    reverse   v_K ~ p, back along the same path:      <exp(+A)> = Z_0/Z
    RAISE     back from one v:  p_ann(v) = exp(-F(v)) <exp(A)> / Z_0

T_k is one alternating Gibbs step at beta_k, which is its own reverse. In the mean ln Z is too small by a forward
average and too large by a reverse one: a sandwich, as long as the reverse chains begin in p. p_ann is the law of what
the forward chains end in; where that is p, p_ann is p, and ln of an average over few chains is too small on average.

Sources: Neal, Statistics and Computing 11 (2001) 125; Salakhutdinov and Murray, ICML (2008); Burda, Grosse and
Salakhutdinov, AISTATS (2015); Grosse, Ghahramani and Adams, arXiv 1511.02543.
"""

import itertools
import math
from typing import NamedTuple

import torch
from torch import Tensor

from physlearn.boltzmann_machine.path import Path


class LogZ(NamedTuple):
    """ln Z, its standard error (delta method), and the effective fraction of the chains, (sum w)^2/(n sum w^2)."""

    value: float
    error: float
    effective: float


def betas(steps: int) -> Tensor:
    """0 = beta_0 < ... < beta_K = 1, denser at both ends: beta = s^2 (3 - 2 s), s = k/K. (K + 1,) float64.

    Raises:
        ValueError: steps < 1.
    """
    if steps < 1:
        raise ValueError(f"annealing needs at least 1 step, got {steps}")
    s = torch.linspace(0, 1, steps + 1, dtype=torch.float64)
    return s.square() * (3 - 2 * s)


@torch.no_grad()
def forward_work(path: Path, chains: int, steps: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """A of chains from the base rates to the machine, (row,) float64; and where they are at its end, (row, visible)."""
    v, ladder = path.start(chains, generator), betas(steps).tolist()
    total = torch.zeros(chains, dtype=torch.float64, device=v.device)
    for before, after in itertools.pairwise(ladder):
        fields = path.machine.hidden_fields(v)
        total += path.work(v, fields, before, after)
        v = path.visible(path.hidden(fields, after, generator), after, generator)
    return total, v


@torch.no_grad()
def reverse_work(path: Path, v: Tensor, steps: int, generator: torch.Generator) -> Tensor:
    """A of chains that go back from v, (row, visible), to the base rates: (row,) float64."""
    total = torch.zeros(len(v), dtype=torch.float64, device=v.device)
    fields, ladder = path.machine.hidden_fields(v), betas(steps).tolist()
    for before, after in zip(ladder[-2::-1], ladder[:0:-1], strict=True):
        v = path.visible(path.hidden(fields, after, generator), after, generator)
        fields = path.machine.hidden_fields(v)
        total += path.work(v, fields, before, after)
    return total


def log_z(path: Path, work: Tensor, reverse: bool = False) -> LogZ:
    """ln Z from the A of independent forward chains, or of reverse chains that began in p.

    Args:
        path: whose Z_0 is known.
        work: A, (row,) float64.
        reverse: which of the two.
    """
    mean, error, effective = log_mean(work if reverse else -work)
    return LogZ(path.log_z_base + (-mean if reverse else mean), error, effective)


def raise_log_p(path: Path, examples: Tensor, work: Tensor) -> Tensor:
    """ln p_ann of every example, (example,) float64.

    Args:
        path: from the base rates to the machine.
        examples: (example, visible).
        work: A of chains that went back from each, (chain, example).
    """
    average = work.logsumexp(0) - math.log(len(work))
    return -path.machine.free_energy(examples).double() + average - path.log_z_base


def log_mean(logs: Tensor) -> tuple[float, float, float]:
    """ln of the mean of exp(logs), its standard error, and the effective fraction of the (row,).

    Raises:
        ValueError: fewer than two rows.
    """
    n = len(logs)
    if n < 2:
        raise ValueError("an average of weights needs at least two of them")
    shift = logs.max()
    w = (logs - shift).exp()
    mean = w.mean()
    effective = float(w.sum().square() / w.square().sum() / n)
    return float(mean.log() + shift), float(w.std() / mean) / math.sqrt(n), effective
