"""What machines know of the data set that they were trained on: L-info by enumeration.

    B one of K sets with probability 1/K, Theta trained on B, X ~ p(X | Theta):
    L-info = I(B; X) = (1/K) sum_B sum_x p(x | B) ln p(x | B)/p(x),      p(x | B) = <p(x | Theta)>,     L-info <= ln K

The ensemble of Theta given B: R first machines, the same ones for every set, and the exact gradient from each, without
noise. M-info = I(B; Theta) of such a training is ln K from the first update on, since Theta gives B away.
Source: Parsi, arXiv 2310.19802, for L-info and M-info.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import softplus

from physlearn.boltzmann_machine.exact import all_units


def information(conditional: Tensor) -> float:
    """I(B; X) in nats, B uniform.

    Args:
        conditional: p(x | B), (set, configuration).
    """
    own = torch.xlogy(conditional, conditional).sum(1).mean()
    whole = conditional.mean(0)
    return float((own - torch.xlogy(whole, whole).sum()).clamp_min(0))


@dataclass
class Machines:
    """Many small machines at once, each with a target distribution over all configurations of its visible units.

    Args:
        weights: (machine, hidden, visible) float64.
        visible: (machine, visible).
        hidden: (machine, hidden).
        targets: p_data, (machine, configuration), configurations as in `exact.all_units`.
    """

    weights: Tensor
    visible: Tensor
    hidden: Tensor
    targets: Tensor

    def __post_init__(self) -> None:
        self.states = all_units(self.visible.shape[1]).to(self.visible)  # (configuration, visible)

    def _fields(self) -> Tensor:
        return self.hidden[:, None] + self.states @ self.weights.mT  # (machine, configuration, hidden)

    def log_probabilities(self) -> Tensor:
        """ln p(v) of every machine: (machine, configuration)."""
        return self._log_p(self._fields())

    def ascend(self, lr: float) -> None:
        """theta <- theta + lr d<ln p>_data/d theta, the exact gradient, in place."""
        fields = self._fields()
        excess = self.targets - self._log_p(fields).exp()  # (machine, configuration)
        h = fields.sigmoid() * excess[:, :, None]
        self.weights += lr * h.mT @ self.states
        self.visible += lr * excess @ self.states
        self.hidden += lr * h.sum(1)

    def _log_p(self, fields: Tensor) -> Tensor:
        return (self.visible @ self.states.T + softplus(fields).sum(2)).log_softmax(1)


def machines_on_sets(sets: Tensor, hidden: int, repeats: int, scale: float, generator: torch.Generator) -> Machines:
    """Machines set by set, `repeats` of each, that begin at the same `repeats` first weights.

    Args:
        sets: float64 (set, image, visible) of 0 and 1, images of a set equally likely.
        hidden: units.
        repeats: R.
        scale: standard deviation of the first weights.
        generator: of these.
    """
    count, _, visible = sets.shape
    first = scale * torch.randn(repeats, hidden, visible, generator=generator, dtype=torch.float64)
    powers = 2 ** torch.arange(visible - 1, -1, -1)
    targets = torch.stack([torch.bincount(own, minlength=2**visible) for own in (sets.long() * powers).sum(2)])
    return Machines(
        first.repeat(count, 1, 1),
        torch.zeros(count * repeats, visible, dtype=torch.float64),
        torch.zeros(count * repeats, hidden, dtype=torch.float64),
        (targets / sets.shape[1]).double().repeat_interleave(repeats, 0),
    )


def l_info(machines: Machines, sets: int, used: int | None = None) -> float:
    """I(B; X) of machines that stand set by set, B one of the first `used` of the `sets` (None: all), in nats."""
    conditional = machines.log_probabilities().exp().view(sets, -1, machines.targets.shape[1]).mean(1)
    return information(conditional[: used or sets])
