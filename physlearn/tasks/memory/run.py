"""task=memory: random patterns are stored with Hebb's rule and recalled; what is measured stands beside the theory.

    J = (1/N) sum xi xi^T,     E(s) = -s.J.s/2,     p = alpha N patterns;     m(alpha, T) of the saddle point

One row of the measurement, a load or a point, is one step: it is saved, and a resumed run computes only the rest.
"""

from math import prod
from typing import Any

from omegaconf import DictConfig, OmegaConf

from physlearn.hopfield.experiments import Row
from physlearn.lab.build import build
from physlearn.lab.errors import UserError
from physlearn.tasks.memory import report as memory_report

MEASUREMENTS = {  # function in hopfield/experiments.py: the lists whose combinations are its rows, the report, in words
    "capacity_curve": (
        ("neurons", "loads"),
        memory_report.capacity,
        "Recall at T = 0 from the stored patterns themselves; in theory they are lost above a load of 0.1379.",
    ),
    "thermal": (("points",), memory_report.thermal, "Heat bath from the stored patterns, at points (load, T)."),
    "phase_diagram": (
        ("loads",),
        memory_report.phase_diagram,
        "Heat bath from the stored patterns over the plane of load and temperature: where do they stay?",
    ),
    "dilution": (
        ("ways", "neurons", "window"),
        memory_report.dilution,
        "Recall at T = 0 in pruned networks; in theory the share c(f) of the signal that is left decides.",
    ),
    "basin": (("loads", "flipped"), memory_report.basin, "Recall at T = 0 from spoiled patterns."),
}


def run(cfg: DictConfig, bench: Any) -> dict[str, Any]:
    """Measures row by row, lays the theory over; returns what result.json holds.

    Raises:
        UserError: keys that the measurement does not take; one size where several
            are compared, or the other way round; a plane without width.
    """
    settings = OmegaConf.to_container(cfg.measurement)
    kind = settings["_target_"].rpartition(".")[2]
    if kind not in MEASUREMENTS:
        raise UserError(f"measurement._target_={settings['_target_']} is not one of {', '.join(MEASUREMENTS)}")
    axes, report, words = MEASUREMENTS[kind]
    sizes = settings.get("neurons")
    if isinstance(sizes, list) != ("neurons" in axes):
        wanted = "a list of sizes" if "neurons" in axes else "one size"
        raise UserError(f"measurement.neurons={sizes} is not allowed: this measurement wants {wanted}")
    if kind == "phase_diagram" and not is_rising(settings["loads"]):
        raise UserError(
            f"measurement.loads={settings['loads']} is not allowed: a plane needs two rising loads at least"
        )

    rows: list[Row] = (bench.restore() or {"rows": []})["rows"]
    source = build("measurement", settings, seed=cfg.seed, done=len(rows))
    total = prod(len(settings[axis]) for axis in axes)
    bench.say(f"{words} Hebb's rule, random patterns, N = {sizes}, {settings['samples']} networks a point.")
    for step in bench.steps(total, lambda: {"rows": rows}, every=1):
        rows.append(next(source))
        bench.log(step + 1, **rows[-1])
    return report(bench, rows)


def is_rising(values: list[float]) -> bool:
    return len(values) > 1 and values == sorted(set(values))
