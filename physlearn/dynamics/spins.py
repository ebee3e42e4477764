"""What moves spins: heat bath and Metropolis, all replicas at once, each at its own temperature.

A sweep visits every spin once. On a lattice the two colours of a checkerboard take turns: spins of one colour do not
see one another, so all of them may move at once. On the CPU the loops are compiled (spin_kernels.py), elsewhere they
are vectorised over replicas and a colour. Both draw from the counters of streams.py, so they agree.

The local field is h_i = sum_j J_ij s_j, the energy E = -sum_{i<j} J_ij s_i s_j, and beta = 1/T:

    heat_bath:    s_i <- +1 with probability 1 / (1 + exp(-2 beta h_i)), else -1
    metropolis:   s_i <- -s_i with probability min(1, exp(-2 beta s_i h_i))

Both leave exp(-E/T)/Z unchanged. Source: Newman & Barkema, Monte Carlo Methods in Statistical Physics (1999), ch. 3, 4.
"""

import numpy as np
import torch
from torch import Tensor

from physlearn.dynamics import spin_kernels
from physlearn.dynamics.choices import SPIN_RULES, SpinRule
from physlearn.dynamics.streams import UNIT, Streams

Rule = SpinRule


def random_spins(count: int, streams: Streams) -> Tensor:
    """Spins at infinite temperature, +-1 with equal odds: (row, count) int8."""
    index = torch.arange(count, device=streams.keys.device)
    return (2 * (streams.integers(streams.advance(count), index) >> 52) - 1).to(torch.int8)


def ising_sweep(spins: Tensor, temperatures: Tensor, streams: Streams, rule: Rule = "heat_bath") -> None:
    """One checkerboard sweep, in place, of the Ising model on the periodic square lattice with J = 1.

    Args:
        spins: (row, L, L) int8, contiguous, +-1; L even.
        temperatures: (row,), T > 0 in units of J.
        streams: one a row; each gives L^2 numbers.
        rule: ``heat_bath`` or ``metropolis``.

    Raises:
        ValueError: L odd (a checkerboard needs it even), a temperature that is not positive, an unknown rule.
    """
    check_checkerboard(spins.shape[-1])
    _check(spins, temperatures, rule)
    size, first = spins.shape[-1], streams.advance(spins[0].numel())
    table = up_thresholds(temperatures, rule).to(spins.device)  # (row, 10)
    if _on_cpu(spins):
        tables, keys = table.numpy().view("u8"), streams.keys.numpy().view("u8")
        spin_kernels.share_out(spin_kernels.ising, spins.numpy(), tables, keys, np.uint64(first))
        return
    site = torch.arange(size * size, device=spins.device).view(size, size)
    draws = streams.integers(first, site.view(-1)).view(spins.shape)
    for colour in (0, 1):
        field = spins.roll(1, 1) + spins.roll(-1, 1) + spins.roll(1, 2) + spins.roll(-1, 2)
        case = (spins + 1) // 2 * 5 + (field + 4) // 2  # (row, L, L)
        up = draws < table.gather(1, case.flatten(1).long()).view(spins.shape)
        turn = (site // size + site % size) % 2 == colour
        spins.copy_(torch.where(turn, 2 * up.to(torch.int8) - 1, spins))


def lattice_sweep(
    spins: Tensor,
    neighbours: Tensor,
    couplings: Tensor,
    colours: tuple[Tensor, Tensor],
    temperatures: Tensor,
    streams: Streams,
    rule: Rule = "heat_bath",
) -> None:
    """One checkerboard sweep, in place, of spins on a bipartite graph with couplings of its own on every bond.

    Args:
        spins: (row, N) int8, contiguous, +-1.
        neighbours: (N, z) int64, the sites that site i is coupled to.
        couplings: (sample, N, z), J_ij of those bonds; rows / sample consecutive rows share a sample.
        colours: the sites of each colour; no two of one colour are neighbours.
        temperatures: (row,), T > 0 in the unit of J.
        streams: one a row; each gives N numbers.
        rule: ``heat_bath`` or ``metropolis``.

    Raises:
        ValueError: a temperature that is not positive, an unknown rule, rows that do not divide into samples.
    """
    _check(spins, temperatures, rule, len(couplings))
    first, betas = streams.advance(spins.shape[1]), 1 / temperatures.double()
    if _on_cpu(spins):
        order = torch.cat(colours).numpy()
        fixed = (order, neighbours.numpy(), couplings.numpy(), betas.numpy(), streams.keys.numpy().view("u8"))
        spin_kernels.share_out(spin_kernels.lattice, spins.numpy(), *fixed, np.uint64(first), rule == "metropolis")
        return
    rungs = len(spins) // len(couplings)
    for sites in colours:
        bonds = couplings[:, sites].repeat_interleave(rungs, 0)  # (row, site, z)
        field = (bonds * spins[:, neighbours[sites]]).sum(2)  # (row, site)
        spins[:, sites] = _move(spins[:, sites], field, betas, streams.integers(first, sites), rule)


def dense_sweep(
    spins: Tensor, couplings: Tensor, temperatures: Tensor, streams: Streams, rule: Rule = "heat_bath"
) -> None:
    """One sequential sweep, in place, of spins that are all coupled with one another.

    Args:
        spins: (row, N) int8, contiguous, +-1.
        couplings: (sample, N, N) float64, symmetric, zero diagonal; rows / sample consecutive rows share a sample.
        temperatures: (row,), T > 0 in the unit of J.
        streams: one a row; each gives N numbers.
        rule: ``heat_bath`` or ``metropolis``.

    Raises:
        ValueError: a temperature that is not positive, an unknown rule, rows that do not divide into samples.
    """
    _check(spins, temperatures, rule, len(couplings))
    size, betas = spins.shape[1], 1 / temperatures.double()
    first = streams.advance(size)
    if _on_cpu(spins):
        fixed = (couplings.numpy(), betas.numpy(), streams.keys.numpy().view("u8"))
        spin_kernels.share_out(spin_kernels.dense, spins.numpy(), *fixed, np.uint64(first), rule == "metropolis")
        return
    draws = streams.integers(first, torch.arange(size, device=spins.device))
    by_sample = spins.view(len(couplings), -1, size)  # (sample, rung, N)
    for i in range(size):
        field = (by_sample * couplings[:, None, i]).sum(2).view(-1, 1)  # (row, 1)
        spins[:, i : i + 1] = _move(spins[:, i : i + 1], field, betas, draws[:, i : i + 1], rule)


def lattice_energies(spins: Tensor, neighbours: Tensor, couplings: Tensor) -> Tensor:
    """E = -sum_<ij> J_ij s_i s_j of every row: (row, N), (N, z), (sample, N, z) -> (row,) float64.

    On the CPU a row's sum has one order, whatever the number of rows: replicas spread over processes keep their bits.
    """
    if _on_cpu(spins):
        energies = torch.empty(len(spins), dtype=torch.float64)
        fixed = (neighbours.numpy(), couplings.numpy(), energies.numpy())
        spin_kernels.share_out(spin_kernels.lattice_energies, spins.numpy(), *fixed)
        return energies
    rows = spins.view(len(couplings), -1, spins.shape[1])  # (sample, rung, spin)
    return -(couplings[:, None] * rows[:, :, neighbours] * rows[..., None]).sum((2, 3)).flatten() / 2


def dense_energies(spins: Tensor, couplings: Tensor) -> Tensor:
    """E = -sum_{i<j} J_ij s_i s_j of every row: (row, N), (sample, N, N) -> (row,) float64; summed as above."""
    if _on_cpu(spins):
        energies = torch.empty(len(spins), dtype=torch.float64)
        spin_kernels.share_out(spin_kernels.dense_energies, spins.numpy(), couplings.numpy(), energies.numpy())
        return energies
    rows = spins.view(len(couplings), -1, spins.shape[1]).double()  # (sample, rung, spin)
    return -(rows @ couplings * rows).sum(2).flatten() / 2


def up_thresholds(temperatures: Tensor, rule: Rule) -> Tensor:
    """P(s_i becomes +1) in units of 2^-53, by row and case = 5 [s_i = +1] + (h_i + 4)/2: (row, 10) int64."""
    field, spin = np.tile(np.arange(-4.0, 5, 2), 2), np.repeat([-1.0, 1.0], 5)  # (10,)
    exponent = -2 * field / temperatures.double().cpu().numpy()[:, None]  # (row, 10)
    with np.errstate(over="ignore"):  # exp(a lot) is inf, which is right; NumPy, for torch would wake its threads
        flip = np.exp(exponent * spin)
        up = 1 / (1 + np.exp(exponent)) if rule == "heat_bath" else np.where(spin > 0, 1 - flip, flip)
    return torch.from_numpy(np.ceil(up.clip(0, 1) / UNIT).astype(np.int64))


def check_checkerboard(size: int) -> None:
    """ValueError unless the side of the lattice is even, as two colours and periodic borders want it."""
    if size < 2 or size % 2:
        raise ValueError(f"a checkerboard needs a lattice of even side, got {size}")


def _up(spin: Tensor, field: Tensor, betas: Tensor, rule: Rule) -> Tensor:
    if rule == "heat_bath":
        return 1 / (1 + (-2 * betas * field).exp())
    flip = (-2 * betas * spin * field).exp()
    return torch.where(spin > 0, 1 - flip, flip)


def _move(spins: Tensor, field: Tensor, betas: Tensor, draws: Tensor, rule: Rule) -> Tensor:
    up = draws.double() * UNIT < _up(spins, field, betas[:, None], rule)
    return 2 * up.to(torch.int8) - 1


def _check(spins: Tensor, temperatures: Tensor, rule: Rule, samples: int = 1) -> None:
    if rule not in SPIN_RULES:
        raise ValueError(f"rule must be {' or '.join(SPIN_RULES)}, got {rule!r}")
    if temperatures.shape != (len(spins),) or not bool((temperatures > 0).all()):
        raise ValueError(f"{len(spins)} replicas need as many temperatures > 0, got {temperatures.tolist()}")
    if len(spins) % samples:
        raise ValueError(f"{len(spins)} replicas cannot be shared out to {samples} samples of the couplings")


def _on_cpu(spins: Tensor) -> bool:
    return spins.device.type == "cpu"
