"""The overdamped Langevin equation: stochastic gradient Langevin dynamics and its bias-free sibling."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

from physlearn.dynamics.averaged_noise_kernel import step_with_averaged_noise, step_with_averaged_signs
from physlearn.dynamics.box_muller_step import can_step_with_box_muller, step_with_box_muller
from physlearn.dynamics.sign_kernel import can_step_with_signs
from physlearn.dynamics.thermal import Generators, Temperature, ThermalOptimizer, add_scaled, evaluate, root


class Langevin(ThermalOptimizer):
    r"""dW = -grad E(W) dt + sqrt(2T) dB, which samples P(W) = exp(-E(W)/T)/Z; at T = 0 it is gradient descent.

    With h = `lr`, T = `temperature`, g = dE/dW = `.grad` + `weight_decay` W and xi_n noise of mean 0 and variance 1:

        euler:                 W <- W - h g + sqrt(2 h T) xi_n
        leimkuhler_matthews:   W <- W - h g + sqrt(h T / 2) (xi_n + xi_{n+1})

    On a well E = k x^2/2, with gradient noise of variance C, the stationary variance is (T + hC/2)/k / (1 - hk/2) and
    T/k + hC/(k(2 - hk)): without gradient noise the second is free of any bias in h, at the price of the first (the
    noise of the last step is kept; one new draw per step). Both are stable for hk < 2. At T = 0 nothing is drawn and
    the step equals ``torch.optim.SGD`` bit for bit.

    Args:
        params: parameters or groups; with a vector temperature the leading dimension of each is the replica.
        lr: h, the time step.
        temperature: T in the unit of the energy (nats per example for a mean loss; the Bayesian posterior is T = 1/N);
            a number, or a vector with one value per replica.
        scheme: ``euler`` (SGLD) or ``leimkuhler_matthews``.
        noise: ``gaussian``: torch's normals; ``box_muller``: normals too, other numbers, drawn in a third of the time
            (box_muller.py; on a GPU torch's); or ``rademacher``: random signs, cheaper still: all covariances on a
            quadratic energy stay the same, the excess kurtosis of the weights is about -2hk instead of 0.
        weight_decay: the prior's curvature, E = L + (weight_decay/2) |W|^2.
        generator: stream of the noise; None: a new one, seeded from torch's global generator. One for each replica is
            allowed.

    Raises:
        ValueError: a value out of its range.

    Source: Welling & Teh, ICML 2011 (eq. 4, whose step eps_t is 2h/N); Leimkuhler & Matthews, Appl. Math. Res. Express
    2013 (eq. 1.2).
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float,
        temperature: Temperature = 0.0,
        scheme: str = "euler",
        noise: str = "gaussian",
        weight_decay: float = 0.0,
        generator: Generators = None,
    ) -> None:
        defaults = dict(lr=lr, temperature=temperature, scheme=scheme, noise=noise, weight_decay=weight_decay)
        super().__init__(params, defaults, generator)

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """One step of every group; returns the closure's value."""
        loss = evaluate(closure)
        for group, weights, gradients in self.forces():
            scale = root(2 * group["lr"] * group["temperature"])
            if group["scheme"] == "euler":
                self.euler(group, weights, gradients, scale)
                continue
            self.leimkuhler_matthews(group, weights, gradients, scale)
        return loss

    def leimkuhler_matthews(
        self, group: dict[str, Any], weights: list[Tensor], gradients: list[Tensor], scale: Temperature
    ) -> None:
        """weights += -lr * gradients + scale * (last noise + fresh noise)/2, in place; nothing is drawn where T = 0.

        In one compiled pass over weights on the CPU, see averaged_noise_kernel.py and box_muller_step.py.
        """
        if (last := self._last_noise(group, weights)) is None:
            torch._foreach_add_(weights, gradients, alpha=-group["lr"])
            return
        tensors, kind = [*weights, *gradients, *last], group["noise"]
        one_pass = self.has_one_stream(scale) and can_step_with_signs(tensors)
        if one_pass and kind == "rademacher":
            step_with_averaged_signs(weights, gradients, last, self.words(weights), group["lr"], scale)
            return
        if one_pass and kind == "box_muller" and can_step_with_box_muller(tensors):
            step_with_box_muller(weights, gradients, last, group["lr"], self.generators[0], scale)
            return
        noise = self.noise(group, weights)
        if one_pass:
            step_with_averaged_noise(weights, gradients, last, noise, group["lr"], scale)
            return
        torch._foreach_add_(weights, gradients, alpha=-group["lr"])
        add_scaled(weights, last, scale / 2)
        add_scaled(weights, noise, scale / 2)
        torch._foreach_copy_(last, noise)

    def path_ratio(self) -> str:
        if any(group["scheme"] != "euler" for group in self.param_groups):
            raise ValueError(
                "leimkuhler_matthews keeps its last noise: it is not Markov in the weights and has no path ratio. "
                "Type optimizer.scheme=euler"
            )
        return "euler"

    def configurational(self, group: dict[str, Any], heat: float, force: float) -> float:
        """T + (h/2) <|g|^2>/d under Euler; T + heat, to first order in h, under Leimkuhler-Matthews.

        The first is exact at any h, on any energy and with any gradient noise: it says that <|W|^2> is stationary,
        |W'|^2 = |W|^2 - 2h W.g + h^2 |g|^2 + 2hT d + (terms of mean 0). Of (h/2) <|g|^2>/d the part hC/2 is gradient
        noise, the rest is Euler's own bias, on a well (T + hC/2) hk/2 / (1 - hk/2).
        """
        if group["scheme"] != "euler":
            return group["temperature"] + heat
        return group["temperature"] + group["lr"] / 2 * force

    def _last_noise(self, group: dict[str, Any], weights: list[Tensor]) -> list[Tensor] | None:
        """xi_n, kept from the last step; drawn where there was none; None at T = 0."""
        missing = [w for w in weights if "noise" not in self.state[w]]
        first = self.noise(group, missing) if missing else []
        if first is None:
            return None
        for w, xi in zip(missing, first, strict=True):
            self.state[w]["noise"] = xi.to(w.dtype, copy=True, memory_format=torch.contiguous_format)
        return [self.state[w]["noise"] for w in weights]
