"""task=table: the compression table of Han et al. (2015), and beside it the runs of task=prune that lie on disk.

Runs that differ in nothing but the seed, and in the dense network that they began with, are one row: mean +- standard
error over them, n stated. Nothing is trained here.
"""

import math
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from physlearn.instruments.notation import plus_minus
from physlearn.instruments.statistics import mean_and_error
from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.lab.build import name_of
from physlearn.lab.collect import Run, read_run, run_directories
from physlearn.pruning import figures
from physlearn.pruning.accounting import totals
from physlearn.pruning.published import FILES, HAN, POINTS, Network
from physlearn.tasks.prune.report import PICTURES

SAME_ROW = ("seed", "threads", "device", "data.root", "from", "weights", "task.log_every", "task.checkpoint_every")
NOT_TYPED = ("seed", "threads", "device", "data.root")  # of what was typed for a run: the seeds come together
IMAGENET = "data=image_folder data.root=<folder with train/ and val/> weights=<safetensors or torch file>"
COMMANDS = {
    "lenet300": "python -m physlearn experiment=han2015/lenet300",
    "lenet5": "python -m physlearn experiment=han2015/lenet5",
    "alexnet": f"python -m physlearn task=prune model=alexnet {IMAGENET} pruning=han pruning.compression=9",
    "vgg16": f"python -m physlearn task=prune model=vgg16 {IMAGENET} pruning=han pruning.compression=13",
}
COLUMNS = (
    "network",
    "source",
    "dense error %",
    "error %",
    "weights",
    "rate",
    "FLOP %",
    "file",
    "error from file (%)",
    "n",
    "seconds",
)

Row = list[Run]


def run(cfg: DictConfig, bench: BenchProtocol) -> dict[str, Any]:
    """Looks through `runs`, prints the table, and what is missing with what to type for it."""
    paths = [Path(path) for path in ([cfg.runs] if isinstance(cfg.runs, str) else cfg.runs)]
    prunings = [found for found in map(read_run, run_directories(paths)) if found.config.get("task.name") == "prune"]
    finished = [found for found in prunings if found.state == "done"]
    measured = {name: rows(found for found in finished if network_of(found) == name) for name in HAN}

    lines = []
    for name, network in HAN.items():
        lines.append(published_line(name, network))
        lines += [measured_line(row) for row in measured[name]]
    for remark in remarks(prunings, finished, measured):
        bench.say(remark)
    points = [(name, row) for name in HAN for row in measured[name]]
    if points:
        bench.figure("error_against_compression", draw(points))
    bench.summary("The compression table", COLUMNS, lines)
    for name, row in points:
        bench.say(f"{HAN[name].name}, {row[0].config['pruning.compression']:g}x by {way_of(row[0])}, is typed as")
        for line in commands(row):
            bench.say(f"    {line}")
    counted = {f"runs_{name}": sum(map(len, measured[name])) for name in HAN}
    accounted = {
        f"accounted_{key}_{name}": value for name, n in HAN.items() for key, value in totals(n.account()).items()
    }
    return {"runs": len(finished), **counted, **accounted}


def network_of(found: Run) -> str | None:
    """The network's name in conf/model/, where it is one of the table's on the table's images."""
    name = name_of(found.config, "model").lower()
    return name if PICTURES.get(name) == found.config.get("data.name") else None


def way_of(found: Run) -> str:
    """By what the weights were chosen, and what else keeps runs apart; a star: a validation set was held out."""
    config = found.config
    criterion = name_of(config, "pruning")
    given = ", shared dense network" if config.get("from") or config.get("weights") else ""
    augmented = ", augmented" if config.get("task.shift") or config.get("task.flip") else ""
    regrown = ", regrowth" if config.get("task.regrow") else ""
    taught = ", taught" if config.get("teachers") else ""
    return criterion + regrown + taught + given + augmented + ("" if config.get("data.validation") == 0 else " *")


def rows(runs: Iterator[Run]) -> list[Row]:
    """The runs of one network as rows of the table: by the way they were pruned, then by compression."""
    classes: dict[str, Row] = {}
    for found in runs:
        what = sorted((key, repr(value)) for key, value in found.config.items() if key not in SAME_ROW)
        classes.setdefault(way_of(found) + repr(what), []).append(found)
    return sorted(classes.values(), key=lambda row: (way_of(row[0]), row[0].config["pruning.compression"]))


def commands(row: Row) -> list[str]:
    """What to type for a row: what was typed for its runs, seeds together where they began with the same network."""
    if len({found.overrides.get("from") for found in row}) > 1:
        return [line for found in row for line in commands([found])]
    typed = {key: value for key, value in row[0].overrides.items() if not key.startswith("hydra.")}
    words = [f"{key}={value}" for key, value in typed.items() if key not in NOT_TYPED]
    words.sort(key=lambda word: not word.startswith(("experiment=", "task=")))  # which reads better
    seeds = sorted({int(found.config["seed"]) for found in row})
    return [f"python -m physlearn --multirun {shlex.join(words)} seed={','.join(map(str, seeds))}"]


def in_percent(fraction: float | None) -> str:
    """0.0159 -> 1.59; a dash for what was not measured."""
    return "-" if fraction is None or math.isnan(fraction) else f"{100 * fraction:.2f}"


def published_line(name: str, network: Network) -> tuple[str, ...]:
    """What was printed; weights, compression and FLOP recomputed from the layer table."""
    sums, (kilobytes, error) = totals(network.account()), FILES.get(name, (None, None))
    return (
        f"{network.name}",
        "Han 2015",
        in_percent(network.dense_error),
        in_percent(network.error),
        f"{sums['weights_kept']:,.0f}",
        f"{sums['compression']:.2f}x",
        in_percent(sums["flops_fraction"]),
        f"{kilobytes} KB" if kilobytes else "-",
        in_percent(error),
        "",
        "",
    )


def measured_line(row: Row) -> tuple[str, ...]:
    """Means over a row's runs, with standard errors where there are several."""

    def values(key: str) -> list[float]:
        return [found.result[key] for found in row if isinstance(found.result.get(key), int | float)]

    def error(key: str) -> str:
        mean, deviation = mean_and_error(values(key))
        return in_percent(mean) if math.isnan(deviation) else plus_minus(100 * mean, 100 * deviation)

    def mean(key: str) -> float:
        return mean_and_error(values(key))[0]

    return (
        "",
        way_of(row[0]),
        error("dense_test_error"),
        error("test_error"),
        f"{mean('weights_kept'):,.0f}",
        f"{mean('compression'):.2f}x",
        in_percent(mean("flops_fraction")),
        f"{mean('file_bytes') / 1000:.1f} KB",
        error("test_error_after_load"),
        str(len(row)),
        f"{mean('seconds'):.0f}",
    )


def remarks(prunings: list[Run], finished: list[Run], measured: dict[str, list[Row]]) -> Iterator[str]:
    """How the table is to be read, and what is missing from it."""
    yield "± is the standard error of the mean over n seeds; KB are 1,000 bytes, files of Deep Compression (2016)."
    yield "shared dense network: that of another run or a file; augmented: with task.shift or task.flip."
    yield "regrowth: weights come back (task.regrow); taught: by the networks of other runs (teachers)."
    yield "* some of the training set was held out for validation."
    yield "Published rows: errors as printed; weights, compression and FLOP recomputed from the paper's layer tables."
    if left := len(prunings) - len(finished):
        yield f"Not finished, so not counted: {left} of {len(prunings)} prune runs."
    if other := sum(network_of(found) is None for found in finished):
        yield f"Left out: {other} finished prune runs of other networks or other images."
    for name, network in HAN.items():
        if not measured[name]:
            need = "needs ImageNet" if PICTURES[name] == "image_folder" else "has no finished run yet"
            yield f"{network.name} {need}; type {COMMANDS[name]}"


def draw(points: list[tuple[str, Row]]) -> Any:
    """Error against compression of every row, published networks drawn in."""
    errors = [mean_and_error([found.result["test_error"] for found in row]) for _, row in points]
    return figures.error_against_compression(
        [name for name, _ in points],
        [way_of(row[0]) for _, row in points],
        [mean_and_error([found.result["compression"] for found in row])[0] for _, row in points],
        [mean for mean, _ in errors],
        [deviation for _, deviation in errors],
        {name: (HAN[name].name, POINTS[name]) for name in POINTS},
        {name: dense_error([row for there, row in points if there == name]) for name in {name for name, _ in points}},
    )


def dense_error(measured: list[Row]) -> tuple[float, float]:
    """Mean error before pruning and its standard error: networks of one error are one, several rows begin with them."""
    known = {found.result.get("dense_test_error") for row in measured for found in row}
    return mean_and_error([value for value in known if value is not None])
