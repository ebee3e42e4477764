"""The classical Hopfield network: spins s = +-1, couplings J learned from patterns, E = -s.J.s/2."""

import copy
import math
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from physlearn.hopfield.asynchronous import relax
from physlearn.hopfield.dilution import diluted
from physlearn.hopfield.patterns import check_spins
from physlearn.hopfield.rules import RULES

DYNAMICS = ("asynchronous", "sequential", "greedy", "synchronous")
Temperature = float | Tensor | Callable[[int, int], float]


class HopfieldNetwork:
    """N spins with E(s) = -s.J.s/2, J symmetric without diagonal; at temperature T asynchronous recall samples exp(-E/T).

    Memory is O(N^2 + batch N). Weights have the dtype (integers: torch's default) and the device of the patterns.

    Args:
        patterns: (pattern, neuron) of +-1.
        rule: "hebb", "projection" or "storkey"; the equations are in rules.py.

    Raises:
        ValueError: patterns that are not a matrix of +-1, an unknown rule, projection of more patterns than neurons.
    """

    weights: Tensor  # (neuron, neuron)

    def __init__(self, patterns: Tensor, rule: str = "hebb") -> None:
        check_spins(patterns, "patterns")
        if rule not in RULES:
            raise ValueError(f"rule must be one of {', '.join(RULES)}, got {rule!r}")
        self.patterns = patterns if patterns.is_floating_point() else patterns.to(torch.get_default_dtype())
        self.rule = rule
        self.weights = RULES[rule](self.patterns)

    def fields(self, states: Tensor) -> Tensor:
        """h = J s, in double precision whatever the weights are in: (row, neuron) -> (row, neuron) float64."""
        self._check(states)
        spins, width = states.double(), max(1, 2**24 // len(self.weights))  # blocks: no second J in double precision
        return torch.cat([spins @ block.double() for block in self.weights.split(width, 1)], 1)

    def energy(self, states: Tensor) -> Tensor:
        """E = -s.J.s/2, total, of every row: (row, neuron) -> (row,) in the dtype of the weights."""
        return (-(self.fields(states) * states).sum(1) / 2).to(self.weights.dtype)

    def lyapunov(self, before: Tensor, after: Tensor) -> Tensor:
        """-s(t).J.s(t-1) of every row: never rises under synchronous dynamics at T = 0, so that ends in period 1 or 2."""
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
            temperature: T >= 0 in the unit of E: a number, one a row (row,), or a schedule value(sweep, sweeps).
            dynamics: "asynchronous" visits every spin once a sweep in a new random order, "sequential" in the order
                0, 1, 2, ...; both sample exp(-E/T). "greedy" (T = 0) flips the spin most against its field, at most N
                times a sweep. "synchronous" updates all at once; at T > 0 that is Little's model, which samples
                exp(sum_i ln 2cosh(h_i/T)) instead of exp(-E/T).
            clamped: neurons that are held, bool, (neuron,) or (row, neuron).
            generator: draws orders and thermal noise; by default one seeded with 0.

        Raises:
            ValueError: wrong shapes, entries that are not +-1, T < 0, unknown dynamics, greedy at T > 0.
        """
        temperatures = self._temperatures(temperature, sweeps, len(states))
        if dynamics == "synchronous" or self.weights.device.type != "cpu":
            for spins in self.trajectory(states, temperature, dynamics, sweeps, clamped, generator):
                last = spins
            return last
        spins, fields, free, streams = self._start(states, clamped, generator)
        self._relax(spins, fields, free, temperatures, streams, dynamics)
        return spins.to(states.dtype)

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

        Arguments are those of `recall`. At T = 0 it ends early, once a sweep has changed nothing.
        """
        temperatures = self._temperatures(temperature, sweeps, len(states))
        spins, fields, free, streams = self._start(states, clamped, generator)
        thermal = torch.Generator(spins.device).manual_seed(int(streams[0])) if dynamics == "synchronous" else None
        yield states.clone()
        for sweep in range(sweeps):
            before = spins.clone()
            if thermal is not None:
                spins = torch.where(free, self._parallel(spins, temperatures[sweep], thermal), spins)
            else:
                self._relax(spins, fields, free, temperatures[sweep : sweep + 1], streams, dynamics)
            yield spins.to(states.dtype, copy=True)
            if not bool(temperatures[sweep:].any()) and torch.equal(spins, before):
                return

    def dilute(
        self, fraction: float, by: str = "magnitude", generator: torch.Generator | None = None
    ) -> "HopfieldNetwork":
        """A copy with a fraction f of its couplings left, times 1/f, still symmetric; see `dilution.diluted`."""
        pruned = copy.copy(self)
        pruned.weights = diluted(self.weights, fraction, by, generator or torch.Generator().manual_seed(0))
        return pruned

    def _parallel(self, spins: Tensor, temperatures: Tensor, generator: torch.Generator) -> Tensor:
        """All spins at once from their fields at the old state: (row, neuron) -> (row, neuron)."""
        fields, heat = self.fields(spins), temperatures.to(spins.device)[:, None]
        frozen = torch.where(fields.abs() > self._tie(), fields.sign().to(spins.dtype), spins)
        if not bool(heat.any()):
            return frozen
        lots = torch.rand(spins.shape, generator=generator, dtype=torch.float64, device=spins.device)
        thermal = 2 * (lots < torch.sigmoid(2 * fields / heat.clamp_min(1e-300))).to(spins.dtype) - 1
        return torch.where(heat > 0, thermal, frozen)

    def _relax(self, spins: Tensor, fields: Tensor, free: Tensor, temperatures: Tensor, streams: Tensor, dynamics: str) -> None:
        if dynamics not in DYNAMICS:
            raise ValueError(f"dynamics must be one of {', '.join(DYNAMICS)}, got {dynamics!r}")
        if dynamics == "greedy" and bool(temperatures.any()):
            raise ValueError("greedy dynamics has no temperature: choose T = 0 or asynchronous dynamics")
        relax(self.weights, spins, fields, free, temperatures, streams, dynamics, self._tie())

    def _tie(self) -> float:
        """Fields below the rounding error of a sum of N couplings count as zero."""
        return len(self.weights) * torch.finfo(self.weights.dtype).eps * float(self.weights.abs().max())

    def _start(
        self, states: Tensor, clamped: Tensor | None, generator: torch.Generator | None
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        fields = self.fields(states)  # checks the states
        spins = states.to(torch.int8, copy=True).contiguous()
        free = torch.ones_like(spins, dtype=torch.bool)
        if clamped is not None:
            if clamped.dtype != torch.bool or clamped.shape not in (states.shape, states.shape[1:]):
                raise ValueError(f"clamped must be bool of shape {tuple(states.shape)} or {tuple(states.shape[1:])}, "
                                 f"got {clamped.dtype} of {tuple(clamped.shape)}")  # fmt: skip
            free = (~clamped.to(spins.device)).expand(spins.shape).contiguous()
        generator = generator or torch.Generator().manual_seed(0)
        streams = torch.randint(2**62, (len(states),), generator=generator)  # (row,)
        return spins, fields, free, streams

    @staticmethod
    def _temperatures(temperature: Temperature, sweeps: int, rows: int) -> Tensor:
        """(sweep, row) float64 on the CPU, whatever way the temperature was given."""
        if sweeps < 0:
            raise ValueError(f"sweeps must be >= 0, got {sweeps}")
        if callable(temperature):
            values = torch.tensor([float(temperature(step, sweeps)) for step in range(sweeps)], dtype=torch.float64)[:, None]
        else:
            values = torch.as_tensor(temperature, dtype=torch.float64, device="cpu")
            if values.dim() and values.shape != (rows,):
                raise ValueError(f"temperature must be a number, a schedule, or one a row ({rows}), got {tuple(values.shape)}")
        if not all(math.isfinite(t) and t >= 0 for t in values.flatten().tolist()):
            raise ValueError(f"temperature must be finite and >= 0, got {temperature if not callable(temperature) else values.min().item()}")
        return values.expand(sweeps, rows).contiguous()

    def _check(self, states: Tensor) -> None:
        check_spins(states, "states")
        if states.shape[1] != len(self.weights):
            raise ValueError(f"states must have {len(self.weights)} neurons, got {states.shape[1]}")
