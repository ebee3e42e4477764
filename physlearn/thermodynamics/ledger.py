"""The ledger of a Langevin run: work, heat, shadow work and entropy production, read off the steps it takes anyway."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from physlearn.dynamics.thermal import ThermalOptimizer, evaluate
from physlearn.thermodynamics.path_ratio import Step, entropy, total

COLUMNS = ("work", "heat", "shadow_work", "entropy", "exponent")
Closure = Callable[[], Any]


class Ledger:
    r"""The books of one optimizer, over the steps that it has taken so far; made by `with_ledger`.

    Step k switches the energy from U_(k-1) to U_k at fixed weights, then moves them from W to W'. With H = U, or U plus
    the kinetic energy where the equation of motion has momenta, and T the temperature of the step:

        work         sum_k U_k(W) - U_(k-1)(W)
        heat         sum_k H_k(W') - H_k(W)                   absorbed; first law: H_K(end) - H_0(start) = work + heat
        entropy      sum_k s_k, s_k = ln p_k(W -> W') / p_k(W' -> W)             that goes to the bath
        shadow_work  sum_k H_k(W') - H_k(W) + T s_k                              done by the finite step
        exponent     sum_k u_k(W) - u_(k-1)(W) + u_k(W') - u_k(W) + s_k,         u = H/T with the T of its step

    From equilibrium <exp(-exponent)> = Z_K/Z_0 at any step h, minibatch and T; exponent = (work + shadow_work)/T where
    T is constant. From any start <exp(-(ln p_0 - ln p_K + entropy))> = 1. Work and heat are in the unit of the energy,
    entropy and exponent have none. Each is float64, () or (row,), where the closure returns one energy per row.

    Args:
        optimizer: whose steps are booked.
        constant_energy: U is the same at every step (all the training examples, no masks) apart from `weight_decay`:
            then the gradient of the next step closes the books of this one, at no further gradient. False: the closure
            is called once more at W'.
        protocol: generators that the closure draws from (dropout masks): at W' it draws the same again.

    Source: Sivak, Chodera & Crooks, Phys. Rev. X 3 (2013) 011007; Crooks, Phys. Rev. E 60 (1999) 2721.
    """

    def __init__(
        self, optimizer: ThermalOptimizer, constant_energy: bool = False, protocol: Sequence[torch.Generator] = ()
    ) -> None:
        self.constant_energy, self.protocol, self.steps = constant_energy, tuple(protocol), 0
        self._optimizer, self._ratio = optimizer, optimizer.path_ratio()
        self._books: dict[str, Tensor] = {}
        self._start: Tensor | None = None  # H_0 of the first weights
        self._last: dict[str, Any] | None = None  # U, kinetic energy and T at the end of the last step
        self._pending: dict[str, Any] | None = None  # a step whose U_k(W') is not known yet
        self._open: dict[str, Any] = {}  # the step that is being taken
        optimizer.register_step_pre_hook(self._before)
        optimizer.register_step_post_hook(self._after)
        optimizer.register_state_dict_post_hook(lambda _, state: state | {"ledger": self.state_dict()})
        optimizer.register_load_state_dict_pre_hook(self._load)

    def __getitem__(self, column: str) -> Tensor:
        """One of the columns, see above, of all steps that are closed: float64, () or (row,); 0 before the first."""
        return self._books.get(column, torch.zeros((), dtype=torch.float64))

    def readings(self) -> dict[str, float]:
        """`ledger_work` and so on, means over the rows."""
        return {f"ledger_{column}": float(self[column].mean()) for column in COLUMNS}

    def first_law(self) -> Tensor:
        """H_K(end) - H_0(start) - work - heat: 0 up to rounding. () or (row,).

        Raises:
            ValueError: before the first step is closed.
        """
        if self._last is None or self._start is None or self._pending is not None:
            raise ValueError("the ledger is open: take a step, then call close()")
        return self._last["energy"] + self._last["kinetic"] - self._start - self["work"] - self["heat"]

    @torch.no_grad()
    def begin(self, closure: Closure) -> None:
        """Names U_0, so that the first step books the switch from U_0 to U_1 as work; without it U_0 = U_1.

        Raises:
            ValueError: after the first step.
        """
        if self.steps:
            raise ValueError("begin() names the energy before the first step, and a step has been taken")
        energy = self._energy(evaluate(closure), self._decays())
        self._last = {"energy": energy, "kinetic": torch.zeros_like(energy), "temperature": self._temperature()}

    @torch.no_grad()
    def close(self, closure: Closure, switch: bool = False) -> None:
        """Books what is still open, by the closure of a constant energy; with `switch` the work to its energy too.

        `exponent` then ends at the temperature that the optimizer has now.
        """
        if self._pending is None and not switch:
            return
        loss = evaluate(closure)
        if self._pending is not None:
            self._settle(self._pending, loss)
        if switch:
            self._switch(self._energy(loss, self._decays()), self._last["kinetic"], self._temperature())

    def state_dict(self) -> dict[str, Any]:
        return {
            "steps": self.steps, "books": self._books, "start": self._start, "last": self._last,
            "pending": self._pending, "constant_energy": self.constant_energy,
        }  # fmt: skip

    def _load(self, _: Optimizer, state: dict[str, Any]) -> dict[str, Any]:
        if "ledger" not in state:
            raise ValueError("the state was saved without a ledger: its books cannot begin in the middle of a run")
        saved = _on(self._optimizer.param_groups[0]["params"][0].device, state["ledger"])
        self.steps, self._books, self.constant_energy = saved["steps"], dict(saved["books"]), saved["constant_energy"]
        self._start, self._last, self._pending = saved["start"], saved["last"], saved["pending"]
        return {key: value for key, value in state.items() if key != "ledger"}

    def _before(self, _: Optimizer, args: tuple, keys: dict[str, Any]) -> tuple[tuple, dict[str, Any]]:
        """Puts the reading of the first energy and gradient into the closure of the step."""
        closure = keys.get("closure", args[1] if len(args) > 1 else None)
        if closure is None:
            raise ValueError("a ledger needs a closure that returns the energy")
        self._open = {"closure": closure, "generators": [generator.get_state() for generator in self.protocol]}

        def read() -> Any:
            loss = closure()
            with torch.no_grad():
                if "step" not in self._open:
                    self._opened(loss)
                else:  # a Metropolis step: the energy of the proposal
                    self._open["proposed"] = self._energy(loss, self._decays())
            return loss

        return (args[0], read), {}

    def _opened(self, loss: Tensor) -> None:
        """At W, before it moves: closes the last step, books the switch to U_k."""
        decays, known = self._decays(), None
        if self._pending is not None:
            same = list(self._pending["decays"]) == decays
            self._settle(self._pending, loss)
            known = self._last["energy"] if same else None
        groups = list(self._optimizer.forces())
        energy, temperature = self._energy(loss, decays) if known is None else known, self._temperature()
        step, kinetic = Step.begin(self._optimizer, self._ratio, groups, energy, temperature)
        if self._last is None:
            self._last = {"energy": energy, "kinetic": kinetic, "temperature": temperature}
        if self._start is None:
            self._start = self._last["energy"] + kinetic
            self._books = {column: torch.zeros_like(self._start) for column in COLUMNS}
        self._switch(energy, kinetic, temperature)
        self._open["step"] = step

    def _switch(self, energy: Tensor, kinetic: Tensor, temperature: Any) -> None:
        last = self._last
        self._books["work"] = self["work"] + energy - last["energy"]
        before = last["energy"] + kinetic
        self._books["exponent"] = self["exponent"] + (energy + kinetic) / temperature - before / last["temperature"]
        self._last = {"energy": energy, "kinetic": kinetic, "temperature": temperature}

    @torch.no_grad()
    def _after(self, optimizer: ThermalOptimizer, args: tuple, keys: dict[str, Any]) -> None:
        """At W': closes the step, or leaves it to the gradient of the next one."""
        opened, self._open = self._open, {}
        self.steps += 1
        pending = opened["step"].end(optimizer, self._ratio)
        if self._ratio == "heat_bath":
            moved = pending.pop("moved")
            self._book(pending, torch.where(moved, opened["proposed"], self._last["energy"]), [])
        elif self.constant_energy:
            self._pending = pending
        else:
            now = [generator.get_state() for generator in self.protocol]
            for generator, state in zip(self.protocol, opened["generators"], strict=True):
                generator.set_state(state)
            loss = evaluate(opened["closure"])
            for generator, state in zip(self.protocol, now, strict=True):
                generator.set_state(state)
            self._settle(pending, loss)

    def _settle(self, pending: dict[str, Any], loss: Tensor) -> None:
        """U_k(W') and its gradient are there: loss and `.grad`, with the lambda of the step itself."""
        gradients = [
            w.grad + decay * w if decay else w.grad
            for (weights, decay) in zip(self._weights(), pending["decays"], strict=True)
            for w in weights
        ]
        self._book(pending, self._energy(loss, pending["decays"]), gradients)
        self._pending = None

    def _book(self, pending: dict[str, Any], energy: Tensor, gradients: list[Tensor]) -> None:
        kinetic, temperature = pending["kinetic"], self._last["temperature"]
        heat = energy + kinetic - self._last["energy"] - self._last["kinetic"]
        released = entropy(self._ratio, pending, [w for ws in self._weights() for w in ws], gradients, heat)
        self._books["heat"] = self["heat"] + heat
        self._books["entropy"] = self["entropy"] + released
        self._books["shadow_work"] = self["shadow_work"] + heat + temperature * released
        self._books["exponent"] = self["exponent"] + heat / temperature + released
        self._last = {"energy": energy, "kinetic": kinetic, "temperature": temperature}

    def _weights(self) -> list[list[Tensor]]:
        return [[p for p in group["params"] if p.grad is not None] for group in self._optimizer.param_groups]

    def _decays(self) -> list[float]:
        return [group["weight_decay"] for group in self._optimizer.param_groups]

    def _temperature(self) -> Any:
        """The one T > 0 of all groups: a number, or float64 (row,)."""
        first, *others = (torch.as_tensor(g["temperature"], dtype=torch.float64) for g in self._optimizer.param_groups)
        if any(not torch.equal(first, other) for other in others):
            raise ValueError("a ledger needs one temperature in all parameter groups")
        if not bool((first > 0).all()):
            raise ValueError("at T = 0 no step has a reverse: the entropy is not defined. Type a temperature > 0")
        return first if first.dim() else float(first)

    def _energy(self, loss: Any, decays: Sequence[float]) -> Tensor:
        """The loss and the prior's energy at the present weights: float64, () or (row,)."""
        energy = torch.as_tensor(loss).detach().double()
        for weights, decay in zip(self._weights(), decays, strict=True):
            for w in weights if decay else ():
                energy = energy + decay / 2 * total(w.square(), energy)
        return energy


def _on(device: torch.device, saved: Any) -> Any:
    """The same, its tensors on this device."""
    if isinstance(saved, dict):
        return {key: _on(device, value) for key, value in saved.items()}
    if isinstance(saved, list | tuple):
        return [_on(device, value) for value in saved]
    return saved.to(device) if isinstance(saved, Tensor) else saved


def with_ledger(optimizer: Optimizer, noise: str | None = None) -> ThermalOptimizer:
    """The same optimizer with a `Ledger` on its steps, which `ledger_of` gives: what `wrapper=ledger` does.

    Args:
        optimizer: an equation of motion with a path ratio.
        noise: what a config says that it draws, where it has a choice; checked. None: any Gaussian noise.

    Raises:
        ValueError: there is no path ratio: an optimizer without thermal noise, T = 0, random signs,
            Leimkuhler-Matthews, a preconditioner, a thermostat; or it draws another noise than was said.
    """
    if not isinstance(optimizer, ThermalOptimizer):
        raise ValueError(
            f"{type(optimizer).__name__} draws no thermal noise, so that no step has a reverse and no heat is defined. "
            "Type optimizer=langevin"
        )
    for kind in {group.get("noise") for group in optimizer.param_groups} - {None}:
        if kind == "rademacher":
            raise ValueError(
                "of a step made with random signs the reverse has probability 0. Type optimizer.noise=gaussian"
            )
        if noise not in (None, kind):
            raise ValueError(f"noise={noise}, and the optimizer draws {kind}. Type wrapper.noise={kind}")
    books = Ledger(optimizer)
    books._temperature()
    optimizer.ledger = books  # type: ignore[attr-defined]
    return optimizer


def ledger_of(optimizer: Optimizer) -> Ledger | None:
    """The ledger on this optimizer; None where there is none."""
    return getattr(optimizer, "ledger", None)
