"""task=memory: random patterns are stored with Hebb's rule and recalled; what is measured stands beside the theory.

    J = (1/N) sum xi xi^T,     E(s) = -s.J.s/2,     p = alpha N patterns;     m(alpha, T) of the saddle point

One row of the measurement, a load or a point, is one step: it is saved, and a resumed run computes only the rest.
"""

from math import prod
from typing import Any

from omegaconf import DictConfig, OmegaConf

from physlearn.hopfield import experiments
from physlearn.hopfield.experiments import Row
from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.lab.build import build, chosen, name_of
from physlearn.lab.errors import UserError
from physlearn.tasks.memory import report as memory_report

REPORTS = {  # experiment: what is read off its rows
    experiments.capacity_curve: memory_report.capacity,
    experiments.thermal: memory_report.thermal,
    experiments.phase_diagram: memory_report.phase_diagram,
    experiments.dilution: memory_report.dilution,
    experiments.basin: memory_report.basin,
}


def run(cfg: DictConfig, bench: BenchProtocol) -> dict[str, Any]:
    """Measures row by row, lays the theory over; returns what result.json holds.

    Raises:
        UserError: keys that the measurement does not take; one size where several
            are compared, or the other way round; a plane without width.
    """
    settings = OmegaConf.to_container(cfg.measurement)
    experiment = chosen(settings)
    if experiment not in REPORTS:
        names = ", ".join(known.__name__ for known in REPORTS)
        raise UserError(f"measurement: {name_of(settings)} is not one of {names}")
    sizes, rising = settings.get("neurons"), experiment.rising
    if isinstance(sizes, list) != ("neurons" in experiment.axes):
        wanted = "a list of sizes" if "neurons" in experiment.axes else "one size"
        raise UserError(f"measurement.neurons={sizes} is not allowed: this measurement needs {wanted}")
    if rising and not is_rising(settings[rising]):
        raise UserError(
            f"measurement.{rising}={settings[rising]} is not allowed: a plane needs two rising {rising} at least"
        )

    rows: list[Row] = (bench.restore() or {"rows": []})["rows"]
    source = build("measurement", settings, seed=cfg.seed, done=len(rows))
    total = prod(len(settings[axis]) for axis in experiment.axes)
    bench.say(
        f"{experiment.words} Hebb's rule, random patterns, N = {sizes}, {settings['samples']} networks per point."
    )
    for step in bench.steps(total, lambda: {"rows": rows}, every=1):
        rows.append(next(source))
        bench.log(step + 1, **rows[-1])
    return REPORTS[experiment](bench, rows)


def is_rising(values: list[float]) -> bool:
    return len(values) > 1 and values == sorted(set(values))
