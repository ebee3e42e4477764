"""What task=attack says and draws at its end."""

from typing import Any

import numpy as np
from omegaconf import DictConfig
from torch import Tensor

from physlearn.adversarial import figures
from physlearn.adversarial.choices import BOUNDED
from physlearn.instruments.notation import plus_minus
from physlearn.instruments.statistics import binomial_error
from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.tasks.attack.target import Target

Row = dict[str, dict[str, Any]]  # attack, noise -> what was measured
DRAWN = 8  # images in the figure


def report(
    cfg: DictConfig, bench: BenchProtocol, target: Target, images: list[Tensor], clean: dict[str, Any], rows: list[Row]
) -> dict[str, Any]:
    """Tables, figures, and what result.json holds."""
    bounded, count = cfg.task.method in BOUNDED, len(target.y)
    if bounded:
        sizes = np.array(list(cfg.task.epsilons), float)
        attack, noise = (np.array([row[name]["right"].mean() for row in rows]) for name in ("attack", "noise"))
    else:
        sizes = np.array(list(cfg.task.distances), float)
        distance = nearest(clean["right"], rows[0]["attack"])
        attack = np.array([(distance > size).mean() for size in sizes])
        noise = np.full(len(sizes), np.nan)
    accuracy = float(clean["right"].mean())
    columns = ("size", "accuracy under attack", "noise of equal L2 distance")
    table = [("0", percent(accuracy, count), percent(accuracy, count))]
    table += [(f"{s:g}", percent(a, count), percent(n, count)) for s, a, n in zip(sizes, attack, noise, strict=True)]
    unit = "largest change of a pixel" if bounded else "L2 distance"
    bench.summary(f"{cfg.task.method}, {unit}; {count:,} images", columns, table)
    bench.figure("accuracy", figures.robustness(sizes, attack, noise, accuracy, count, f"{unit} (white is 1)"))
    last = rows[-1]["attack"]
    bench.figure("images", figures.pictures(target.x[:DRAWN].cpu(), images[-1][:DRAWN].cpu(), target.y[:DRAWN].cpu()))
    result: dict[str, Any] = {
        "examples": count,
        "clean_accuracy": accuracy,
        "sizes": sizes.tolist(),
        "robust_accuracy": attack.tolist(),
        "robust_accuracy_last": float(attack[-1]),
        "largest_change": float(last["largest"].max()),
        "mean_distance": float(last["euclidean"].mean()),
        "noise_distance": float(rows[-1]["noise"]["euclidean"].mean()),
    }
    if bounded:
        result["noise_accuracy"] = noise.tolist()
    else:
        found = distance[np.isfinite(distance)]
        result |= {"median_distance": float(np.median(distance)), "found": len(found) / count}
    bench.say(entropy_words(clean, rows[-1]))
    for name, entry in (("benign", clean), ("attack", last), ("noise", rows[-1]["noise"])):
        for estimator, (mean, error) in entry["entropies"].items():
            word = f"{name}_{estimator.lower().replace('-', '_')}"
            result |= {word: mean, f"{word}_se": error}
    return result


def nearest(clean: np.ndarray, attack: dict[str, Any]) -> np.ndarray:
    """L2 distance to the image of another class, (example,): 0 where the class is wrong already, infinite if none."""
    distance = np.where(attack["right"], np.inf, attack["euclidean"])
    return np.where(clean, distance, 0.0)


def percent(accuracy: float, count: int) -> str:
    return "-" if np.isnan(accuracy) else f"{plus_minus(100 * accuracy, 100 * binomial_error(accuracy, count))} %"


def entropy_words(clean: dict[str, Any], row: Row) -> str:
    """`Entropy of a pixel (minimax, bits): benign 1.69 ± 0.01, attacked 2.9 ± 0.02, noise of equal L2 distance ...`"""
    parts = [
        ("benign", clean),
        ("attacked at the largest size", row["attack"]),
        ("noise of equal L2 distance", row["noise"]),
    ]
    values = ", ".join(f"{name} {plus_minus(*entry['entropies']['minimax'])}" for name, entry in parts)
    return f"Entropy of a pixel's level (minimax, bits): {values}."
