"""Preconditioned Langevin dynamics: RMSprop's metric, with the noise that belongs to it."""

from collections.abc import Callable, Iterable
from typing import Any

import torch

from physlearn.dynamics.thermal import Generators, Temperature, ThermalOptimizer, add_scaled, evaluate, root


class PreconditionedLangevin(ThermalOptimizer):
    r"""dW = -G grad E dt + sqrt(2TG) dB with the diagonal metric of RMSprop (pSGLD).

    With h = `lr`, T = `temperature`, a = `alpha`, eps = `damping`, g = dE/dW, xi normal, V = 0 at the start:

        V <- a V + (1 - a) g^2,   G = 1 / (eps + sqrt V)
        W <- W - h G g + sqrt(2 h T G) xi

    The drift of a moving metric: while V follows the gradients, G depends on W, and exp(-E/T) is stationary only with
    a further drift + h T dG_i/dW_i (Gamma). It holds second derivatives and is left out, as in the paper's own
    experiments; the bias is of order 1 - a. So call `freeze()` before samples are kept: from then on G is constant,
    nothing is left out, and the law is Euler's with a step h G_i for each weight: on a well with gradient noise of
    variance C_i, Var x_i = (T + h G_i C_i/2)/k_i / (1 - h G_i k_i/2), stable for h G_i k_i < 2.
    At T = 0 nothing is drawn and the step equals ``torch.optim.RMSprop`` bit for bit.

    Args:
        params: parameters or groups; with a vector temperature the leading dimension of each is the replica.
        lr: h, the time step.
        temperature: T, a number or a vector with one value per replica.
        alpha: a in [0, 1], the memory of V.
        damping: eps > 0; a weight without gradient has the step h/eps.
        weight_decay: the prior's curvature.
        generator: stream of the noise; None: a new one, seeded from torch's global generator. One a replica is allowed.

    Raises:
        ValueError: a value out of its range.

    Source: Li, Chen, Carlson & Carin, AAAI 2016, algorithm 1 (its step is 2h).
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float,
        temperature: Temperature = 0.0,
        alpha: float = 0.99,
        damping: float = 1e-5,
        weight_decay: float = 0.0,
        generator: Generators = None,
    ) -> None:
        defaults = dict(lr=lr, temperature=temperature, alpha=alpha, damping=damping, weight_decay=weight_decay)
        super().__init__(params, defaults | {"frozen": False}, generator)

    def freeze(self) -> None:
        """Hold the metric where it is. Part of the state: a resumed run stays frozen.

        Raises:
            ValueError: before the first step, when there is no metric yet.
        """
        if not self.state:
            raise ValueError("the metric can be frozen only after a step")
        for group in self.param_groups:
            group["frozen"] = True

    def settle(self) -> None:
        """The metric stays where it is while samples are taken; before the first step there is none."""
        if self.state:
            self.freeze()

    def path_ratio(self) -> str:
        raise ValueError(
            "a preconditioner that follows the weights: the ratio of a step and its reverse needs its determinant, "
            "which is not computed. Type optimizer=langevin"
        )

    def noise_step(self, group: dict[str, Any]) -> None:
        """Every weight has a step of its own: no one number."""

    def relaxation(self, group: dict[str, Any], curvature: float) -> None:
        """Every weight has a step of its own: no one number."""

    def configurational(self, group: dict[str, Any], heat: float, force: float) -> None:
        """Gradient noise heats every weight in its own way: not said."""

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """One step of every group; returns the closure's value."""
        loss = evaluate(closure)
        for group, weights, gradients in self.forces():
            for w in weights:
                self.state[w].setdefault("square", torch.zeros_like(w))
            squares = [self.state[w]["square"] for w in weights]
            if not group["frozen"]:
                torch._foreach_mul_(squares, group["alpha"])
                torch._foreach_addcmul_(squares, gradients, gradients, value=1 - group["alpha"])
            inverse_metric = torch._foreach_sqrt(squares)  # 1/G
            torch._foreach_add_(inverse_metric, group["damping"])
            torch._foreach_addcdiv_(weights, gradients, inverse_metric, value=-group["lr"])
            noise = self.noise(group, weights)
            if noise is not None:
                torch._foreach_div_(noise, torch._foreach_sqrt(inverse_metric))
                add_scaled(weights, noise, root(2 * group["lr"] * group["temperature"]))
        return loss
