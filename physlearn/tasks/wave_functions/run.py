"""task=wave_functions: finished runs of task=ground_state as curves; nothing is computed here.

The error of the energy against the number of parameters, and against the width (hidden units per spin of a network, or
bond of a matrix product state). Runs that differ in nothing but the seed are one point: mean +- standard error.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from physlearn.instruments.notation import plus_minus
from physlearn.instruments.statistics import mean_and_error
from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.lab.build import name_of
from physlearn.lab.collect import Group, group, read_run, run_directories
from physlearn.lab.errors import UserError
from physlearn.lab.present import save_figure
from physlearn.quantum import figures

COLUMNS = ("state", "sites", "field", "width", "parameters", "relative error", "n", "seconds")
KINDS = {
    "mps": ("matrix product", "D"),
    "rbm": ("network", "α"),
    "complex rbm": ("complex network", "α"),
    "convolution": ("convolution", "F"),
}
AXES = {"parameters": "parameters", "width": "hidden units per spin α, channels F, or bond D"}


def run(cfg: DictConfig, bench: BenchProtocol) -> dict[str, Any]:
    """Looks through `runs`; prints the table and draws the curves.

    Raises:
        UserError: no finished run of task=ground_state with a known energy lies there.
    """
    groups = found([Path(path) for path in ([cfg.runs] if isinstance(cfg.runs, str) else cfg.runs)])
    if not groups:
        raise UserError(
            f"runs={cfg.runs}: no finished run of task=ground_state with a known energy lies there. "
            "Type e.g. python -m physlearn experiment=curse_of_dimension"
        )
    for name, drawn in draw(groups).items():
        bench.figure(name, drawn)
    bench.summary("Ground states", COLUMNS, [line(own) for own in groups])
    bench.say("± is the standard error of the mean over n seeds.")
    best = min(groups, key=lambda own: error_of(own)[0])
    kind = curve_of(best)[0]
    lowest = {"best_error": error_of(best)[0], "best_state": KINDS.get(kind, (kind, ""))[0]}
    lowest |= {"best_parameters": parameters_of(best)}
    return {"groups": len(groups), "runs": sum(len(own.done) for own in groups), **lowest}


def after_sweep(paths: list[Path], into: Path) -> None:
    """The same figures in the folder of a sweep that has ended, where it holds such runs."""
    if groups := found(paths):
        for name, drawn in draw(groups).items():
            save_figure(into / "figures", name, drawn)


def found(paths: list[Path]) -> list[Group]:
    """Groups of finished runs whose exact energy is known, by kind, size, field and width."""
    runs = [read_run(directory) for directory in run_directories(paths)]
    own = [entry for entry in runs if entry.config.get("task.name") == "ground_state" and entry.state == "done"]
    known = [entry for entry in own if entry.result.get("relative_error") is not None]
    return sorted(group(known), key=lambda same: (*curve_of(same), same.runs[0].config["state.width"]))


def curve_of(own: Group) -> tuple[str, int, float]:
    """What the points of a curve have in common: kind of state, N, h."""
    config = own.runs[0].config
    kind = "complex " * bool(config.get("state.complex")) + name_of(config, "state")
    return kind, config["system.size"], float(config.get("system.field", 0.0))


def error_of(own: Group) -> tuple[float, float]:
    return mean_and_error([abs(entry.result["relative_error"]) for entry in own.done])


def draw(groups: list[Group]) -> dict[str, Any]:
    """Figure name -> the error against parameters, and against the width."""
    sizes = sorted({curve_of(own)[1] for own in groups})
    whole = {f"whole vector, N = {n}": vector for n in sizes if (vector := vector_of(groups, n)) < LARGEST_SHOWN}
    by_parameters = figures.against_parameters(curves(groups, parameters_of), whole, AXES["parameters"])
    by_width = figures.against_parameters(curves(groups, width_of), {}, AXES["width"])
    return {"error_against_parameters": by_parameters, "error_against_width": by_width}


LARGEST_SHOWN = 1e8  # numbers of a whole vector that the axis is stretched to


def curves(groups: list[Group], place: Callable[[Group], float]) -> dict[str, tuple[list, list, list, list]]:
    """Label -> places on the axis, mean errors, their standard errors, a word at each point."""
    several = len({curve_of(own)[2] for own in groups}) > 1
    drawn: dict[str, tuple[list, list, list, list]] = {}
    for own in groups:
        kind, sites, field = curve_of(own)
        name, symbol = KINDS.get(kind, (kind, "width"))
        label = f"{name}, N = {sites}" + (f", h = {field:g}" if several else "")
        points = drawn.setdefault(label, ([], [], [], []))
        for column, value in zip(points, (place(own), *error_of(own), f"{symbol}={width_of(own)}"), strict=True):
            column.append(value)
    return drawn


def parameters_of(own: Group) -> float:
    return mean_and_error([entry.result["parameters"] for entry in own.done])[0]


def width_of(own: Group) -> int:
    return own.runs[0].config["state.width"]


def vector_of(groups: list[Group], sites: int) -> float:
    return next(own.done[0].result["vector"] for own in groups if curve_of(own)[1] == sites)


def line(own: Group) -> tuple[str, ...]:
    """A row of the table."""
    (kind, sites, field), (mean, error) = curve_of(own), error_of(own)
    seconds = mean_and_error([entry.result.get("seconds") or 0.0 for entry in own.done])[0]
    return (
        KINDS.get(kind, (kind, ""))[0],
        str(sites),
        f"{field:g}",
        str(width_of(own)),
        f"{parameters_of(own):,.0f}",
        plus_minus(mean, error),
        str(len(own.done)),
        f"{seconds:.0f}",
    )
