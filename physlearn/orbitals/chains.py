"""Markov chains that sample |psi|^2: an equation of motion of the lab, and replica exchange over T across the nodes."""

from collections.abc import Callable, Collection
from typing import Any

import torch
from torch import Tensor, nn

from physlearn.dynamics.thermal import ThermalOptimizer
from physlearn.orbitals.orbital import Orbital
from physlearn.tempering.choices import Swap
from physlearn.tempering.movers import weight_mover
from physlearn.tempering.permutation import Replicas
from physlearn.tempering.rounds import Round, exchange

FINE = 1 / 16  # step of every other sweep, as a fraction: sqrt(2h) must suit the whole orbital and its inner shells


class Chains:
    """Replicas of an electron in E = -ln |psi|^2 at the temperatures of a ladder; all begin at one point.

    At T = 1 the chain samples |psi|^2. Near a node P ~ d^(2/T) repels it; above T = 2 it comes through, and a swap
    brings what came through back to T = 1. Sweeps take the step h of the optimizer and h/16 in turn: large steps alone
    rarely enter the inner shell of an s orbital and rarely leave it, small steps alone are slow to go round.

    Args:
        orbital: whose density.
        ladder: temperatures and permutation; changed in place. The coldest must be 1 where |psi|^2 is wanted.
        equation: states (row, 3) -> the optimizer that moves them.
        every: steps between two rounds of swaps.
        swaps: the stream of the swaps, on the CPU.
        swap: ``deo``, ``seo``, or ``none``, the control: every chain alone.
        adapt_at: sweeps at whose end the ladder is adapted, see `physlearn.tempering.exchange`.
        device, dtype: of the states.
    """

    def __init__(
        self,
        orbital: Orbital,
        ladder: Replicas,
        equation: Callable[[nn.Parameter], ThermalOptimizer],
        every: int,
        swaps: torch.Generator,
        swap: Swap = "deo",
        adapt_at: Collection[int] = (),
        device: torch.device | str = "cpu",
        dtype: torch.dtype = torch.float64,
    ) -> None:
        self.ladder, self.swaps = ladder, swaps
        begin = torch.tensor(orbital.start, device=device, dtype=dtype)
        self.states = nn.Parameter(begin.repeat(ladder.levels.numel(), 1))  # (row, 3)
        self.optimizer = equation(self.states)
        self._step = self.optimizer.param_groups[0]["lr"]
        mover = weight_mover(self.optimizer, self.states, lambda x: (orbital.energy(x), orbital.gradient(x)), every)
        measure = lambda: orbital.energy(self.states.detach())  # noqa: E731
        self._loop = exchange(ladder, mover, measure, swaps, swap=swap, rescale=mover.rescale, adapt_at=adapt_at)

    def sweep(self) -> Round:
        """`every` steps of all rows and one round of swaps."""
        self.optimizer.param_groups[0]["lr"] = self._step * (FINE if self.ladder.sweep % 2 else 1)
        return next(self._loop)

    def coldest(self) -> Tensor:
        """The states at the lowest temperature, (ladder, 3)."""
        return self.states.detach()[self.ladder.rows()[:, 0].to(self.states.device)]

    def state_dict(self) -> dict[str, Any]:
        """Enough to go on bit for bit."""
        return {
            "states": self.states.detach(),
            "optimizer": self.optimizer.state_dict(),
            "ladder": self.ladder.state_dict(),
            "swaps": self.swaps.get_state(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restores what `state_dict` gave."""
        with torch.no_grad():
            self.states.copy_(state["states"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.ladder.load_state_dict(state["ladder"])
        self.swaps.set_state(state["swaps"])
