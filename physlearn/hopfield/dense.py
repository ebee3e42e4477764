"""Dense associative memory: E(s) = -sum_mu F(xi^mu . s) with F steeper than a square (Krotov & Hopfield, NIPS 2016)."""

from typing import ClassVar

import numpy as np
import torch
from numba import njit
from torch import Tensor

from physlearn.dynamics.spin_kernels import GAMMA, mix, place
from physlearn.dynamics.threads import share_out
from physlearn.hopfield.choices import FUNCTIONS
from physlearn.hopfield.patterns import check_spins


class DenseMemory:
    """N spins s = +-1, K patterns, E = -sum_mu F(xi^mu . s); K may grow as N^(n-1), or as 2^(N/2) for the exponential.

    F(x) = x^n ("polynomial"), max(x, 0)^n ("rectified"). "exponential" is F = exp (Demircigil et al., J. Stat. Phys.
    168, 288, 2017), with the energy as -ln sum_mu exp(xi^mu . s): the same minima and the same updates, no overflow.
    E grows as N^n, without 1/N. Runs on the CPU.

    Args:
        patterns: (pattern, neuron) of +-1.
        function: "polynomial", "rectified" or "exponential".
        power: n >= 2, of the first two; n = 2 is the classical network with Hebb's rule.

    Raises:
        ValueError: patterns that are not a matrix of +-1, an unknown function, n < 2.
    """

    continuous: ClassVar[bool] = False
    thermal: ClassVar[bool] = False
    dynamics: ClassVar[tuple[str, ...]] = ("asynchronous",)

    def __init__(self, patterns: Tensor, function: str = "polynomial", power: int = 3) -> None:
        check_spins(patterns, "patterns")
        if function not in FUNCTIONS:
            raise ValueError(f"function must be one of {', '.join(FUNCTIONS)}, got {function!r}")
        if function != "exponential" and power < 2:
            raise ValueError(f"power must be at least 2, got {power}")
        self.patterns, self.function, self.power = patterns, function, power
        self._bits = patterns.T.cpu().to(torch.int8).contiguous().numpy()  # (neuron, pattern)

    def energy(self, states: Tensor) -> Tensor:
        """E, total, of every row: (row, neuron) -> (row,) float64."""
        overlaps = self._overlaps(states).double()  # (row, pattern)
        if self.function == "exponential":
            return -overlaps.logsumexp(1)
        return -self._function(overlaps).sum(1)

    def fields(self, states: Tensor) -> Tensor:
        """E(s_i = -1) - E(s_i = +1), the others held: an update makes s_i its sign: (row, neuron) -> the same, float64.

        With a_mu = xi^mu . s without spin i it is sum_mu [F(a_mu + xi_i^mu) - F(a_mu - xi_i^mu)]; for the exponential
        the sum is divided by 2 sinh(1) exp(max_mu a_mu).
        """
        overlaps = self._overlaps(states).numpy()
        spins = states.cpu().to(torch.int8).numpy()
        out = np.empty(spins.shape)
        _fields(self._bits, spins, overlaps, self._table(), self.function == "exponential", out)
        return torch.from_numpy(out)

    def recall(
        self,
        states: Tensor,
        sweeps: int = 20,
        clamped: Tensor | None = None,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """Asynchronous updates at T = 0 in random order, until a row stands still or for `sweeps` sweeps.

        Args:
            states: (row, neuron) of +-1; not changed.
            clamped: neurons that are held, bool, (neuron,) or (row, neuron).
            generator: draws the orders; by default one seeded with 0.
        """
        overlaps = self._overlaps(states).numpy()
        spins = states.cpu().to(torch.int8, copy=True).contiguous()
        held = torch.zeros(1, dtype=torch.bool) if clamped is None else clamped.cpu()
        free = (~held).expand(spins.shape).contiguous()
        keys = torch.randint(2**62, (len(spins),), generator=generator or torch.Generator().manual_seed(0))  # (row,)
        share_out(
            _sweeps, spins.numpy(), overlaps, self._bits, self._table(), self.function == "exponential", free.numpy(),
            keys.numpy().view(np.uint64), sweeps, sweeps=sweeps,
        )  # fmt: skip
        return spins.to(states)

    def sweep(
        self, states: Tensor, temperature: float, dynamics: str, clamped: Tensor | None, generator: torch.Generator
    ) -> Tensor:
        """One sweep of `recall`, at T = 0 and asynchronous whatever is given: (row, neuron) -> (row, neuron)."""
        return self.recall(states, 1, clamped, generator)

    def _function(self, x: Tensor) -> Tensor:
        return (x.clamp_min(0) if self.function == "rectified" else x) ** self.power

    def _overlaps(self, states: Tensor) -> Tensor:
        """xi^mu . s, whole numbers: (row, neuron) -> (row, pattern) int64."""
        check_spins(states, "states")
        if states.shape[1] != self.patterns.shape[1]:
            raise ValueError(f"states must have {self.patterns.shape[1]} neurons, got {states.shape[1]}")
        return (states.cpu().double() @ self.patterns.cpu().double().T).long()

    def _table(self) -> np.ndarray:
        """F(a + 1) - F(a - 1) at a = -N ... N, or exp(a) at a = -2N ... 0: overlaps are whole numbers."""
        size = self.patterns.shape[1]
        if self.function == "exponential":
            return np.exp(np.arange(-2.0 * size, 1))
        a = torch.arange(-size, size + 1, dtype=torch.float64)
        return (self._function(a + 1) - self._function(a - 1)).numpy()


@njit(inline="always")
def _field(bits, overlaps, spin, table, exponential):
    """sum_mu xi_i (F(a + 1) - F(a - 1)), a = xi . s - xi_i s_i; bits (pattern,) is neuron i's column."""
    origin = (len(table) - 1) // 2  # table[origin + a], or table[2 origin + a - highest]
    if exponential:
        highest = -len(table)
        for mu in range(len(bits)):
            highest = max(highest, overlaps[mu] - bits[mu] * spin)
        origin = len(table) - 1 - highest
    total = 0.0
    for mu in range(len(bits)):
        total += bits[mu] * table[origin + overlaps[mu] - bits[mu] * spin]
    return total


@njit(nogil=True, cache=True)
def _fields(bits, states, overlaps, table, exponential, out):
    for row in range(len(states)):
        for i in range(len(bits)):
            out[row, i] = _field(bits[i], overlaps[row], np.int64(states[row, i]), table, exponential)


@njit(nogil=True, cache=True)
def _sweeps(start, stop, states, overlaps, bits, table, exponential, free, keys, sweeps):
    """bits (N, K) int8; states (row, N) int8; overlaps (row, K) int64, kept up to date; both changed in place."""
    for row in range(start, stop):
        state, overlap, word = states[row], overlaps[row], keys[row]
        sites = np.nonzero(free[row])[0]
        for _ in range(sweeps):
            flips = 0
            for n in range(len(sites)):
                word += GAMMA
                k = n + place(mix(word), len(sites) - n)
                i, sites[k] = sites[k], sites[n]
                sites[n] = i
                spin = np.int64(state[i])
                if spin * _field(bits[i], overlap, spin, table, exponential) < 0.0:
                    state[i] = -spin
                    for mu in range(bits.shape[1]):
                        overlap[mu] -= 2 * spin * bits[i, mu]
                    flips += 1
            if flips == 0:
                break
