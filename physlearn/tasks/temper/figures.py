"""The figures of a tempering run."""

from typing import Any

import numpy as np

from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.tasks.temper.parts import Experiment, Finished
from physlearn.tempering import diagnostics, disorder, exact, figures
from physlearn.tempering.diagnostics import Estimate
from physlearn.tempering.trace import Trace

CURVE = 60  # points of an exact curve
TRIPS = 8  # round trips of a replica that its trajectory shows


def draw(bench: BenchProtocol, finished: Finished, arrays: dict[str, np.ndarray], result: dict[str, Any]) -> None:
    """Everything a run can show. `arrays` holds the sweeps after the burn-in."""
    experiment, ladder, record, seen = finished.experiment, finished.ladder, finished.record, finished.observed.numpy()
    temperatures, sites, unit = ladder.temperatures.numpy(), experiment.sites, experiment.unit
    energy, capacity = (Estimate(result[key], result[f"{name}_se"]) for key, name in MOMENTS)
    accepted = Estimate(result["acceptance"], result["acceptance_se"])
    known = curve(experiment, temperatures)
    more = {label: Estimate(result[key], result[f"{key}_se"]) for key, label in ORDER.items() if key in result}
    drawn = figures.observables(temperatures, energy, capacity, known, unit, more, experiment.critical)
    bench.figure("observables", drawn)
    bench.figure("acceptance", figures.acceptance(temperatures, accepted, result["acceptance_predicted"]))
    shown = TRIPS * record.replicas / max(result["round_trip_rate"], 1e-9)
    path = figures.trajectories(arrays["levels"], temperatures, sweeps=int(np.clip(shown, 200, 2000)))
    bench.figure("trajectories", path)
    free = exact.flow((1 - accepted.mean).clip(0, 1 - 1e-9))
    bench.figure("flow", figures.flow(temperatures, diagnostics.flow(arrays["levels"]), free))
    overlap = diagnostics.histogram_overlap(arrays["energies"])
    bench.figure("histograms", figures.histograms(arrays["energies"] / sites, temperatures, overlap, unit))
    if experiment.identity:
        bench.figure("equilibration", figures.equilibration(*settling(experiment, record, seen, temperatures[0])))
    if experiment.keeper:
        bench.figure("errors", figures.errors(temperatures, result))


ORDER = {"magnetisation": "magnetisation |m| per site", "binder": "Binder cumulant U"}  # parameters of a transition
MOMENTS = (("energy_mean", "energy"), ("heat_capacity", "heat_capacity"))


def curve(experiment: Experiment, temperatures: np.ndarray) -> dict[str, np.ndarray] | None:
    """Exact energy and heat capacity along the ladder, as results count them; None where they are not known."""
    if experiment.exact is None:
        return None
    grid = np.union1d(temperatures, np.geomspace(temperatures[0], temperatures[-1], CURVE))
    energy, capacity = np.array([experiment.exact(t) for t in grid.tolist()]).T / experiment.sites
    return {"temperature": grid, "energy": energy, "heat_capacity": capacity}


def settling(
    experiment: Experiment, record: Trace, seen: np.ndarray, coldest: float
) -> tuple[np.ndarray, Estimate, Estimate, float]:
    """Both sides of the identity of Gaussian couplings at the coldest level, in windows of doubling length."""
    energies = record.arrays()["energies"][:, :, :1]
    parts = disorder.windows(len(energies))
    own = [disorder.energy(energies[part], experiment.samples) for part in parts]
    other = [disorder.average(experiment.identity(coldest, seen[part][:, :, :1])) for part in parts]
    sides = [
        Estimate(np.array([e.mean[0] for e in side]) / scale, np.array([e.error[0] for e in side]) / scale)
        for side, scale in ((own, experiment.sites), (other, 1))
    ]
    return np.array([part.stop for part in parts]), *sides, coldest
