"""The finished runs of task=prune as rows of the compression table: runs that differ in the seed alone are one row."""

import math
import shlex
from collections.abc import Iterable

from physlearn.instruments.notation import plus_minus
from physlearn.instruments.statistics import mean_and_error
from physlearn.lab.build import name_of
from physlearn.lab.collect import Run
from physlearn.pruning.published import HAN
from physlearn.tasks.prune.report import PICTURES

SAME_ROW = ("seed", "threads", "device", "data.root", "from", "weights", "task.log_every", "task.checkpoint_every")
NOT_TYPED = ("seed", "threads", "device", "data.root")  # of what was typed for a run: the seeds come together
TITLES = {name: network.name for name, network in HAN.items()} | {"vgg16cifar": "VGG-16 on CIFAR-10"}

Row = list[Run]


def title_of(found: Run) -> str | None:
    """The network's title, where it is one of the table's on the table's images; a changed width is said."""
    name, width = name_of(found.config, "model").lower(), found.config.get("model.width", 1)
    if name not in TITLES or PICTURES[name] != found.config.get("data.name"):
        return None
    return TITLES[name] + (f" at width {width:g}" if width != 1 else "")


def way_of(found: Run) -> str:
    """By what the weights were chosen, and what else keeps runs apart; a star: a validation set was held out."""
    config = found.config
    criterion = name_of(config, "pruning")
    given = ", shared dense network" if config.get("from") or config.get("weights") else ""
    augmented = ", augmented" if config.get("task.shift") or config.get("task.flip") else ""
    regrown = ", regrowth" if config.get("task.regrow") else ""
    taught = ", taught" if config.get("teachers") else ""
    return criterion + regrown + taught + given + augmented + ("" if config.get("data.validation") == 0 else " *")


def rows(runs: Iterable[Run]) -> list[Row]:
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


def measured_line(row: Row) -> tuple[str, ...]:
    """Means over a row's runs, with standard errors where there are several; the network stands before them."""

    def values(key: str) -> list[float]:
        return [found.result[key] for found in row if isinstance(found.result.get(key), int | float)]

    def error(key: str) -> str:
        mean, deviation = mean_and_error(values(key))
        return in_percent(mean) if math.isnan(deviation) else plus_minus(100 * mean, 100 * deviation)

    def mean(key: str) -> float:
        return mean_and_error(values(key))[0]

    return (
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
