"""The scores of a likelihood: read off a network, and as they are called and written in tables."""

import torch
from torch import nn

from physlearn.ensemble import outputs
from physlearn.instruments.notation import error_rate
from physlearn.lab.progress import percent
from physlearn.likelihoods import Likelihood, Scores

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


def all_scores(likelihood: Likelihood, model: nn.Module, x: torch.Tensor, y: torch.Tensor) -> Scores:
    """The scores of one network, without dropout."""
    return likelihood.scores(likelihood.predict([outputs(model, x)]), y)


def first_score(likelihood: Likelihood, model: nn.Module, x: torch.Tensor, y: torch.Tensor) -> float:
    """The first of them: how wrong it is."""
    return all_scores(likelihood, model, x, y)[likelihood.SCORES[0]]
