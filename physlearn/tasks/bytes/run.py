"""task=bytes: finished runs as error and NLL against bytes; nothing is trained here.

One network of task=prune is a point, its file as it lies on disk. The samples that task=train task.sparse=true took of
a pruned network are a curve: ensembles of 1, 2, 4, ... of them, whose places are stored once. Runs that differ in the
seed alone are one, mean +- standard error.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from omegaconf import DictConfig

from physlearn.instruments.notation import plus_minus
from physlearn.instruments.statistics import mean_and_error
from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.lab.collect import Group, Run, group, read_run, run_directories
from physlearn.lab.errors import UserError
from physlearn.lab.progress import percent
from physlearn.pruning.figures import Curve, scores_against_bytes

SCORES = ("error", "nll", "ece")
ONE = "one network"


def run(cfg: DictConfig, bench: BenchProtocol) -> dict[str, Any]:
    """Looks through `runs`; prints the table and draws the curves."""
    paths = [Path(path) for path in ([cfg.runs] if isinstance(cfg.runs, str) else cfg.runs)]
    runs = [read_run(directory) for directory in run_directories(paths)]
    single = group([entry for entry in runs if tested(entry, "file_bytes", "test_error_after_load")])
    sampled = group([entry for entry in runs if tested(entry, "ensemble_bytes", "ensemble_test_errors")])
    if not single and not sampled:
        raise UserError(
            f"runs={cfg.runs}: no finished run of task=prune, and none of task=train task.sparse=true, lies there. "
            "Type e.g. python -m physlearn task=prune"
        )
    curves = [curve(words_of(own), own, lambda entry, key: entry.result[f"ensemble_test_{key}s"]) for own in sampled]
    points = [curve(ONE, own, lambda entry, key: [entry.result[f"test_{key}_after_load"]]) for own in single]
    if points:
        curves.append(joined(points))
    bench.figure("scores_against_bytes", scores_against_bytes(curves))
    columns = ("what", "compression", "bytes", "error", "NLL (nats)", "ECE", "n")
    bench.summary("Bytes", columns, [line for own in curves for line in lines(own)])
    bench.say("± is the standard error of the mean over n seeds.")
    return {"curves": len(curves), "runs": sum(len(own.done) for own in (*single, *sampled))}


def tested(entry: Run, *keys: str) -> bool:
    return entry.state == "done" and all(entry.result.get(key) is not None for key in keys)


def words_of(own: Group) -> str:
    """'samples of 50x, T = 0.1/N'."""
    result = own.runs[0].result
    relative = result["temperature_set"] / result["temperature_posterior"]
    return f"samples of {times(own.runs[0])}x, T = " + (f"{relative:.3g}/N" if relative else "0: the control")


def times(entry: Run) -> str:
    """The compression of the weights."""
    return f"{entry.result['weights'] / entry.result['weights_kept']:.3g}"


def curve(words: str, own: Group, values: Callable[[Run, str], list[float]]) -> Curve:
    """Means over the runs of a group, and their standard errors."""
    sizes = [np.atleast_1d(entry.result.get("ensemble_bytes", entry.result.get("file_bytes"))) for entry in own.done]
    means, errors = {}, {}
    for key in SCORES:
        each = zip(*(values(entry, key) for entry in own.done), strict=True)
        means[key], errors[key] = map(np.array, zip(*(mean_and_error(list(seeds)) for seeds in each), strict=True))
    names = [times(own.runs[0])] * len(sizes[0])
    return Curve(words, np.mean(sizes, axis=0), means, errors, np.full(len(sizes[0]), len(own.done)), names)


def joined(points: list[Curve]) -> Curve:
    """Points of the same kind as one curve, by their bytes."""
    order = np.argsort([point.bytes[0] for point in points])
    parts = [points[i] for i in order]

    def along(name: str) -> dict[str, np.ndarray]:
        return {key: np.concatenate([getattr(part, name)[key] for part in parts]) for key in SCORES}

    sizes, counts = (np.concatenate([getattr(part, name) for part in parts]) for name in ("bytes", "count"))
    return Curve(ONE, sizes, along("mean"), along("standard_error"), counts, [part.compression[0] for part in parts])


def lines(own: Curve) -> list[tuple[str, ...]]:
    """The rows of a curve."""

    def words(key: str, i: int, scale: float, unit: str) -> str:
        mean, error = own.mean[key][i], own.standard_error[key][i]
        if error != error:  # one seed
            return percent(mean) if unit else f"{mean:.4g}"
        return plus_minus(scale * mean, scale * error) + unit

    return [
        (own.words, f"{own.compression[i]}x", f"{own.bytes[i]:,.0f}", words("error", i, 100, " %"),
         words("nll", i, 1, ""), words("ece", i, 100, " %"), f"{own.count[i]}")
        for i in range(len(own.bytes))
    ]  # fmt: skip
