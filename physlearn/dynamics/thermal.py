"""What every equation of motion shares: temperature, thermal noise, and a state that survives a checkpoint."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.optim import Optimizer

from physlearn.dynamics.box_muller_step import can_step_with_box_muller, step_with_box_muller
from physlearn.dynamics.key_rules import SETTINGS
from physlearn.dynamics.noise import BITS, NoiseBuffer, random_bits_
from physlearn.dynamics.sign_kernel import can_step_with_signs, step_with_signs
from physlearn.ranges import is_number

Temperature = float | Tensor
Generators = torch.Generator | Sequence[torch.Generator] | None


class ThermalOptimizer(Optimizer):
    """An optimizer with a temperature in each parameter group and a random stream of its own.

    ``group["lr"]`` and ``group["temperature"]`` are read at each step and may be set from outside. The energy is
    E(W) = L(W) + (weight_decay / 2) |W|^2, with dL/dW what ``.grad`` holds.

    Args:
        params: parameters or groups, as for any torch.optim.Optimizer.
        defaults: what a group holds when it does not say otherwise; ``lr``, ``temperature``, ``weight_decay`` among it.
        generator: the stream of the thermal noise, on the device of the parameters; one for each replica (a sequence as
            long as the leading dimension of every parameter) makes a replica's noise independent of its neighbours.
            None: a new one, seeded from torch's global generator.

    Raises:
        ValueError: a value out of its range, a temperature that does not fit the leading dimension of the parameters,
            or a generator on another device.
    """

    exact_energy: ClassVar[bool] = False  # accepts by the energy of all examples: full batches, no dropout
    ends_with_gradient: ClassVar[bool] = False  # after a step, .grad and the value returned are of the new weights

    def __init__(self, params: Iterable[Any], defaults: dict[str, Any], generator: Generators) -> None:
        generator = (generator,) if isinstance(generator, torch.Generator) else generator
        self.generators: tuple[torch.Generator, ...] = tuple(generator or ())
        self._buffers: dict[tuple, NoiseBuffer] = {}
        super().__init__(params, defaults)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        super().add_param_group(param_group)
        group = self.param_groups[-1]
        try:
            self._check(group)
        except ValueError:
            self.param_groups.pop()
            raise

    def _check(self, group: dict[str, Any]) -> None:
        for name, rule in SETTINGS.items():
            if name in group and not rule.holds(group[name]):
                raise ValueError(f"{name} must be {rule.allowed}, got {group[name]!r}")
        check_temperature(group["temperature"], group["params"])
        device = group["params"][0].device
        if not self.generators:
            seed = int(torch.randint(2**63 - 1, ()))
            self.generators = (torch.Generator(device).manual_seed(seed),)
        if any(generator.device.type != device.type for generator in self.generators):
            raise ValueError(f"generator must be on the parameters' device {device}, got {self.generators[0].device}")
        if len(self.generators) > 1 and any(_leading(p) != len(self.generators) for p in group["params"]):
            raise ValueError(f"{len(self.generators)} generators need parameters with as many rows, one per replica")

    def noise_step(self, group: dict[str, Any]) -> float | None:
        """The s with which gradient noise of covariance C adds the temperature s tr(C)/(2d); h under Euler's scheme.

        To leading order in h, for noise independent from step to step. None where no one number says it.
        """
        return group["lr"]

    def relaxation(self, group: dict[str, Any], curvature: float) -> float | None:
        """Steps in which a weight on a well of this curvature k forgets its start; 1/(hk) when overdamped, hk << 1.

        None where no one number says it.
        """
        pace = group["lr"] * curvature
        return 1 / pace if pace > 0 else math.inf

    def configurational(self, group: dict[str, Any], heat: float, force: float) -> float | None:
        """What <W.g>/d reads at stationarity, g the gradient of a step, prior included: T + heat, to first order in h.

        None where it cannot be said.

        Args:
            group: whose temperature is a number.
            heat: s tr(C)/(2d), what gradient noise adds, see `noise_step`.
            force: <|g|^2>/d.
        """
        return group["temperature"] + heat

    def settle(self) -> None:
        """Called once, before samples are taken: what adapts to the path stays as it is from here on."""

    def acceptance(self) -> Tensor | None:
        """Share of the proposed steps that were accepted, by row; None where every step is taken."""
        return None

    def path_ratio(self) -> str:
        """How the probabilities of a step and of its reverse compare: ``euler``, ``baoa`` or ``heat_bath``.

        Raises:
            ValueError: no such ratio is known, with the reason.
        """
        raise ValueError(f"{type(self).__name__} has no known ratio of a step and its reverse. Type optimizer=langevin")

    def forces(self) -> Iterator[tuple[dict[str, Any], list[Tensor], list[Tensor]]]:
        """(group, weights, dE/dW) for each group, prior included; weights without a gradient are left out."""
        for group in self.param_groups:
            weights = [p for p in group["params"] if p.grad is not None]
            gradients = [p.grad for p in weights]
            if not weights:
                continue
            if group["weight_decay"] != 0:
                gradients = list(torch._foreach_add(gradients, weights, alpha=group["weight_decay"]))
            yield group, weights, gradients

    def noise(self, group: dict[str, Any], like: Sequence[Tensor]) -> list[Tensor] | None:
        """Noise of variance 1 in the shapes of `like`, valid until the next call; None, nothing drawn, where T = 0."""
        temperature = group["temperature"]
        hot = [t > 0 for t in temperature.tolist()] if isinstance(temperature, Tensor) else [temperature > 0]
        if not any(hot):
            return None
        kind = group.get("noise", "gaussian")
        key = (kind, *map(id, like))  # the buffer keeps `like` alive, so that an id means one tensor
        if key not in self._buffers:
            self._buffers[key] = NoiseBuffer(kind, like, len(self.generators))
        return self._buffers[key].draw(self.generators, hot)

    def euler(self, group: dict[str, Any], weights: list[Tensor], gradients: list[Tensor], scale: Temperature) -> None:
        """weights += -lr * gradients + scale * fresh noise, in place; nothing is drawn where T = 0."""
        kind, one_pass = group.get("noise"), self.has_one_stream(scale) and scale > 0
        if one_pass and kind == "rademacher" and can_step_with_signs([*weights, *gradients]):
            step_with_signs(weights, gradients, group["lr"], self.words(weights), scale)
            return
        if one_pass and kind == "box_muller" and can_step_with_box_muller([*weights, *gradients]):
            step_with_box_muller(weights, gradients, None, group["lr"], self.generators[0], scale)
            return
        torch._foreach_add_(weights, gradients, alpha=-group["lr"])
        if (noise := self.noise(group, weights)) is not None:
            add_scaled(weights, noise, scale)

    def has_one_stream(self, scale: Temperature) -> bool:
        """One generator and one scale for all weights: what the compiled steps take."""
        return len(self.generators) == 1 and not isinstance(scale, Tensor)

    def words(self, like: Sequence[Tensor]) -> Tensor:
        """Fresh random bits, one for each weight, in int64 words: what random signs are made of."""
        words = torch.empty(math.ceil(sum(w.numel() for w in like) / BITS), dtype=torch.int64)
        return random_bits_(words, self.generators[0])

    def start_momenta(self, closure: Callable[[], Any] | None) -> None:
        """Before the first step under replica exchange. Here nothing: an equation of motion without momenta."""

    def change_temperature(self, factor: Temperature, closure: Callable[[], Any] | None) -> None:
        """Replica exchange has changed T, by a factor^2 a row. Here nothing: there are no momenta to follow it."""

    def leave_levels(self, closure: Callable[[], Any] | None) -> list[Tensor]:
        """What a swap leaves at the levels where each temperature has its own energy, (row, ...) each. Here nothing."""
        return []

    def enter_levels(self, found: list[Tensor], closure: Callable[[], Any] | None) -> None:
        """The inverse of `leave_levels`, at the energies of the levels that the rows are at now. Here nothing."""

    def state_dict(self) -> dict[str, Any]:
        """torch's state_dict, with the states of the generators beside it under ``generators``."""
        return super().state_dict() | {"generators": [generator.get_state() for generator in self.generators]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore bit for bit. The generators' bytes bypass torch's cast of the state to the parameters' dtype."""
        saved = state_dict.get("generators", ())
        if len(saved) != len(self.generators):
            raise ValueError(f"the state holds {len(saved)} generators, this optimizer has {len(self.generators)}")
        super().load_state_dict({key: value for key, value in state_dict.items() if key != "generators"})
        self._buffers.clear()  # momenta are new tensors now
        for generator, state in zip(self.generators, saved, strict=True):
            generator.set_state(state.cpu())


def bare(optimizer: Optimizer) -> Optimizer:
    """The same optimizer: what `wrapper=none` puts around an equation of motion."""
    return optimizer


def evaluate(closure: Callable[[], Any] | None) -> Any:
    """The closure's value, with gradients enabled; None without a closure."""
    if closure is None:
        return None
    with torch.enable_grad():
        return closure()


def check_temperature(temperature: Temperature, params: Sequence[Tensor]) -> None:
    """ValueError unless T >= 0 is a number, or a vector with one value for each row of every parameter."""
    if isinstance(temperature, Tensor):
        if temperature.dim() != 1 or not bool((temperature >= 0).all()) or not bool(temperature.isfinite().all()):
            raise ValueError(f"temperature must be a number or a vector of values >= 0, got {temperature.tolist()}")
        if any(_leading(p) != len(temperature) for p in params):
            raise ValueError(f"a temperature for {len(temperature)} replicas needs parameters with as many rows")
    elif not is_number(temperature) or temperature < 0:
        raise ValueError(f"temperature must be >= 0, got {temperature!r}")


def root(value: Temperature) -> Temperature:
    """The square root of a number, or of each replica's."""
    return value.sqrt() if isinstance(value, Tensor) else math.sqrt(value)


def rows(value: Temperature, like: Tensor) -> Temperature:
    """A replica's value in the shape that scales the leading dimension of `like`: (replica, 1, ..., 1)."""
    by_replica = isinstance(value, Tensor) and value.dim() > 0
    return value.to(like).view(-1, *[1] * (like.dim() - 1)) if by_replica else value


def add_scaled(tensors: Sequence[Tensor], directions: Sequence[Tensor], scale: Temperature) -> None:
    """tensors += scale * directions, in place; a vector `scale` holds one value per replica."""
    if isinstance(scale, Tensor):
        directions = torch._foreach_mul(directions, [rows(scale, direction) for direction in directions])
        torch._foreach_add_(tensors, directions)
    else:
        torch._foreach_add_(tensors, directions, alpha=scale)


def _leading(parameter: Tensor) -> int:
    return parameter.shape[0] if parameter.dim() else 0
