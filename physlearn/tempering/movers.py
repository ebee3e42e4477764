"""What moves the weights between two rounds of swaps: any optimizer of the bench, all replicas at once."""

from collections.abc import Callable

from torch import Tensor, nn
from torch.optim import Optimizer

from physlearn.dynamics.mala import MALA

Force = Callable[[Tensor], tuple[Tensor, Tensor]]


def weight_mover(optimizer: Optimizer, states: nn.Parameter, force: Force, every: int = 1) -> Callable[[Tensor], None]:
    """`explore` for `exchange`: `every` steps of the optimizer on all rows, each at its own temperature.

    The step lr is common to all rows; where it is stable for the coldest it is for the others.

    Args:
        optimizer: of physlearn.dynamics, on `states` alone and with weight_decay 0 when `force` holds the prior.
        states: (row, D); one generator a row keeps a replica's noise to its global index.
        force: states -> energies (row,) and gradients (row, D), always the same for the same states where the
            optimizer is MALA, which alone reads the energies: it goes on from those it found at the last step, so that
            it costs one evaluation a step.
        every: steps between two rounds of swaps.

    Raises:
        ValueError: every < 1.
    """
    if every < 1:
        raise ValueError(f"every must be at least 1, got {every}")

    found: tuple[int, Tensor, Tensor] | None = None  # energies and gradients of the states of this version

    def closure() -> Tensor:
        nonlocal found
        if found is not None and found[0] == states._version:
            energies, states.grad = found[1:]
        else:
            energies, states.grad = force(states.detach())
        found = None
        return energies

    def explore(heat: Tensor) -> None:
        nonlocal found
        for group in optimizer.param_groups:
            group["temperature"] = heat.to(states)
        for _ in range(every):
            energies = optimizer.step(closure)
            found = (states._version, energies, states.grad) if isinstance(optimizer, MALA) else None

    return explore
