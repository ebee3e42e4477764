"""Boltzmann samples of the weights -> predictive average.

p(y | x) = (1/K) sum_k p(y | x, W_k), with W_k ~ exp(-E(W)/T) taken after a burn-in, evenly spaced to the run's end.
"""

import math
from collections.abc import Iterable, Iterator

import torch
from torch import nn

from physlearn.randomness import untouched

Sample = dict[str, torch.Tensor]


def burn_in_steps(steps: int, burn_in: float, epoch: int) -> int:
    """How many steps come before the samples.

    Args:
        steps: length of the run.
        burn_in: a fraction of the run if below 1, else a number of epochs.
        epoch: steps per epoch.

    Raises:
        ValueError: the burn-in leaves no step.
    """
    first = math.ceil(burn_in * steps) if burn_in < 1 else round(burn_in * epoch)
    if first >= steps:
        raise ValueError(f"burn_in={burn_in} is {first} steps of a run of {steps}: it must leave steps to sample from")
    return first


def sample_steps(steps: int, burn_in: float, keep: int, epoch: int) -> list[int]:
    """The steps after which a sample is kept: `keep` of them, evenly spaced from the burn-in on, `steps` included.

    Args:
        steps: length of the run.
        burn_in: a fraction of the run if below 1, else a number of epochs.
        keep: how many samples at most; a shorter run keeps one per step.
        epoch: steps per epoch.

    Raises:
        ValueError: the burn-in leaves no step.
    """
    first = burn_in_steps(steps, burn_in, epoch)
    count = min(keep, steps - first)
    return [first + math.ceil((steps - first) * (k + 1) / count) for k in range(count)]


def snapshot(model: nn.Module) -> Sample:
    """The weights (and buffers) of a model now, as a copy."""
    return {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}


@torch.no_grad()
def outputs(model: nn.Module, x: torch.Tensor, chunk: int = 1000) -> torch.Tensor:
    """The model's outputs without dropout, (example, output)."""
    training = model.training
    model.eval()
    with untouched(x.device):
        parts = [model(part) for part in x.split(chunk)]
    model.train(training)
    return torch.cat(parts)


def outputs_of(model: nn.Module, samples: Iterable[Sample], x: torch.Tensor) -> Iterator[torch.Tensor]:
    """The outputs of each sample, (example, output); the model has its own weights back afterwards."""
    own = snapshot(model)
    try:
        for sample in samples:
            model.load_state_dict(sample)
            yield outputs(model, x)
    finally:
        model.load_state_dict(own)


def probabilities(model: nn.Module, x: torch.Tensor, chunk: int = 1000) -> torch.Tensor:
    """softmax of the model's outputs without dropout. Returns (example, class)."""
    return torch.softmax(outputs(model, x, chunk), dim=-1)


def mean_probabilities(logits: Iterable[torch.Tensor]) -> torch.Tensor:
    """(1/K) sum_k softmax(f_k), (example, class), of K outputs f_k, each (example, class)."""
    mean = torch.zeros(())
    for k, f in enumerate(logits):
        mean = mean + (torch.softmax(f, dim=-1) - mean) / (k + 1)
    return mean


def predict(model: nn.Module, samples: Iterable[Sample], x: torch.Tensor) -> torch.Tensor:
    """The predictive mean over the samples. Returns (example, class); the model has its own weights back afterwards."""
    return mean_probabilities(outputs_of(model, samples, x))
