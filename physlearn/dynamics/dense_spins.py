"""Spins that are all coupled with one another: glasses of infinite range and Hopfield memories.

Spins are visited one after another, with the local fields h_i = sum_j J_ij s_j kept up to date: O(1) for an update that
changes nothing, O(N) for a flip. Heat bath and Metropolis are those of spins.py; at T = 0 a spin turns over where it
opposes its field, s_i h_i < 0. The n-th spin that a sweep visits takes draw n of its row's stream, and draw N + n tells
which it is where the order is random. On the CPU the loops are compiled, elsewhere vectorised over the rows.

Several samples of the couplings may stand side by side: rows i R/S to (i+1) R/S - 1 of R belong to sample i of S.
"""

from typing import Literal

import numpy as np
import torch
from torch import Tensor

from physlearn.dynamics import spin_kernels
from physlearn.dynamics.spins import OFFSET, Rule, check_sweep, turned
from physlearn.dynamics.threads import share_out
from physlearn.streams import Streams

Order = Literal["sequential", "random"]


def dense_sweep(
    spins: Tensor, couplings: Tensor, temperatures: Tensor, streams: Streams, rule: Rule = "heat_bath"
) -> None:
    """One sequential sweep, in place.

    Args:
        spins: (row, N) int8, contiguous, +-1.
        couplings: (sample, N, N) float64, symmetric, zero diagonal.
        temperatures: (row,), T > 0 in the unit of J.
        streams: one per row; each gives N numbers.
        rule: ``heat_bath`` or ``metropolis``.

    Raises:
        ValueError: a temperature that is not positive, an unknown rule, rows that do not divide into samples.
    """
    check_sweep(spins, temperatures, rule, len(couplings))
    _sweeps(spins, None, couplings, None, temperatures.double()[None], streams, "sequential", rule, 0.0)


def relax(
    spins: Tensor,
    fields: Tensor,
    couplings: Tensor,
    temperatures: Tensor,
    streams: Streams,
    *,
    free: Tensor | None = None,
    order: Order = "random",
    rule: Rule = "heat_bath",
    tie: float = 0.0,
) -> None:
    """Many sweeps, in place; where T = 0 throughout, a row ends with the first sweep that changes nothing.

    Args:
        spins: (row, N) int8, contiguous, +-1.
        fields: (row, N) float64, or int32 with couplings of int16: h = J s, kept up to date.
        couplings: (sample, N, N), symmetric, zero diagonal: floating, or int16, whole multiples of a unit.
        temperatures: (sweep, row) float64, T >= 0 in the unit of J.
        streams: one per row; each gives N numbers per sweep, 2 N where the order is random.
        free: (row, N) bool, False for spins that are held; None: none is held.
        order: of the spins, ``sequential`` (0, 1, 2, ...) or ``random``, a new one every sweep.
        rule: ``heat_bath`` or ``metropolis``, where T > 0.
        tie: at T = 0 fields smaller than this count as zero, and the spin stays.
    """
    _sweeps(spins, fields, couplings, free, temperatures, streams, order, rule, tie)


def descend(
    spins: Tensor, fields: Tensor, couplings: Tensor, flips: int, *, free: Tensor | None = None, tie: float = 0.0
) -> None:
    """At most `flips` flips of every row at T = 0, in place, each of the free spin most opposed to its field.

    The other arguments are those of `relax`.
    """
    if spin_kernels.compiled(spins):
        fixed = (fields.numpy(), couplings.numpy(), _array(free), flips, tie)
        share_out(spin_kernels.greedy, spins.numpy(), *fixed, sweeps=max(1, flips // spins.shape[1]))
        return
    for n in range(flips):
        pull = spins * fields if free is None else torch.where(free, spins * fields, torch.inf)  # (row, N)
        lowest, site = pull.min(1)  # (row,)
        _flip(spins, fields, couplings, site, lowest < -tie)
        if n % spins.shape[1] == 0 and not bool((lowest < -tie).any()):
            return


def update_together(
    spins: Tensor,
    fields: Tensor,
    temperatures: Tensor,
    streams: Streams,
    *,
    free: Tensor | None = None,
    tie: float = 0.0,
) -> None:
    """All free spins at once, in place, from their fields: by heat bath or, where T = 0, to the sign of the field.

    This is Little's dynamics: it samples exp(sum_i ln 2cosh(h_i/T)), not exp(-E/T). The arguments are those of `relax`,
    but for temperatures (row,) and the fields, which are left as they were; each stream gives N numbers.
    """
    first, temperatures = streams.advance(spins.shape[1]), temperatures.double()
    if spin_kernels.compiled(spins):
        fixed = (fields.numpy(), _array(free), temperatures.numpy(), streams.keys.numpy().view("u8"), np.uint64(first))
        share_out(spin_kernels.together, spins.numpy(), *fixed, tie)
        return
    turn, temperatures = spins * fields < -tie, temperatures.to(spins.device)[:, None]
    if bool((temperatures > 0).any()):
        draws = streams.integers(first, torch.arange(spins.shape[1], device=spins.device))
        betas = torch.where(temperatures > 0, 1 / temperatures, 0)
        turn = torch.where(temperatures > 0, turned(spins, fields, betas, draws, "heat_bath"), turn)
    spins *= 1 - 2 * (turn if free is None else turn & free).to(torch.int8)


def dense_energies(spins: Tensor, couplings: Tensor) -> Tensor:
    """E = -sum_{i<j} J_ij s_i s_j of every row: (row, N), (sample, N, N) -> (row,) float64.

    On the CPU a row's sum has one order, whatever the number of rows: replicas spread over processes keep their bits.
    """
    if spin_kernels.compiled(spins):
        fields = torch.empty(spins.shape, dtype=torch.float64)
        energies = torch.empty(len(spins), dtype=torch.float64)
        fixed = (couplings.numpy(), fields.numpy(), energies.numpy())
        share_out(spin_kernels.dense_energies, spins.numpy(), *fixed)
        return energies
    return -(_sum_fields(spins, couplings) * spins).sum(1) / 2


def _sweeps(
    spins: Tensor,
    fields: Tensor | None,
    couplings: Tensor,
    free: Tensor | None,
    temperatures: Tensor,
    streams: Streams,
    order: Order,
    rule: Rule,
    tie: float,
) -> None:
    """`relax`; without fields they are summed up first."""
    size, random, still = spins.shape[1], order == "random", not bool(temperatures.any())
    first = streams.advance(len(temperatures) * size * (2 if random else 1))
    if not spin_kernels.compiled(spins):
        free = torch.ones_like(spins, dtype=torch.bool) if free is None else free
        fields = _sum_fields(spins, couplings) if fields is None else fields
        _sweep_rows(spins, fields, couplings, free, temperatures.to(spins.device), streams, first, random, rule, tie)
        return
    known = fields is not None
    fields = torch.empty(spins.shape, dtype=torch.float64) if fields is None else fields
    fixed = (
        fields.numpy(),
        known,
        couplings.numpy(),
        _array(free),
        temperatures.numpy(),
        streams.keys.numpy().view("u8"),
    )
    chances = (np.uint64(first), random, OFFSET[rule], tie, still)
    share_out(spin_kernels.dense, spins.numpy(), *fixed, *chances, sweeps=len(temperatures))


def _sweep_rows(
    spins: Tensor,
    fields: Tensor,
    couplings: Tensor,
    free: Tensor,
    temperatures: Tensor,
    streams: Streams,
    first: int,
    random: bool,
    rule: Rule,
    tie: float,
) -> None:
    """The twin of `spin_kernels.dense`: one spin of every row at a time."""
    size, row, count = spins.shape[1], torch.arange(len(spins), device=spins.device), free.sum(1)
    most, index = int(count.max()), torch.arange(size, device=spins.device)
    sequence = (~free).to(torch.int8).argsort(dim=1, stable=True)  # (row, N): the free spins come first
    for T in temperatures:  # (row,)
        before, sites, hot = spins.clone(), sequence.clone(), T > 0
        numbers, betas = streams.integers(first, index), torch.where(hot, 1 / T, 0)
        places = streams.integers(first + size, index) >> 21 if random else None  # 32 bits each
        for n in range(most):
            site = sites[:, n].clone()
            if places is not None:
                k = n + (places[:, n] * (count - n).clamp_min(1) >> 32)  # (row,)
                site, sites[row, k] = sites[row, k], site
            spin, field = spins[row, site], fields[row, site]
            thermal = turned(spin, field, betas, numbers[:, n], rule)
            _flip(spins, fields, couplings, site, torch.where(hot, thermal, spin * field < -tie) & (n < count))
        first += size * (2 if random else 1)
        if not bool(temperatures.any()) and torch.equal(spins, before):
            return


def _flip(spins: Tensor, fields: Tensor, couplings: Tensor, site: Tensor, turn: Tensor) -> None:
    """Turns over the spin at `site` (row,) of those rows where `turn` (row,), and adds the change to their fields."""
    row = torch.arange(len(spins), device=spins.device)
    change = (-2 * spins[row, site] * turn).to(fields.dtype)  # (row,)
    fields += change[:, None] * couplings[row // (len(spins) // len(couplings)), site]
    spins[row, site] *= 1 - 2 * turn.to(torch.int8)


def _sum_fields(spins: Tensor, couplings: Tensor) -> Tensor:
    """h = J s of every row: (row, N) float64."""
    return (spins.view(len(couplings), -1, spins.shape[1]).double() @ couplings.double()).view(spins.shape)


def _array(free: Tensor | None) -> np.ndarray:
    """What the kernels take; an empty array tells them that all spins are free."""
    return _NONE if free is None else free.numpy()


_NONE = np.empty((0, 0), dtype=bool)
