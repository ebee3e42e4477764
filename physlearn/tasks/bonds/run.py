"""task=bonds: finished runs of model=mps as one curve, test error against bond dimension; nothing is trained here.

Runs that differ in nothing but the seed are one point: mean +- standard error over them, n stated.
"""

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
from physlearn.lab.progress import percent
from physlearn.tensor import figures
from physlearn.tensor.published import STOUDENMIRE

COLUMNS = ("bond", "features", "weight decay", "shift", "epochs", "test error", "n", "parameters", "seconds")


def run(cfg: DictConfig, bench: BenchProtocol) -> dict[str, Any]:
    """Looks through `runs`; prints the table and draws the curve."""
    groups = found([Path(path) for path in ([cfg.runs] if isinstance(cfg.runs, str) else cfg.runs)])
    if not groups:
        raise UserError(
            f"runs={cfg.runs}: no finished run of model=mps with its test set read lies there. "
            "Type e.g. python -m physlearn experiment=stoudenmire2016/mnist"
        )
    bench.figure("error_against_bond", draw(groups))
    bench.summary("Test error against bond dimension", COLUMNS, [line(own) for own in groups])
    bench.say("± is the standard error of the mean over n seeds. Published: Stoudenmire and Schwab (2016), 14 x 14.")
    plain = [own for own in groups if not shift(own)] or groups  # shifted images are another experiment
    best = min(plain, key=lambda own: errors(own)[0])
    error, spread = errors(best)
    lowest = {"best_bond": best.runs[0].config["model.bond"], "best_error": error, "best_error_se": spread}
    return {"groups": len(groups), "runs": sum(len(own.done) for own in groups), **lowest}


def after_sweep(paths: list[Path], into: Path) -> None:
    """The same figure in the folder of a sweep that has ended, where it holds such runs."""
    if groups := found(paths):
        save_figure(into / "figures", "error_against_bond", draw(groups))


def found(paths: list[Path]) -> list[Group]:
    """Groups of finished runs of the classifier, by bond."""
    runs = [read_run(directory) for directory in run_directories(paths)]
    own = [entry for entry in runs if name_of(entry.config, "model") == "MatrixProductClassifier"]
    tested = [entry for entry in own if entry.state == "done" and entry.result.get("test_error") is not None]
    return sorted(group(tested), key=lambda same: same.runs[0].config["model.bond"])


def errors(own: Group) -> tuple[float, float]:
    return mean_and_error([entry.result["test_error"] for entry in own.done])


def shift(own: Group) -> int:
    """By how many pixels training images were moved; runs from before that could be typed say nothing."""
    return own.runs[0].config.get("task.shift", 0)


def draw(groups: list[Group]) -> Any:
    """The curve; a line for each way to train that is not the same but for bond and weight decay."""
    means = [errors(own) for own in groups]
    return figures.error_against_bond(
        [own.runs[0].config["model.bond"] for own in groups],
        [mean for mean, _ in means],
        [error for _, error in means],
        [len(own.done) for own in groups],
        [shift(own) for own in groups],
        STOUDENMIRE,
    )


def line(own: Group) -> tuple[str, ...]:
    """A row of the table."""
    config, (mean, error) = own.runs[0].config, errors(own)
    seconds = mean_and_error([entry.result.get("seconds") or 0.0 for entry in own.done])[0]
    return (
        str(config["model.bond"]),
        str(config["model.features"]),
        f"{config['optimizer.weight_decay']}",
        str(shift(own)),
        str(config["task.epochs"]),
        percent(mean) if error != error else f"{plus_minus(100 * mean, 100 * error)} %",
        str(len(own.done)),
        f"{own.done[0].result['parameters']:,}",
        f"{seconds:.0f}",
    )
