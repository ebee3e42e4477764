"""What task=redundancy says and draws at its end: one page."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from omegaconf import DictConfig

from physlearn.adversarial.figures import arms
from physlearn.instruments.notation import plus_minus
from physlearn.instruments.statistics import mean_and_error
from physlearn.lab.bench_protocol import BenchProtocol

COLUMNS = {  # what was measured of an arm -> the head of its column
    "clean": "as they are",
    "noise": "noise of equal L2 distance",
    "own": "attack on it",
    "from_dense": "attack on the dense network",
    "on_dense": "dense network, attack on it",
}
Entropies = list[dict[str, dict[str, list[float]]]]  # of each seed: images -> estimator -> a number for each group


def report(cfg: DictConfig, bench: BenchProtocol, rows: list[dict[str, Any]], entropies: Entropies) -> dict[str, Any]:
    """Tables, the figure, and what result.json holds; +- is the standard error of the mean over seeds."""
    names = list(dict.fromkeys(row["arm"] for row in rows))
    table: dict[str, dict[str, tuple[float, float]]] = {}
    counts = {name: sum(row["arm"] == name for row in rows) for name in names}
    for name in names:
        own = [row for row in rows if row["arm"] == name]
        table[name] = {key: mean_and_error([row[key] for row in own]) for key in COLUMNS}
    lines = [(name, *(percent(*table[name][key]) for key in COLUMNS), f"{counts[name]}") for name in names]
    title = f"Accuracy, PGD, epsilon {cfg.task.epsilon:g}, {cfg.task.examples} images"
    bench.summary(title, ("arm", *COLUMNS.values(), "n"), lines)
    columns = ("estimator", "benign", "attacked", "noise of equal L2 distance", "attacked - noise")
    found = {name: compared(entropies, name) for name in entropies[0]["benign"]}
    bench.summary(
        "Entropy of a pixel's level, bits", columns,
        [(name, *(plus_minus(*value) for value in values.values())) for name, values in found.items()],
    )  # fmt: skip
    bench.say("± is the standard error of the mean over seeds (benign images: over groups of images).")
    means = {key: np.array([table[name][key][0] for name in names]) for key in COLUMNS}
    errors = {key: np.array([table[name][key][1] for name in names]) for key in COLUMNS}
    bench.figure("accuracy", arms(names, means, errors, f"PGD, epsilon {cfg.task.epsilon:g}"))
    result: dict[str, Any] = {"arms": names, "seeds": len(entropies), "n": [counts[name] for name in names]}
    result |= {f"{key}_accuracy": means[key].tolist() for key in COLUMNS}
    result |= {f"{key}_accuracy_se": errors[key].tolist() for key in COLUMNS}
    for name, values in found.items():
        for images, (mean, error) in values.items():
            word = f"{images}_{name.lower().replace('-', '_')}"
            result |= {word: mean, f"{word}_se": error}
    return result


def compared(entropies: Entropies, estimator: str) -> dict[str, tuple[float, float]]:
    """Mean and standard error of one estimator: of benign images over groups, of the others over seeds, pairwise."""
    attacked, noise = (np.array([np.mean(own[name][estimator]) for own in entropies]) for name in ("attacked", "noise"))
    values: dict[str, Sequence[float]] = {
        "benign": entropies[0]["benign"][estimator], "attacked": attacked, "noise": noise, "excess": attacked - noise
    }  # fmt: skip
    return {name: mean_and_error(value) for name, value in values.items()}


def percent(mean: float, error: float) -> str:
    return f"{plus_minus(100 * mean, 100 * error)} %"
