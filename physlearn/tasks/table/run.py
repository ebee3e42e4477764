"""task=table: the compression table of Han et al. (2015), and beside it the runs of task=prune that lie on disk.

Runs that differ in nothing but the seed, and in the dense network that they began with, are one row: mean +- standard
error over them, n stated. Nothing is trained here.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from physlearn.instruments.statistics import mean_and_error
from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.lab.collect import Run, read_run, run_directories
from physlearn.pruning import figures
from physlearn.pruning.accounting import totals
from physlearn.pruning.published import FILES, HAN, POINTS, Network
from physlearn.tasks.prune.report import PICTURES
from physlearn.tasks.table.rows import Row, commands, in_percent, measured_line, rows, title_of, way_of

IMAGENET = "data=image_folder data.root=<folder with train/ and val/> weights=<safetensors or torch file>"
COMMANDS = {
    "lenet300": "python -m physlearn experiment=han2015/lenet300",
    "lenet5": "python -m physlearn experiment=han2015/lenet5",
    "alexnet": f"python -m physlearn task=prune model=alexnet {IMAGENET} pruning=han pruning.compression=9",
    "vgg16": f"python -m physlearn task=prune model=vgg16 {IMAGENET} pruning=han pruning.compression=13",
    "vgg16cifar": "python -m physlearn experiment=compression/vgg",
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


def run(cfg: DictConfig, bench: BenchProtocol) -> dict[str, Any]:
    """Looks through `runs`, prints the table, and what is missing with what to type for it."""
    paths = [Path(path) for path in ([cfg.runs] if isinstance(cfg.runs, str) else cfg.runs)]
    prunings = [found for found in map(read_run, run_directories(paths)) if found.config.get("task.name") == "prune"]
    finished = [found for found in prunings if found.state == "done"]
    published = {network.name: (name, network) for name, network in HAN.items()}
    further = sorted({title for found in finished if (title := title_of(found))} - set(published))
    measured = {
        title: rows(found for found in finished if title_of(found) == title) for title in [*published, *further]
    }

    lines = []
    for title, own in measured.items():
        if title in published:
            lines.append(published_line(*published[title]))
        first = "" if title in published else title
        lines += [(first if row is own[0] else "", *measured_line(row)) for row in own]
    for remark in remarks(prunings, finished, measured):
        bench.say(remark)
    points = [(title, row) for title, own in measured.items() for row in own]
    if read := [(title, row) for title, row in points if all(found.result.get("test_read", True) for found in row)]:
        bench.figure("error_against_compression", draw(read))
    bench.summary("The compression table", COLUMNS, lines)
    for title, row in points:
        bench.say(f"{title}, {row[0].config['pruning.compression']:g}x by {way_of(row[0])}, is typed as")
        for line in commands(row):
            bench.say(f"    {line}")
    counted = {f"runs_{name}": sum(map(len, measured[network.name])) for name, network in HAN.items()}
    counted["runs_vgg16cifar"] = sum(len(row) for title in further for row in measured[title])
    accounted = {
        f"accounted_{key}_{name}": value for name, n in HAN.items() for key, value in totals(n.account()).items()
    }
    return {"runs": len(finished), **counted, **accounted}


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


def remarks(prunings: list[Run], finished: list[Run], measured: dict[str, list[Row]]) -> Iterator[str]:
    """How the table is to be read, and what is missing from it."""
    yield "± is the standard error of the mean over n seeds; KB are 1,000 bytes, files of Deep Compression (2016)."
    yield "shared dense network: that of another run or a file; augmented: with task.shift or task.flip."
    yield "regrowth: weights come back (task.regrow); taught: by the networks of other runs (teachers)."
    yield "* some of the training set was held out for validation."
    yield "Published rows: errors as printed; weights, compression and FLOP recomputed from the paper's layer tables."
    if left := len(prunings) - len(finished):
        yield f"Not finished, so not counted: {left} of {len(prunings)} prune runs."
    if other := sum(title_of(found) is None for found in finished):
        yield f"Left out: {other} finished prune runs of other networks or other images."
    for name, network in HAN.items():
        if not measured[network.name]:
            need = "needs ImageNet" if PICTURES[name] == "image_folder" else "has no finished run yet"
            yield f"{network.name} {need}; type {COMMANDS[name]}"
    if len(measured) == len(HAN):
        yield f"VGG-16 on CIFAR-10 has no finished run yet; type {COMMANDS['vgg16cifar']}"


def draw(points: list[tuple[str, Row]]) -> Any:
    """Error against compression of every row, published networks drawn in."""
    errors = [mean_and_error([found.result["test_error"] for found in row]) for _, row in points]
    return figures.error_against_compression(
        [title for title, _ in points],
        [way_of(row[0]) for _, row in points],
        [mean_and_error([found.result["compression"] for found in row])[0] for _, row in points],
        [mean for mean, _ in errors],
        [deviation for _, deviation in errors],
        {HAN[name].name: (HAN[name].name, POINTS[name]) for name in POINTS},
        {title: dense_error([row for there, row in points if there == title]) for title in dict(points)},
    )


def dense_error(measured: list[Row]) -> tuple[float, float]:
    """Mean error before pruning and its standard error; networks of one error and one NLL are one: rows share them."""
    results = [found.result for row in measured for found in row if found.result.get("dense_test_error") is not None]
    known = {(result["dense_test_error"], round(result.get("dense_test_nll") or 0.0, 6)) for result in results}
    return mean_and_error([error for error, _ in sorted(known)])
