"""The samplers that are compared: each takes as many gradients, and leaves a predictive distribution for each chain."""

from dataclasses import dataclass

import torch
from torch import Tensor

from physlearn.dynamics.langevin import Langevin
from physlearn.dynamics.preconditioned import PreconditionedLangevin
from physlearn.dynamics.underdamped import UnderdampedLangevin
from physlearn.sampling.choices import SAMPLERS
from physlearn.sampling.exact_chains import ExactChains
from physlearn.sampling.motions import Make, Motion
from physlearn.sampling.perceptrons import Perceptrons


@dataclass(frozen=True)
class Posterior:
    """exp(-L(W)/T) N(W; 0, sigma^2), and where it is asked for predictions.

    Args:
        perceptrons: whose L it is.
        temperature: T, nats per example; 1/N is the Bayesian posterior.
        variance: sigma^2.
        inputs: (example, input), what is predicted.
        labels: of these, (example,).
    """

    perceptrons: Perceptrons
    temperature: float
    variance: float
    inputs: Tensor
    labels: Tensor

    @property
    def decay(self) -> float:
        """lambda = T/sigma^2."""
        return self.temperature / self.variance

    def start(self, rows: int, draw: torch.Generator) -> Tensor:
        """Samples of the prior, (row, D)."""
        like = dict(dtype=self.inputs.dtype, device=self.inputs.device)
        return self.variance**0.5 * torch.randn(rows, self.perceptrons.dimension, generator=draw, **like)

    def motion(
        self, make: Make, rows: int, batch_size: int, rate: float = 0.0, temperature: float | None = None
    ) -> Motion:
        """Rows at T, or at another `temperature` under the same lambda."""
        like = dict(dtype=self.inputs.dtype, device=self.inputs.device)
        T = self.temperature if temperature is None else temperature
        full = torch.full((rows,), T, **like), torch.full((rows,), self.decay, **like)
        return Motion(self.perceptrons, make, *full, batch_size, rate)


@dataclass(frozen=True)
class Cost:
    """What every sampler may spend.

    Args:
        steps: gradients of a chain, each on a minibatch. batch_size: examples in it.
        keep: samples that predict, evenly spaced over the second half of the steps.
        chains: independent runs, rows of one batch.
    """

    steps: int
    batch_size: int
    keep: int
    chains: int

    def full_gradients(self, examples: int) -> int:
        """Gradients of all examples that cost as much."""
        return max(1, self.steps * self.batch_size // examples)


def equation(name: str, h: float, friction: float, noise: torch.Generator) -> Make:
    """The optimizer of a sampler that moves; `friction` is gamma h of baoa, whose time step is sqrt(h)."""
    if name == "preconditioned":
        return lambda w, T: PreconditionedLangevin(w, h, T, damping=1e-3, generator=noise)
    if name == "baoa":
        step = h**0.5  # h of SGD with momentum is the square of the time step, at mass 1
        return lambda w, T: UnderdampedLangevin(w, step, T, friction / step, generator=noise)
    scheme = "leimkuhler_matthews" if name == "leimkuhler_matthews" else "euler"
    return lambda w, T: Langevin(w, h, T, scheme=scheme, generator=noise)


def predictions(
    name: str, posterior: Posterior, cost: Cost, h: float, draw: torch.Generator, friction: float, rate: float,
    members: int, kicks: int,
) -> Tensor:  # fmt: skip
    """What each of the chains of one sampler predicts: (chain, example, class).

    euler, leimkuhler_matthews, baoa, preconditioned: samples of the second half at T.
    masks: gradient descent with dropout at rate p (T = 0); softmax averaged over `keep` masks of the last weights.
    minima: `members` networks, each trained for steps/members at T = 0 from weights of its own, averaged.
    descent: euler at T = 0, averaged over its second half: the control without thermal noise.
    hmc: Hamiltonian moves from the prior with the gradients of all examples, as many as cost the same.

    Raises:
        ValueError: another name.
    """
    if name not in SAMPLERS:
        raise ValueError(f"sampler {name}: allowed are {', '.join(SAMPLERS)}")
    if name == "hmc":
        return short_hamiltonian(posterior, cost, draw, kicks)
    cold = name in ("masks", "minima", "descent")
    rows = cost.chains * (members if name == "minima" else 1)
    steps = cost.steps // (members if name == "minima" else 1)
    keep = min(1 if name == "minima" else cost.keep, steps)
    motion = posterior.motion(
        equation(name, h, friction, draw),
        rows,
        cost.batch_size,
        rate if name == "masks" else 0.0,
        0.0 if cold else None,
    )
    burn_in = steps - 1 if name == "minima" else steps // 2
    found = motion.sample(posterior.start(rows, draw), steps, burn_in, keep, posterior.inputs, posterior.labels, draw)
    if name == "masks":
        return masked(posterior, found.last, rate, cost.keep, draw)
    if name == "minima":
        return found.predicted.view(cost.chains, members, *found.predicted.shape[1:]).mean(1)
    return found.predicted


def masked(posterior: Posterior, states: Tensor, rate: float, keep: int, draw: torch.Generator) -> Tensor:
    """softmax averaged over `keep` draws of the masks, each the same for all inputs: (row, example, class)."""
    p: Tensor | float = 0.0
    for _ in range(keep):
        masks = posterior.perceptrons.masks(len(states), 1, rate, draw)
        p = p + posterior.perceptrons.outputs(states, posterior.inputs, masks).softmax(1).double()
    return (p / keep).mT


def short_hamiltonian(posterior: Posterior, cost: Cost, draw: torch.Generator, kicks: int) -> Tensor:
    """(chain, example, class): of the moves that full gradients of the same cost allow, the second half is averaged."""
    chain = ExactChains(posterior.perceptrons, posterior.temperature, posterior.variance, cost.chains, draw, kicks)
    moves = max(2, cost.full_gradients(len(posterior.perceptrons.labels)) // kicks)
    total: Tensor | float = 0.0
    for move in range(moves):
        chain.move()
        if move >= moves // 2:
            total = total + posterior.perceptrons.outputs(chain.states, posterior.inputs).softmax(1).double()
    return (total / (moves - moves // 2)).mT
