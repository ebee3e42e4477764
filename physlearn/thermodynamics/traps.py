"""A driven harmonic trap, U_k(x) = kappa_k (x - c_k)^2/2: the protocol on which every fluctuation theorem is exact."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from physlearn.dynamics.langevin import Langevin
from physlearn.thermodynamics.ledger import Ledger, with_ledger


@dataclass(frozen=True)
class Trap:
    """U_0 in which x begins in equilibrium, then U_1 ... U_K, one per step.

    Args:
        stiffness: kappa_k > 0, float64 (K + 1,).
        centre: c_k, float64 (K + 1,).

    Raises:
        ValueError: a shape that does not fit, or a stiffness that is not positive.
    """

    stiffness: Tensor
    centre: Tensor

    def __post_init__(self) -> None:
        if self.stiffness.dim() != 1 or self.stiffness.shape != self.centre.shape or len(self.stiffness) < 2:
            raise ValueError("a trap needs a stiffness and a centre for U_0 and for each step")
        if not bool((self.stiffness > 0).all()):
            raise ValueError(f"stiffness must be positive, got {self.stiffness.min():g}")

    @property
    def steps(self) -> int:
        return len(self.stiffness) - 1

    def reversed(self) -> "Trap":
        """The protocol run backwards: from equilibrium in U_K through U_K, ..., U_1, with U_0 at the end."""
        return Trap(self.stiffness.flip(0), self.centre.flip(0))

    def energy(self, k: int, x: Tensor) -> Tensor:
        """U_k of every trajectory: (row, 1) -> (row,)."""
        return self.stiffness[k] / 2 * (x[:, 0] - self.centre[k]).square()


def linear_trap(stiffness: Sequence[float], centre: Sequence[float], steps: int, switch: int | None = None) -> Trap:
    """From the first to the second value of each, linearly over the first `switch` of K = `steps` steps.

    switch=1 is a quench; None: all steps.

    Raises:
        ValueError: a switch of more steps than there are.
    """
    switch = steps if switch is None else switch
    if not 1 <= switch <= steps:
        raise ValueError(f"switch={switch} must be from 1 to the steps, {steps}. Type switch={steps}")
    share = (torch.arange(steps + 1, dtype=torch.float64) / switch).clamp(max=1)  # (K + 1,)
    (first, last), (left, right) = stiffness, centre
    return Trap(first + (last - first) * share, left + (right - left) * share)


@dataclass(frozen=True)
class Driven:
    """What the ledgers of many trajectories hold, each (row,), float64; see `Ledger`.

    Args:
        work, heat, shadow_work, entropy, exponent: the columns.
        start: x_0.
        end: x_K.
        defect: what is missing to the first law.
    """

    work: Tensor
    heat: Tensor
    shadow_work: Tensor
    entropy: Tensor
    exponent: Tensor
    start: Tensor
    end: Tensor
    defect: Tensor


def drive(
    trap: Trap, step: float, temperature: float, trajectories: int, generator: torch.Generator, backward: bool = False
) -> Driven:
    """So many trajectories from equilibrium in U_0 through the protocol, by Euler steps with the ledger on.

    Args:
        trap: the protocol.
        step: h.
        temperature: T > 0.
        trajectories: M, each a row.
        generator: of the first x and of the noise.
        backward: the time reverse of a forward step: move first, switch afterwards. Crooks' theorem and BAR compare a
            protocol that switches and then moves with `trap.reversed()` that moves and then switches.
    """
    kwargs = dict(generator=generator, dtype=torch.float64, device=generator.device)
    x = torch.randn(trajectories, 1, **kwargs) * (temperature / trap.stiffness[0]).sqrt() + trap.centre[0]
    start = x[:, 0].clone()
    weight = torch.nn.Parameter(x)  # (row, 1)
    optimizer = with_ledger(Langevin([weight], step, temperature, generator=generator))
    books: Ledger = optimizer.ledger

    def closure(k: int) -> Tensor:
        energy = trap.energy(k, weight)
        (weight.grad,) = torch.autograd.grad(energy.sum(), weight)
        return energy.detach()

    books.begin(lambda: closure(0))
    for k in range(trap.steps):
        optimizer.step(lambda k=k: closure(k if backward else k + 1))
    books.close(lambda: closure(trap.steps), switch=backward)
    columns = (books[name] for name in ("work", "heat", "shadow_work", "entropy", "exponent"))
    return Driven(*columns, start, weight.detach()[:, 0].clone(), books.first_law())
