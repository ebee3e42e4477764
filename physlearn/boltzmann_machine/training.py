"""Gradients of the log-likelihood: moments under the data minus moments under the machine.

    d ln p / dW = <h v^T>_data - <h v^T>_machine,    d/da = <v> - <v>,    d/db = <h> - <h>,    h = p(h = 1 | v)

With centres mu, lambda the same ascent is made in the coordinates (h - lambda)(v - mu)^T, v, h: a change of the metric,
not of the maximum; mu = lambda = 0 is the plain gradient. Source: Montavon and Mueller (2012); Melchior, Fischer and
Wiskott, JMLR 17 (2016) 1, eqs. 12 to 18.
"""

from typing import NamedTuple

from torch import Tensor

from physlearn.boltzmann_machine.rbm import RestrictedBoltzmannMachine


class Moments(NamedTuple):
    """Means over rows: <h v^T> (hidden, visible), <v> (visible,), <h> (hidden,)."""

    products: Tensor
    visible: Tensor
    hidden: Tensor


class Centres(NamedTuple):
    """mu (visible,) and lambda (hidden,)."""

    visible: Tensor
    hidden: Tensor


def moments(machine: RestrictedBoltzmannMachine, v: Tensor, weights: Tensor | None = None) -> Moments:
    """Moments of visible units and of the means of the hidden ones given them: -dF/dtheta, averaged.

    Args:
        machine: gives p(h = 1 | v).
        v: (row, visible).
        weights: of the rows, with sum 1, (row,); None: all alike.
    """
    h = machine.hidden_fields(v).sigmoid()  # (row, hidden)
    if weights is None:
        return Moments((h / len(v)).T @ v, v.mean(0), h.mean(0))
    return Moments((h * weights[:, None]).T @ v, weights @ v, weights @ h)


def ascend(
    machine: RestrictedBoltzmannMachine, data: Moments, model: Moments, lr: float, decay: float, centres: Centres
) -> None:
    """theta <- theta + lr (gradient - decay W), in place; the decay acts on W alone.

    Args:
        machine: changed.
        data, model: moments under the data and under the machine.
        lr: step.
        decay: lambda of the penalty lambda |W|^2/2.
        centres: mu and lambda.
    """
    visible, hidden = data.visible - model.visible, data.hidden - model.hidden
    weights = data.products - model.products
    weights.addr_(centres.hidden, visible, alpha=-1).addr_(hidden, centres.visible, alpha=-1)
    machine.visible.add_(visible - centres.hidden @ weights, alpha=lr)
    machine.hidden.add_(hidden - weights @ centres.visible, alpha=lr)
    if decay:
        machine.weights.mul_(1 - lr * decay)
    machine.weights.add_(weights, alpha=lr)


def spread(machine: RestrictedBoltzmannMachine, v: Tensor, centres: Centres) -> float:
    """tr Cov of the coordinates ((h - lambda)(v - mu)^T, v, h) over the rows, h = p(h = 1 | v), from their scatter.

    Chains that drive the gradient underestimate ln Z by about lr tr Cov/M at each step, M = number of rows.
    """
    h = machine.hidden_fields(v).sigmoid()
    far, near = v - centres.visible, h - centres.hidden
    squares = far.square().sum(1) * near.square().sum(1) + v.square().sum(1) + h.square().sum(1)  # (row,)
    means = (near.T @ far / len(v)).square().sum() + v.mean(0).square().sum() + h.mean(0).square().sum()
    return float((squares.mean() - means) * len(v) / (len(v) - 1))
