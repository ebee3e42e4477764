"""Hamiltonian Monte Carlo under a normal prior: exact samples of exp(-Phi(v)) N(v; 0, 1), many chains at once."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

Potential = Callable[[Sequence[Tensor], slice], Tensor]  # positions of the rows of a slice, and which these are
TOGETHER = 2**18  # weights whose forces are computed together: more of them leave the processor's cache


class HamiltonianMonteCarlo:
    r"""One chain a row. A move draws momenta p ~ N(0, 1) and follows H = Phi(v) + |v|^2/2 + |p|^2/2 in `kicks` steps:

        p <- p - (e/2) dPhi/dv;    (v, p) <- (v cos e + p sin e, p cos e - v sin e);    p <- p - (e/2) dPhi/dv

    accepted with probability min(1, exp(-(H' - H))). The prior's own motion, a rotation by the angle e, is exact, so
    that the number of weights which Phi leaves free does not lower the acceptance. The angle of a whole move,
    `kicks` e, is `angle` times a uniform number in [0.8, 1.2], so that no direction closes its orbit every time.

    Args:
        potential: (v of some rows, the slice that they are) -> Phi of each of them, (row,), differentiable.
        positions: v, tensors of leading dimension row; moved in place.
        generator: of the momenta, the angles and the acceptance.
        angle: of a move, in radians; pi/2 takes a free weight to an independent value.
        kicks: gradients in a move.

    Attributes:
        phi: Phi at the present positions, (row,).
        forces: its gradient there.
        accepted, moves: moves accepted by row, (row,), and moves made.

    Source: Duane, Kennedy, Pendleton & Roweth, Phys. Lett. B 195 (1987) 216; Beskos et al., Stoch. Proc. Appl. 121
    (2011) 2201 (the rotation).
    """

    def __init__(
        self,
        potential: Potential,
        positions: Sequence[Tensor],
        generator: torch.Generator,
        angle: float = math.pi / 2,
        kicks: int = 8,
    ) -> None:
        self.potential, self.positions, self.generator = potential, list(positions), generator
        self.angle, self.kicks = angle, kicks
        self.phi, self.forces = self._evaluate(self.positions)
        self.accepted, self.moves = torch.zeros_like(self.phi, dtype=torch.float64), 0

    @torch.no_grad()
    def move(self) -> None:
        """One proposal for every chain, accepted or not."""
        v = [x.clone() for x in self.positions]
        p = [torch.randn(x.shape, generator=self.generator, dtype=x.dtype, device=x.device) for x in v]
        uniform = torch.rand(len(self.phi) + 1, generator=self.generator, dtype=torch.float64, device=self.phi.device)
        e = self.angle * (0.8 + 0.4 * float(uniform[-1])) / self.kicks
        change = torch.zeros_like(self.phi, dtype=torch.float64)  # of |v|^2/2 + |p|^2/2, which rotations keep
        phi, forces = self.phi, self.forces
        for _ in range(self.kicks):
            change += _kick(p, forces, e / 2)
            for x, q in zip(v, p, strict=True):
                old = x.clone()
                x.mul_(math.cos(e)).add_(q, alpha=math.sin(e))
                q.mul_(math.cos(e)).add_(old, alpha=-math.sin(e))
            phi, forces = self._evaluate(v)
            change += _kick(p, forces, e / 2)
        accept = self.accept(phi.double() - self.phi.double() + change, uniform[:-1])
        for x, new, g, force in zip(self.positions, v, self.forces, forces, strict=True):
            chosen = accept.view(-1, *[1] * (x.dim() - 1))
            x.copy_(torch.where(chosen, new, x))
            g.copy_(torch.where(chosen, force, g))
        self.phi = torch.where(accept, phi, self.phi)
        self.accepted += accept
        self.moves += 1

    def accept(self, change: Tensor, uniform: Tensor) -> Tensor:
        """Which moves are taken, by the change of H and numbers in [0, 1), each (row,); NaN is not."""
        return uniform.log() < -change

    def acceptance(self) -> float:
        """Share of the moves that were accepted; NaN before the first."""
        return float(self.accepted.mean()) / self.moves if self.moves else math.nan

    def state_dict(self) -> dict[str, Any]:
        """All that `load_state_dict` needs; the generator is saved with it."""
        return {
            "positions": [x.detach().clone() for x in self.positions], "generator": self.generator.get_state(),
            "accepted": self.accepted, "moves": self.moves,
        }  # fmt: skip

    def load_state_dict(self, state: dict[str, Any]) -> None:
        for x, saved in zip(self.positions, state["positions"], strict=True):
            x.copy_(saved)
        self.generator.set_state(state["generator"].cpu())
        self.accepted, self.moves = state["accepted"].to(self.accepted), state["moves"]
        self.phi, self.forces = self._evaluate(self.positions)

    def _evaluate(self, positions: Sequence[Tensor]) -> tuple[Tensor, list[Tensor]]:
        phis, forces = [], [torch.empty_like(x) for x in positions]
        for part in parts(positions):
            with torch.enable_grad():
                leaves = [x[part].detach().requires_grad_() for x in positions]
                phi = self.potential(leaves, part)
                for force, g in zip(forces, torch.autograd.grad(phi.sum(), leaves), strict=True):
                    force[part] = g
            phis.append(phi.detach())
        return torch.cat(phis), forces


def parts(positions: Sequence[Tensor]) -> Iterator[slice]:
    """The rows in slices of at most `TOGETHER` weights, or of one row."""
    rows, each = len(positions[0]), sum(x[0].numel() for x in positions)
    size = max(1, TOGETHER // each)
    for first in range(0, rows, size):
        yield slice(first, min(first + size, rows))


def _kick(momenta: Sequence[Tensor], forces: Sequence[Tensor], step: float) -> Tensor:
    """p <- p - step force, in place; returns the change of |p|^2/2 by row, without the cancellation of two sums."""
    change: Any = 0.0
    for p, force in zip(momenta, forces, strict=True):
        before = p.clone()
        p.add_(force, alpha=-step)
        change = change - step / 2 * (force * (before + p)).flatten(1).sum(1, dtype=torch.float64)
    return change
