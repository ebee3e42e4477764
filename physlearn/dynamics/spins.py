"""Moves of spins: heat bath and Metropolis, all replicas at once, each at its own temperature.

The local field is h_i = sum_j J_ij s_j, the energy E = -sum_{i<j} J_ij s_i s_j, and beta = 1/T:

    heat_bath:    s_i <- +1 with probability 1 / (1 + exp(-2 beta h_i)), else -1
    metropolis:   s_i <- -s_i with probability min(1, exp(-2 beta s_i h_i))

Both leave exp(-E/T)/Z unchanged. A sweep visits every spin once. On a lattice (this file) the two colours of a
checkerboard take turns: spins of one colour are not coupled, so that all of them may move at once. Spins that are all
coupled are in dense_spins.py. On the CPU the loops are compiled (spin_kernels.py), elsewhere they are vectorised over
replicas and a colour. Both draw from the counters of physlearn/streams.py, so that they agree spin by spin.

Source: Newman & Barkema, Monte Carlo Methods in Statistical Physics (1999), ch. 3, 4.
"""

import numpy as np
import torch
from torch import Tensor

from physlearn.dynamics import spin_kernels
from physlearn.dynamics.choices import SPIN_RULES, SpinRule
from physlearn.dynamics.threads import share_out
from physlearn.streams import UNIT, Streams

Rule = SpinRule
OFFSET = {"heat_bath": 1.0, "metropolis": 0.0}  # of the probability 1/(offset + exp(2 beta s h)) that a spin turns over


def random_spins(count: int, streams: Streams) -> Tensor:
    """Spins at infinite temperature, +-1 with equal odds: (row, count) int8."""
    index = torch.arange(count, device=streams.keys.device)
    return (2 * (streams.integers(streams.advance(count), index) >> 52) - 1).to(torch.int8)


def ising_sweep(spins: Tensor, temperatures: Tensor, streams: Streams, rule: Rule = "heat_bath") -> None:
    """One checkerboard sweep, in place, of the Ising model on the periodic square lattice with J = 1.

    Args:
        spins: (row, L, L) int8, contiguous, +-1; L even.
        temperatures: (row,), T > 0 in units of J.
        streams: one per row; each gives L^2 numbers.
        rule: ``heat_bath`` or ``metropolis``.

    Raises:
        ValueError: L odd (a checkerboard needs it even), a temperature that is not positive, an unknown rule.
    """
    check_checkerboard(spins.shape[-1])
    check_sweep(spins, temperatures, rule)
    size, first = spins.shape[-1], streams.advance(spins[0].numel())
    table = up_thresholds(temperatures, rule).to(spins.device)  # (row, 10)
    if spin_kernels.compiled(spins):
        tables, keys = table.numpy().view("u8"), streams.keys.numpy().view("u8")
        share_out(spin_kernels.ising, spins.numpy(), tables, keys, np.uint64(first))
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
        streams: one per row; each gives N numbers.
        rule: ``heat_bath`` or ``metropolis``.

    Raises:
        ValueError: a temperature that is not positive, an unknown rule, rows that do not divide into samples.
    """
    check_sweep(spins, temperatures, rule, len(couplings))
    first, betas = streams.advance(spins.shape[1]), 1 / temperatures.double()
    if spin_kernels.compiled(spins):
        order = torch.cat(colours).numpy()
        fixed = (order, neighbours.numpy(), couplings.numpy(), betas.numpy(), streams.keys.numpy().view("u8"))
        share_out(spin_kernels.lattice, spins.numpy(), *fixed, np.uint64(first), OFFSET[rule])
        return
    each = len(spins) // len(couplings)
    for sites in colours:
        bonds = couplings[:, sites].repeat_interleave(each, 0)  # (row, site, z)
        field = (bonds * spins[:, neighbours[sites]]).sum(2)  # (row, site)
        turn = turned(spins[:, sites], field, betas[:, None], streams.integers(first, sites), rule)
        spins[:, sites] *= 1 - 2 * turn.to(torch.int8)


def lattice_energies(spins: Tensor, neighbours: Tensor, couplings: Tensor) -> Tensor:
    """E = -sum_<ij> J_ij s_i s_j of every row: (row, N), (N, z), (sample, N, z) -> (row,) float64.

    On the CPU a row's sum has one order, whatever the number of rows: replicas spread over processes keep their bits.
    """
    if spin_kernels.compiled(spins):
        energies = torch.empty(len(spins), dtype=torch.float64)
        fixed = (neighbours.numpy(), couplings.numpy(), energies.numpy())
        share_out(spin_kernels.lattice_energies, spins.numpy(), *fixed)
        return energies
    rows = spins.view(len(couplings), -1, spins.shape[1])  # (sample, level, spin)
    return -(couplings[:, None] * rows[:, :, neighbours] * rows[..., None]).sum((2, 3)).flatten() / 2


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
        allowed = "it must be an even whole number (a lattice of even side), for a checkerboard needs it even"
        raise ValueError(f"size={size} is not allowed: {allowed}. Type e.g. 16")


def turned(spins: Tensor, fields: Tensor, betas: Tensor, draws: Tensor, rule: Rule) -> Tensor:
    """Which spins turn over: with probability 1/(OFFSET + exp x), x = 2 beta s h; bool of the shape of `spins`.

    Args:
        spins, fields: s and h.
        betas: 1/T, of a shape that broadcasts with them.
        draws: random integers in [0, 2^53); heat bath makes a spin +1 where draw < 2^53 / (1 + exp(-2 beta h)).
        rule: ``heat_bath`` or ``metropolis``.
    """
    number = draws.double() * UNIT
    uniform = torch.where(spins > 0, 1 - number, number)
    return uniform * (OFFSET[rule] + (2 * betas * spins * fields).exp()) < 1


def check_sweep(spins: Tensor, temperatures: Tensor, rule: Rule, samples: int = 1) -> None:
    """ValueError unless the rule is known, every row has a temperature > 0, and the rows divide into samples."""
    if rule not in SPIN_RULES:
        raise ValueError(f"rule must be {' or '.join(SPIN_RULES)}, got {rule!r}")
    if temperatures.shape != (len(spins),) or not bool((temperatures > 0).all()):
        raise ValueError(f"{len(spins)} replicas need as many temperatures > 0, got {temperatures.tolist()}")
    if len(spins) % samples:
        raise ValueError(f"{len(spins)} replicas cannot be shared out to {samples} samples of the couplings")
