"""The scores of a likelihood: read off a network, and as they are called and written in tables."""

import torch
from torch import nn

from physlearn.ensemble import outputs
from physlearn.instruments.notation import error_rate
from physlearn.lab.progress import percent
from physlearn.likelihoods import Likelihood

WORDS = {
    "error": "error",
    "nll": "NLL (nats)",
    "ece": "ECE",
    "rmse": "RMSE",
    "coverage_68": "in 68 % interval",
    "coverage_95": "in 95 % interval",
}


def words(score: str, value: float, examples: int) -> str:
    """A score as the table shows it: shares of the examples with their binomial error."""
    if score == "error" or score.startswith("coverage"):
        return error_rate(value, examples)
    return percent(value) if score == "ece" else f"{value:.4g}" if score == "rmse" else f"{value:.4f}"


def first_score(likelihood: Likelihood, model: nn.Module, x: torch.Tensor, y: torch.Tensor) -> float:
    """The first score of one network, without dropout: how wrong it is."""
    return likelihood.scores(likelihood.predict([outputs(model, x)]), y)[likelihood.SCORES[0]]
