"""What task=temper says before its first sweep, while it runs, and what it reads off the record after its last."""

import copy
from itertools import islice
from typing import Any

import numpy as np
import torch
from omegaconf import DictConfig

from physlearn.instruments.notation import plus_minus
from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.lab.build import name_of
from physlearn.lab.progress import counted
from physlearn.tasks.temper.figures import draw
from physlearn.tasks.temper.parts import Experiment, Finished
from physlearn.tempering import diagnostics, disorder, exact, forecast
from physlearn.tempering.diagnostics import Estimate
from physlearn.tempering.permutation import Replicas, replicas
from physlearn.tempering.ranks import Spread
from physlearn.tempering.rounds import exchange
from physlearn.tempering.trace import Trace

PILOT = 200  # sweeps of a trial run where nothing is known of a system beforehand
SLOW = 500  # levels from which on a forecast takes seconds
TOO_FEW = 10  # round trips below which the coldest level has hardly been refreshed


def announce(cfg: DictConfig, bench: BenchProtocol, experiment: Experiment, mover: Spread, ladder: Replicas) -> None:
    """Says what is about to be sampled, and what swaps can be expected, before the first sweep."""
    T, ladders = ladder.temperatures.tolist(), len(ladder.levels)
    bench.say(experiment.words)
    if "optimizer" in cfg:
        equation, every = name_of(cfg.optimizer), counted(cfg.tempering.every, "step")
        bench.say(f"Moved by {equation}, h = lr = {cfg.optimizer.lr:g}, {every} per sweep.")
    copies = f", {ladders} independent ladders" if ladders > 1 else ""
    bench.say(f"{len(T)} temperatures from T = {T[0]:.4g} to {T[-1]:.4g}, {cfg.tempering.ladder}{copies}.")
    if mover.ranks.count > 1:
        bench.say(f"{mover.ranks.total} replicas on {counted(mover.ranks.count, 'rank')}.")
    if len(T) > SLOW:
        bench.say(f"Predicting the acceptance of {len(T) - 1:,} swaps, which takes a while.")
    expected = predict(experiment, mover, ladder)
    bench.say(expected.words()[:1].upper() + expected.words()[1:])
    if cfg.tempering.ladder == "adaptive":
        bench.say(
            f"The ladder is adapted to equal rejection in {counted(cfg.tempering.rounds, 'round')} before the burn-in."
        )
    if cfg.tempering.swap == "none":
        bench.say("No swaps are made: every replica stays at its temperature.")


def predict(experiment: Experiment, mover: Spread, ladder: Replicas) -> forecast.Forecast:
    """The forecast from what is known of the system, else from a trial run of which nothing is kept."""
    if experiment.forecast:
        return experiment.forecast(ladder.temperatures)
    trial = replicas(ladder.temperatures, len(ladder.levels))
    before = copy.deepcopy(experiment.mover.state_dict())
    loop = exchange(
        trial, mover.explore, mover.measure, torch.Generator().manual_seed(0), **experiment.after_swaps(mover)
    )
    energies = torch.stack([result.energies for result in islice(loop, PILOT)])[PILOT // 2 :]
    experiment.mover.load_state_dict(before)
    return forecast.from_energies(ladder.temperatures, energies.numpy())


def progress(record: Trace, ladder: Replicas, sites: int, burn_in: int, last: int) -> dict[str, Any]:
    """One line of metrics: means over the last sweeps, and the round trips since the burn-in."""
    window = slice(max(0, record.length - last), record.length)
    energies = (record.energies[window].mean((0, 1)) / sites).tolist()
    levels = record.levels[burn_in : record.length].numpy()
    return {
        "energy": energies[0],
        "temperature": float(ladder.temperatures[0]),
        "temperature_hottest": float(ladder.temperatures[-1]),
        "acceptance": float(record.probability[window].mean()),
        "round_trips": int(diagnostics.round_trips(levels).sum()) if len(levels) else 0,
        "energies": energies,
        "temperatures": ladder.temperatures.tolist(),
    }


def report(cfg: DictConfig, bench: BenchProtocol, finished: Finished) -> dict[str, Any]:
    """Figures and table of the sweeps after the burn-in; returns what result.json holds, lists in level order."""
    experiment, ladder, record, burn_in = finished.experiment, finished.ladder, finished.record, finished.burn_in
    seen = finished.observed.numpy()
    arrays = {name: series[burn_in:] for name, series in record.arrays().items()}
    temperatures, sites = ladder.temperatures.numpy(), experiment.sites
    energy, capacity = moments(experiment, arrays["energies"], temperatures)
    accepted = diagnostics.acceptance(arrays["probability"])
    expected = (
        experiment.forecast(ladder.temperatures)
        if experiment.forecast
        else forecast.from_energies(ladder.temperatures, arrays["energies"])
    )
    trips, rejection = diagnostics.round_trips(arrays["levels"]), 1 - accepted.mean
    work, each = experiment.work
    result: dict[str, Any] = {
        "barrier": diagnostics.barrier(arrays["probability"]),
        "rungs_needed": expected.temperatures_needed,
        "round_trips": int(trips.sum()),
        "round_trip_rate": float(trips.sum(1).mean() / len(arrays["levels"])),
        "round_trip_rate_predicted": rate(cfg.tempering.swap, rejection),
        "sweeps": len(arrays["levels"]),
        work: record.length * each * record.ladders * record.replicas,
        "temperatures": temperatures,
        "energy_mean": energy.mean / sites,
        "energy_se": energy.error / sites,
        "heat_capacity": capacity.mean / sites,
        "heat_capacity_se": capacity.error / sites,
        "acceptance": accepted.mean,
        "acceptance_se": accepted.error,
        "acceptance_predicted": expected.acceptance,
        "mover_acceptance": finished.mover_acceptance,
        "energy_autocorrelation_sweeps": diagnostics.energy_times(arrays["energies"]),
    }
    if not experiment.samples:
        free = diagnostics.log_z(arrays["energies"], temperatures)
        result |= {"log_z": free.mean, "log_z_se": free.error}
    if experiment.exact:
        truth = np.array([experiment.exact(t) for t in temperatures]) / sites  # (level, 2)
        result |= {"energy_exact": truth[:, 0], "heat_capacity_exact": truth[:, 1]}
    result |= observations(experiment, seen[burn_in:], temperatures)
    result |= criticality(experiment, seen[burn_in:])
    if experiment.identity:
        result |= identity(experiment, arrays["energies"], seen[burn_in:], temperatures)
    if experiment.keeper:
        result |= experiment.keeper.scores()
    draw(bench, finished, arrays, result)
    bench.summary(*table(result, experiment))
    if cfg.tempering.swap != "none" and result["round_trips"] < TOO_FEW:
        few = record.replicas < 0.8 * result["rungs_needed"]
        levels = f", tempering.replicas={result['rungs_needed']}" if few else ""
        bench.say(
            f"Warning: {counted(result['round_trips'], 'round trip')} in all: almost no state has passed from the "
            "hottest temperature to the coldest. "
            f"Type a larger task.sweeps{levels} or a lower tempering.maximum."
        )
    return result


def moments(experiment: Experiment, energies: np.ndarray, temperatures: np.ndarray) -> tuple[Estimate, Estimate]:
    """<E> and C of every level, totals; of spin glasses averaged over the samples of the couplings."""
    if experiment.samples:
        samples = experiment.samples
        return disorder.energy(energies, samples), disorder.heat_capacity(energies, temperatures, samples)
    return diagnostics.energy(energies), diagnostics.heat_capacity(energies, temperatures)


def criticality(experiment: Experiment, seen: np.ndarray) -> dict[str, Any]:
    """T_c where it is known, and the Binder cumulant where the moments of m are observed."""
    result: dict[str, Any] = {"critical_temperature": experiment.critical} if experiment.critical else {}
    if "magnetisation_4" in experiment.names:
        square, fourth = (seen[..., experiment.names.index(f"magnetisation_{k}")] for k in (2, 4))
        cumulant = diagnostics.binder(square, fourth)
        result |= {"binder": cumulant.mean, "binder_se": cumulant.error}
    return result


def rate(swap: str, rejection: np.ndarray) -> float | None:
    """Round trips per sweep that independent swaps would make at these rejections; None where it cannot be said."""
    if swap == "none" or rejection.max() >= 1:
        return None
    return exact.round_trip_rate(rejection.clip(0, None), deterministic=swap == "deo")


def observations(experiment: Experiment, seen: np.ndarray, temperatures: np.ndarray) -> dict[str, np.ndarray]:
    """Mean, standard error and, where it is known, the exact value of what was observed: name -> (level,)."""
    found: dict[str, np.ndarray] = {}
    for k, name in enumerate(experiment.names):
        series = seen[..., k]  # (sweep, group, level)
        value = disorder.average(series) if experiment.samples else diagnostics.energy(series)
        found |= {name: value.mean, f"{name}_se": value.error}
        found[f"{name}_autocorrelation_sweeps"] = diagnostics.energy_times(series)
        if experiment.expected:
            found[f"{name}_exact"] = np.array([experiment.expected(t)[k] for t in temperatures])
    return found


def identity(
    experiment: Experiment, energies: np.ndarray, seen: np.ndarray, temperatures: np.ndarray
) -> dict[str, np.ndarray]:
    """The energy per spin of Gaussian couplings in equilibrium, and how far off the measured one is: (level,)."""
    samples = experiment.samples
    other = experiment.identity(temperatures, seen[..., 0])  # (sweep, sample, level)
    own = energies.reshape(len(energies), samples, -1, len(temperatures)).mean(2) / experiment.sites
    value, difference = disorder.average(other), disorder.average(own - other)  # the couplings are the same
    return {
        "identity_energy": value.mean,
        "identity_energy_se": value.error,
        "identity_z": difference.mean / difference.error,
    }


def table(result: dict[str, Any], experiment: Experiment) -> tuple[str, tuple[str, ...], list[tuple[str, ...]]]:
    """The table that ends a run: a row per level, from the coldest."""

    def with_error(name: str, i: int) -> str:
        return plus_minus(result[name][i], result[f"{name}_se"][i])

    known, unit = "energy_exact" in result, experiment.unit
    columns = ["T", f"energy ({unit})", *(["exact"] if known else []), "heat capacity", *(["exact"] if known else [])]
    columns += ["acceptance", "predicted", *(name.replace("_", " ") for name in experiment.names)]
    columns += ["energy from overlaps"] if experiment.identity else []
    columns += ["test error (average)"] if "ensemble_test_error" in result else []
    rows = []
    for i, temperature in enumerate(result["temperatures"]):
        last = i == len(result["acceptance"])
        energy = plus_minus(result["energy_mean"][i], result["energy_se"][i])
        row = [f"{temperature:.4g}", energy, *([f"{result['energy_exact'][i]:.5g}"] if known else [])]
        row += [with_error("heat_capacity", i), *([f"{result['heat_capacity_exact'][i]:.5g}"] if known else [])]
        row += ["", ""] if last else [f"{result['acceptance'][i]:.3f}", f"{result['acceptance_predicted'][i]:.3f}"]
        row += [with_error(name, i) for name in experiment.names]
        if experiment.identity:
            row.append(with_error("identity_energy", i))
        if "ensemble_test_error" in result:
            row.append(f"{100 * result['ensemble_test_error'][i]:.2f} %")
        rows.append(tuple(row))
    trips, barrier = result["round_trips"], result["barrier"]
    return (
        f"Replica exchange: {counted(trips, 'round trip')}, communication barrier {barrier:.3g}",
        tuple(columns),
        rows,
    )
