"""What moves the weights between two rounds of swaps: any optimizer of the bench, all replicas at once."""

from collections.abc import Callable

from torch import Tensor, nn

from physlearn.dynamics.thermal import ThermalOptimizer

Force = Callable[[Tensor], tuple[Tensor, Tensor]]


class WeightMover:
    """`explore` for `exchange` when called, and `rescale`: an optimizer on all rows, each at its own temperature.

    The step lr is common to all rows; where it is stable for the coldest it is for the others.

    Args:
        optimizer: of physlearn.dynamics, on `states` alone and with weight_decay 0 when `force` holds the prior.
        states: (row, D); one generator per row keeps a replica's noise to its global index.
        force: states -> energies (row,) and gradients (row, D). Where it draws a minibatch, that of step `steps`: what
            it gives between two steps may be asked for once, kept for the next step, or asked for again after a resume.
        every: steps between two rounds of swaps.

    Raises:
        ValueError: every < 1.
    """

    def __init__(self, optimizer: ThermalOptimizer, states: nn.Parameter, force: Force, every: int = 1) -> None:
        if every < 1:
            raise ValueError(f"every must be at least 1, got {every}")
        self.optimizer, self.states, self.force, self.every = optimizer, states, force, every
        self.steps = 0  # done so far
        self._found: tuple[int, Tensor, Tensor] | None = None  # energies and gradients of the states of this version

    def __call__(self, temperatures: Tensor) -> None:
        """`every` steps of every row at its temperature, (row,)."""
        for group in self.optimizer.param_groups:
            group["temperature"] = temperatures.to(self.states)
        self.optimizer.start_momenta(self._closure)
        for _ in range(self.every):
            energies = self.optimizer.step(self._closure)
            self.steps += 1
            kept = self.optimizer.ends_with_gradient
            self._found = (self.states._version, energies, self.states.grad) if kept else None

    def rescale(self, factor: Tensor) -> None:
        """What momenta there are follow a change of temperature; `factor` is sqrt(T_new/T_old) of every row, (row,).

        The optimizer decides at which point of its step; the gradient it asks for is kept for its next step.
        """
        if bool((factor != 1).any()):
            self.optimizer.change_temperature(factor, self._closure)

    def _closure(self) -> Tensor:
        if self._found is None or self._found[0] != self.states._version:
            self._found = (self.states._version, *self.force(self.states.detach()))
        energies, self.states.grad = self._found[1:]
        return energies


def weight_mover(optimizer: ThermalOptimizer, states: nn.Parameter, force: Force, every: int = 1) -> WeightMover:
    """The mover of these rows, see `WeightMover`."""
    return WeightMover(optimizer, states, force, every)
