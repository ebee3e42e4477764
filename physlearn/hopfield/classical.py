"""The classical Hopfield network: spins s = +-1, couplings J learned from patterns, E = -s.J.s/2."""

import copy
import math
from collections import deque
from collections.abc import Callable, Iterator
from itertools import chain
from typing import ClassVar

import torch
from torch import Tensor

from physlearn.dynamics.dense_spins import descend, relax, update_together
from physlearn.hopfield.choices import DYNAMICS
from physlearn.hopfield.patterns import check_spins
from physlearn.hopfield.rules import RULES
from physlearn.hopfield.sparse_couplings import diluted
from physlearn.hopfield.whole import whole_couplings
from physlearn.streams import Streams

Temperature = float | Tensor | Callable[[int, int], float]


class HopfieldNetwork:
    """N spins with E(s) = -s.J.s/2, J symmetric without diagonal; asynchronous recall at T samples exp(-E/T).

    Memory is O(N^2 + batch N). Weights have the dtype (integers: torch's default) and the device of the patterns.

    Args:
        patterns: (pattern, neuron) of +-1.
        rule: "hebb", "projection" or "storkey"; the equations are in rules.py.

    Raises:
        ValueError: patterns that are not a matrix of +-1, an unknown rule, projection of more patterns than neurons.
    """

    continuous: ClassVar[bool] = False
    thermal: ClassVar[bool] = True
    dynamics: ClassVar[tuple[str, ...]] = DYNAMICS
    weights: Tensor  # (neuron, neuron)

    def __init__(self, patterns: Tensor, rule: str = "hebb") -> None:
        check_spins(patterns, "patterns")
        if rule not in RULES:
            raise ValueError(f"rule must be one of {', '.join(RULES)}, got {rule!r}")
        self.patterns = patterns if patterns.is_floating_point() else patterns.to(torch.get_default_dtype())
        self.rule = rule
        self.weights = RULES[rule](self.patterns)
        self._whole: tuple[tuple[int, int], tuple[Tensor, float] | None] | None = None  # which J; what it is made of

    def fields(self, states: Tensor) -> Tensor:
        """h = J s, in double precision whatever the weights are in: (row, neuron) -> (row, neuron) float64."""
        self._check(states)
        spins, width = states.double(), max(1, 2**24 // len(self.weights))  # blocks: no second J in double precision
        return torch.cat([spins @ block.double() for block in self.weights.split(width, 1)], 1)

    def energy(self, states: Tensor) -> Tensor:
        """E = -s.J.s/2, total, of every row: (row, neuron) -> (row,) in the dtype of the weights."""
        return (-(self.fields(states) * states).sum(1) / 2).to(self.weights.dtype)

    def lyapunov(self, before: Tensor, after: Tensor) -> Tensor:
        """-s(t).J.s(t-1) of every row: synchronous dynamics at T = 0 never raises it, so that ends in period 1 or 2."""
        return (-(self.fields(before) * after).sum(1)).to(self.weights.dtype)

    def recall(
        self,
        states: Tensor,
        temperature: Temperature = 0.0,
        dynamics: str = "asynchronous",
        sweeps: int = 100,
        clamped: Tensor | None = None,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """The states after `sweeps` sweeps, or at T = 0 once all rows stand still: (row, neuron) -> (row, neuron).

        At T = 0 an update is s_i <- sign(h_i), h_i = sum_j J_ij s_j; a spin with h_i = 0 (within rounding) stays. At
        T > 0 it is the heat bath, s_i = +1 with probability 1/(1 + exp(-2 h_i/T)) (Glauber, J. Math. Phys. 4, 1963).

        Args:
            states: (row, neuron) of +-1; not changed.
            temperature: T >= 0 in the unit of E: a number, one per row (row,), or a schedule value(sweep, sweeps).
            dynamics: "asynchronous" visits every spin once per sweep in a new random order, "sequential" in the order
                0, 1, 2, ...; both sample exp(-E/T). "greedy" (T = 0) flips the spin most against its field, at most N
                times per sweep. "synchronous" updates all at once; at T > 0 that is Little's model, which samples
                exp(sum_i ln 2cosh(h_i/T)) instead of exp(-E/T).
            clamped: neurons that are held, bool, (neuron,) or (row, neuron).
            generator: draws orders and thermal noise; by default one seeded with 0.

        Raises:
            ValueError: wrong shapes, entries that are not +-1, T < 0, unknown dynamics, greedy at T > 0.
        """
        temperatures = _temperatures(temperature, dynamics, sweeps, len(states))
        spins, fields, free, streams = self._start(states, clamped, generator)
        if dynamics == "synchronous":
            spins = next(iter(deque(self._synchronous(spins, fields, free, streams, temperatures), maxlen=1)), spins)
        else:
            couplings, fields, unit = self._fast(fields, temperatures)
            _sweep(couplings, spins, fields, free, temperatures / unit, streams, dynamics, self._tie() / unit)
        return spins.to(states.dtype)

    def sweep(
        self, states: Tensor, temperature: float, dynamics: str, clamped: Tensor | None, generator: torch.Generator
    ) -> Tensor:
        """One sweep of `recall`: (row, neuron) -> (row, neuron)."""
        return self.recall(states, temperature, dynamics, 1, clamped, generator)

    def trajectory(
        self,
        states: Tensor,
        temperature: Temperature = 0.0,
        dynamics: str = "asynchronous",
        sweeps: int = 100,
        clamped: Tensor | None = None,
        generator: torch.Generator | None = None,
    ) -> Iterator[Tensor]:
        """The states before the first sweep and after each: sweeps + 1 tensors, the last as `recall` gives it.

        Arguments are those of `recall`. At T = 0 it ends early, once per sweep has changed nothing.
        """
        temperatures = _temperatures(temperature, dynamics, sweeps, len(states))
        start = self._start(states, clamped, generator)
        if dynamics == "synchronous":
            path = self._synchronous(*start, temperatures)
        else:
            path = self._sweeps(*start, temperatures, dynamics)
        return chain([states.clone()], (spins.to(states.dtype, copy=True) for spins in path))

    def dilute(
        self, fraction: float, by: str = "magnitude", generator: torch.Generator | None = None
    ) -> "HopfieldNetwork":
        """A copy with a fraction f of its couplings kept, times 1/f, still symmetric; see `dilution.diluted`."""
        pruned = copy.copy(self)
        pruned._whole = None
        pruned.weights = diluted(self.weights, fraction, by, generator or torch.Generator().manual_seed(0))
        return pruned

    def _sweeps(self, spins, fields, free, streams, temperatures, dynamics) -> Iterator[Tensor]:
        """The states after each sweep of one spin after another."""
        couplings, fields, unit = self._fast(fields, temperatures)
        scaled, tie = temperatures / unit, self._tie() / unit
        for sweep, frozen in enumerate(_cold(temperatures)):
            before = spins.clone()
            _sweep(couplings, spins, fields, free, scaled[sweep : sweep + 1], streams, dynamics, tie)
            yield spins
            if frozen and torch.equal(spins, before):
                return

    def _synchronous(self, spins, fields, free, streams, temperatures) -> Iterator[Tensor]:
        """The states after each update of all free spins at once from their fields at the old state."""
        tie = self._tie()
        for T, frozen in zip(temperatures, _cold(temperatures), strict=True):
            before = spins.clone()
            update_together(spins, fields, T, streams, free=free, tie=tie)
            yield spins
            if frozen and torch.equal(spins, before):
                return
            fields = self.fields(spins)

    def _fast(self, fields: Tensor, temperatures: Tensor) -> tuple[Tensor, Tensor, float]:
        """(J, h, unit) for many flips: as whole numbers of a unit where J is made of such, T > 0 and on the CPU."""
        if self.weights.device.type != "cpu" or not bool(temperatures.any()):
            return self.weights, fields, 1.0
        mark = self.weights.data_ptr(), self.weights._version
        if self._whole is None or self._whole[0] != mark:
            self._whole = mark, whole_couplings(self.weights)
        if self._whole[1] is None:
            return self.weights, fields, 1.0
        couplings, unit = self._whole[1]
        return couplings, (fields / unit).round().to(torch.int32), unit

    def _tie(self) -> float:
        """Fields below the rounding error of a sum of N couplings count as zero."""
        return len(self.weights) * torch.finfo(self.weights.dtype).eps * float(self.weights.abs().max())

    def _start(
        self, states: Tensor, clamped: Tensor | None, generator: torch.Generator | None
    ) -> tuple[Tensor, Tensor, Tensor | None, Streams]:
        fields = self.fields(states)  # checks the states
        spins = states.to(torch.int8, copy=True).contiguous()
        free = None
        if clamped is not None:
            if clamped.dtype != torch.bool or clamped.shape not in (states.shape, states.shape[1:]):
                raise ValueError(f"clamped must be bool of shape {tuple(states.shape)} or {tuple(states.shape[1:])}, "
                                 f"got {clamped.dtype} of {tuple(clamped.shape)}")  # fmt: skip
            free = (~clamped.to(spins.device)).expand(spins.shape).contiguous()
        generator = generator or torch.Generator().manual_seed(0)
        keys = torch.randint(2**62, (len(states),), generator=generator, device=generator.device)  # (row,)
        return spins, fields, free, Streams(keys.to(spins.device))

    def _check(self, states: Tensor) -> None:
        check_spins(states, "states")
        if states.shape[1] != len(self.weights):
            raise ValueError(f"states must have {len(self.weights)} neurons, got {states.shape[1]}")


def _sweep(
    couplings: Tensor,
    spins: Tensor,
    fields: Tensor,
    free: Tensor | None,
    temperatures: Tensor,
    streams: Streams,
    dynamics: str,
    tie: float,
) -> None:
    """Sweeps of one spin after another at temperatures (sweep, row), in place; shapes as in `dense_spins.relax`."""
    if dynamics == "greedy":
        descend(spins, fields, couplings[None], len(temperatures) * spins.shape[1], free=free, tie=tie)
    else:
        order = "random" if dynamics == "asynchronous" else "sequential"
        relax(spins, fields, couplings[None], temperatures, streams, free=free, order=order, tie=tie)


def _cold(temperatures: Tensor) -> list[bool]:
    """Whether T = 0 in all rows from this sweep to the end: (sweep, row) -> one per sweep."""
    hot = temperatures.any(1).nonzero()
    last = int(hot[-1]) if len(hot) else -1
    return [sweep > last for sweep in range(len(temperatures))]


def _temperatures(temperature: Temperature, dynamics: str, sweeps: int, rows: int) -> Tensor:
    """(sweep, row) float64 on the CPU, whatever way the temperature was given; checked, with the dynamics."""
    if dynamics not in DYNAMICS:
        raise ValueError(f"dynamics must be one of {', '.join(DYNAMICS)}, got {dynamics!r}")
    if sweeps < 0:
        raise ValueError(f"sweeps must be >= 0, got {sweeps}")
    if callable(temperature):
        steps = [float(temperature(step, sweeps)) for step in range(sweeps)]
        values = torch.tensor(steps, dtype=torch.float64)[:, None]
    else:
        values = torch.as_tensor(temperature, dtype=torch.float64, device="cpu")
        if values.dim() and values.shape != (rows,):
            raise ValueError(f"temperature must be a number, a schedule or ({rows},), got {tuple(values.shape)}")
    for value in values.flatten().tolist():
        if not (math.isfinite(value) and value >= 0):
            raise ValueError(f"temperature must be finite and >= 0, got {value}")
    if dynamics == "greedy" and bool(values.any()):
        raise ValueError("greedy dynamics has no temperature: choose T = 0 or asynchronous dynamics")
    return values.expand(sweeps, rows).contiguous()
