"""task=generalize: students learn from a teacher's examples; what is measured stands beside the theory.

    P(w) ~ exp(-E(w)/T),   E = number of wrong examples,   alpha N examples;     eps(alpha, T) of the saddle point

One row of the measurement is one step: it is saved, and a resumed run computes only the rest.
"""

from math import prod
from typing import Any

from omegaconf import DictConfig, OmegaConf

from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.lab.build import build, chosen, name_of
from physlearn.lab.errors import UserError, blame
from physlearn.learning import adding_examples, curves, phase_plane, ridge, small
from physlearn.learning.exact import LARGEST
from physlearn.learning.measurements import Row
from physlearn.memory import refuse_too_large
from physlearn.tasks.generalize import networks
from physlearn.tasks.generalize import report as reports

REPORTS = {  # measurement: what is read off its rows
    curves.learning_curve: reports.curve,
    curves.temperature_curves: reports.temperatures,
    adding_examples.hysteresis: reports.hysteresis,
    phase_plane.diagram: reports.diagram,
    ridge.double_descent: reports.double_descent,
    small.enumeration: reports.enumeration,
    networks.network_curves: reports.network_curves,
}


def run(cfg: DictConfig, bench: BenchProtocol) -> dict[str, Any]:
    """Measures row by row, lays the theory over; returns what result.json holds.

    Raises:
        UserError: keys that the measurement does not take, or that contradict one another.
    """
    settings = OmegaConf.to_container(cfg.learning)
    measurement = chosen(settings)
    if measurement not in REPORTS:
        raise UserError(f"learning: {name_of(settings)} is not one of {', '.join(known.__name__ for known in REPORTS)}")
    check(settings, measurement)
    rows: list[Row] = (bench.restore() or {"rows": []})["rows"]
    source = build("learning", settings, seed=cfg.seed, done=len(rows))
    bench.say(measurement.words)
    for step in bench.steps(total(settings, measurement), lambda: {"rows": rows}, every=1):
        rows.append(next(source))
        bench.log(step + 1, **rows[-1])
    return REPORTS[measurement](bench, rows, settings)


def total(settings: dict[str, Any], measurement: Any) -> int:
    """How many rows there will be."""
    if measurement is networks.network_curves:
        return len(networks.groups(settings["runs"]))
    return prod(len(settings[axis]) for axis in measurement.axes)


def check(settings: dict[str, Any], measurement: Any) -> None:
    """Raises UserError for keys that contradict one another or the measurement."""
    sizes, T = settings.get("neurons"), settings.get("temperature")
    if sizes is not None and isinstance(sizes, list) != ("neurons" in measurement.axes):
        wanted = "a list of sizes" if "neurons" in measurement.axes else "one size"
        raise UserError(f"learning.neurons={sizes} is not allowed: this measurement needs {wanted}")
    largest = max(sizes) if isinstance(sizes, list) else sizes or 0
    if measurement is small.enumeration and largest > LARGEST:
        raise UserError(f"learning.neurons={sizes} is not allowed: at most {LARGEST} weights are enumerated")
    if settings.get("weights") == "ising" and 0 in (T, *settings.get("temperatures", ())):
        raise UserError(
            "Ising students move at T > 0: type e.g. learning.temperature=0.5, or learning.weights=spherical"
        )
    if measurement is curves.temperature_curves and 0 in settings["temperatures"]:
        raise UserError("learning.temperatures: 0 is not allowed here, loads are given as alpha/T. Type e.g. [0.5,1,2]")
    if measurement is adding_examples.hysteresis:
        if T == 0:
            raise UserError("learning.temperature=0 is not allowed here: Ising students move at T > 0. Type e.g. 1")
        if not settings["low"] + settings["step"] <= settings["high"]:
            raise UserError(f"learning.low={settings['low']} is not allowed: it must be a step below learning.high")
    if measurement is ridge.double_descent:
        for load, lam, *_ in settings["points"]:
            if settings["step"] * (lam + 1.05 * (1 + load**0.5) ** 2) >= 2:
                raise UserError(
                    f"learning.step={settings['step']} is not allowed: at load {load:g} Euler's scheme is unstable. "
                    f"Type e.g. learning.step={1 / (lam + (1 + load**0.5) ** 2):.2g}"
                )
    loads = [settings.get("high", 0), *settings.get("loads", ()), *(p[0] for p in settings.get("points", ()))]
    loads += [x * t for x in settings.get("scaled_loads", ()) for t in settings["temperatures"]]
    with blame("learning"):
        copies = settings["high"] / settings["step"] * settings["samples"] if settings.get("exchange") else 16
        refuse_too_large(f"neurons={sizes} at a load of {max(loads):g}", copies * largest**2 * max(loads))
