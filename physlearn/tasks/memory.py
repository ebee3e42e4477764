"""task=memory: random patterns are stored with Hebb's rule and recalled; what is measured stands beside the theory.

    J = (1/N) sum xi xi^T,     E(s) = -s.J.s/2,     p = alpha N patterns;     m(alpha, T) of the saddle point

One row of the measurement, a load or a point, is one step: it is saved, and a resumed run computes only the rest.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from omegaconf import DictConfig, OmegaConf

from physlearn.hopfield import experiments
from physlearn.tasks import memory_report

REPORTS = {
    "capacity": memory_report.capacity,
    "thermal": memory_report.thermal,
    "phase_diagram": memory_report.phase_diagram,
    "dilution": memory_report.dilution,
    "basin": memory_report.basin,
}


def run(cfg: DictConfig, bench: Any) -> dict[str, Any]:
    """Measures row by row, lays the theory over; returns what result.json holds."""
    rows: list[experiments.Row] = (bench.restore() or {"rows": []})["rows"]
    total, source = measurement(OmegaConf.to_container(cfg.measurement), cfg.seed, len(rows))
    for step in bench.steps(total, lambda: {"rows": rows}, every=1):
        rows.append(next(source))
        bench.log(step + 1, **rows[-1])
    return REPORTS[cfg.measurement.name](bench, rows)


def measurement(settings: dict[str, Any], seed: int, done: int) -> tuple[int, Iterator[experiments.Row]]:
    """The number of rows of a measurement, and those after the first `done`."""
    own = {name: grid(value) for name, value in settings.items() if name != "name"}
    more = own | {"seed": seed, "done": done}
    match settings["name"]:
        case "capacity":
            return len(own["neurons"]) * len(own["loads"]), experiments.capacity_curve(**more)
        case "thermal":
            return len(own["points"]), experiments.thermal(**more)
        case "phase_diagram":
            return len(own["loads"]), experiments.phase_diagram(**more)
        case "dilution":
            return len(own["ways"]) * len(own["neurons"]) * len(own["window"]), experiments.dilution(**more)
        case _:
            return len(own["loads"]) * len(own["flipped"]), experiments.basin(**more)


def grid(value: Any) -> Any:
    """{first, last, count} as so many evenly spaced numbers; anything else as it is."""
    return np.linspace(value["first"], value["last"], value["count"]).tolist() if isinstance(value, dict) else value
