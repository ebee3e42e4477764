"""task=temper: what a run writes beside means and errors, on systems where each number is known."""

import copy
import json
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from stopping import Stopping, checked, run_task

from physlearn.dynamics import exact
from physlearn.lab.build import build
from physlearn.systems.exact import all_spins
from physlearn.systems.spin_glass import sherrington_kirkpatrick
from physlearn.systems.square_lattice import Ising
from physlearn.tasks.temper import report as temper_report
from physlearn.tasks.temper import run as temper
from physlearn.tasks.temper.parts import Context
from physlearn.tempering.permutation import replicas

STEP, STIFFNESS, EVERY, DEGREES = 0.35, 1.6, 2, 6
WELLS = (
    *("task=temper", "threads=1", "precision=float64", "system=harmonic", f"system.dimension={DEGREES}"),
    *(f"system.stiffness={STIFFNESS}", "optimizer=langevin", "optimizer.noise=gaussian", f"optimizer.lr={STEP}"),
    *(
        f"tempering.every={EVERY}",
        "tempering=independent",
        "tempering.ladder=explicit",
        "tempering.temperatures=[0.6,1.5]",
        "tempering.ladders=5",
    ),
    *("task.sweeps=1200", "task.burn_in=20", "task.log_every=300"),
)


@pytest.fixture(autouse=True, scope="module")
def no_pictures():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(temper_report, "draw", lambda *_: None)
        yield


def run(directory, words):
    result = run_task(temper.run, directory, checked(*words))
    lines = [json.loads(line) for line in result.pop("metrics.jsonl").splitlines()]
    lists = {name: np.array(value) for name, value in result.items() if isinstance(value, list)}
    return SimpleNamespace(**(result | lists), lines=lines, said=(directory / "notes.txt").read_text())


@pytest.fixture(scope="module")
def wells(tmp_path_factory):
    return run(tmp_path_factory.mktemp("wells") / "run", WELLS)


def test_langevin_steps_leave_eulers_energy_and_its_memory(wells):
    """<E> = (d/2) T/(1 - hk/2); x is an AR(1) with (1 - hk)^every a sweep, E one with its square."""
    T = np.array([0.6, 1.5])
    energy = DEGREES / 2 * STIFFNESS * exact.euler_variance(STEP, STIFFNESS, T)
    assert (np.abs(wells.energy_mean - energy) < 4 * wells.energy_se).all()
    assert (wells.energy_se < 0.02 * energy).all()
    assert wells.energy_exact == pytest.approx(DEGREES * T / 2)
    assert (np.abs(wells.energy_mean - wells.energy_exact) > 6 * wells.energy_se).all()  # the step's own heat
    rho = (1 - STEP * STIFFNESS) ** (2 * EVERY)
    memory = (1 + rho) / (1 - rho)
    assert wells.energy_autocorrelation_sweeps == pytest.approx([memory] * 2, rel=0.08)
    se = energy * (2 / DEGREES * memory / 6000) ** 0.5
    assert wells.energy_se == pytest.approx(se, rel=0.2)


def test_every_row_has_noise_of_its_own(wells):
    """With one stream for all, energies at two temperatures are the same curve, T times as high."""
    assert wells.energy_mean[0] / 0.6 != pytest.approx(wells.energy_mean[1] / 1.5, rel=1e-6)
    assert wells.energy_se[0] / 0.6 != pytest.approx(wells.energy_se[1] / 1.5, rel=1e-6)


def test_the_movers_own_acceptance_is_malas(tmp_path):
    """2 I_q(d/2, d/2) at every temperature, within 4 standard errors of 8,000 proposals; they hardly remember."""
    words = [word for word in WELLS if not word.startswith("optimizer.noise")]
    result = run(tmp_path / "run", [*words, "optimizer=mala", f"optimizer.lr={2 * STEP}", "task.sweeps=380"])
    a = exact.mala_acceptance(2 * STEP, STIFFNESS, DEGREES)
    assert 0.2 < a < 0.6
    assert abs(result.mover_acceptance - a) < 4 * (a * (1 - a) / 8000) ** 0.5


def test_swaps_follow_the_seed(tmp_path, monkeypatch):
    asked, stream = [], temper.stream
    monkeypatch.setattr(temper, "stream", lambda *given: (asked.append(given), stream(*given))[1])
    run(tmp_path / "run", [*WELLS, "seed=3", "task.sweeps=10", "task.burn_in=1"])
    assert asked == [(3, "swaps")]


def test_spins_follow_the_seed_where_nothing_swaps(tmp_path):
    words = ("task=temper", "threads=1", "system=ising", "system.size=4", "tempering.replicas=2", "tempering.swap=none")
    found = [
        run(tmp_path / f"{seed}", [*words, "task.sweeps=20", "task.burn_in=1", f"seed={seed}"]).energy_mean
        for seed in (0, 1)
    ]
    assert (found[0] != found[1]).all()


def test_work_and_sweeps_are_counted(wells):
    assert wells.gradient_evaluations == 1220 * EVERY * 2 * 5
    assert wells.sweeps == 1200
    assert (wells.round_trips, wells.round_trip_rate, wells.round_trip_rate_predicted) == (0, 0, None)


def test_the_burn_in_comes_after_the_ladder_was_adapted(tmp_path, monkeypatch):
    """One round of adaptation is 50 sweeps, and then 7 are left out: of energies, and of what is observed."""
    lengths, observations = [], temper_report.observations
    noted = lambda e, seen, t: (lengths.append(len(seen)), observations(e, seen, t))[1]  # noqa: E731
    monkeypatch.setattr(temper_report, "observations", noted)
    words = ("task=temper", "threads=1", "system=ising", "system.size=4", "tempering.replicas=3", "tempering.ladders=2")
    more = ("tempering.ladder=adaptive", "tempering.rounds=1", "task.burn_in=7", "task.sweeps=20")
    result = run(tmp_path / "run", [*words, *more])
    assert result.spin_updates == (50 + 7 + 20) * 16 * 3 * 2
    assert result.sweeps == 20
    assert lengths == [20]


def test_lines_are_means_over_the_sweeps_since_the_line_before(wells):
    """Four lines of 300 sweeps: the burn-in of 20 is in the first, and 20 sweeps after the last are in none."""
    assert [line["step"] for line in wells.lines] == [300, 600, 900, 1200]
    energies = np.array([line["energies"] for line in wells.lines])
    assert energies.mean(0) == pytest.approx(wells.energy_mean, rel=0.02)
    assert len(set(energies[:, 0])) == 4
    assert [line["energy"] for line in wells.lines] == energies[:, 0].tolist()
    assert all((line["temperature"], line["temperature_hottest"]) == (0.6, 1.5) for line in wells.lines)


def test_a_line_looks_back_to_the_line_before_and_counts_trips_from_the_burn_in_on():
    """Two replicas that change places in every sweep: after a burn-in of 6 out of 10 sweeps one trip each, at most."""
    series = torch.arange(12, dtype=torch.float64)[:, None, None]  # (sweep, ladder, level): energies 0, 1, 2, ...
    levels = torch.tensor([[[0, 1]], [[1, 0]]]).repeat(6, 1, 1)
    record = SimpleNamespace(length=10, energies=series.repeat(1, 1, 2), probability=series / 100, levels=levels)
    ladder = replicas([1.0, 2.0])
    line = temper_report.progress(record, ladder, sites=2, burn_in=6, last=3)
    assert line["energies"] == [8 / 2, 8 / 2]  # sweeps 7, 8, 9
    assert line["acceptance"] == pytest.approx(0.08)
    trips = [temper_report.progress(record, ladder, 2, burn_in, 3)["round_trips"] for burn_in in (0, 6, 10)]
    assert trips == [8, 2, 0]


def test_the_burn_in_is_counted_in_nothing(tmp_path):
    """All begin at the minimum, E = 0, and creep up: a slow step, whose first sweeps would show in every mean."""
    words = [
        *WELLS,
        "optimizer.lr=0.005",
        "task.sweeps=60",
        "task.burn_in=400",
        "system.dimension=200",
        "tempering.ladders=2",
    ]
    energy = 100 * np.array([0.6, 1.5])
    result = run(tmp_path / "late", words)
    assert (np.abs(result.energy_mean - energy) < 0.15 * energy).all()
    early = run(tmp_path / "early", [*words, "task.burn_in=0"])
    assert (early.energy_mean < 0.6 * energy).all()


def test_a_linear_ladder_and_the_forecast_of_what_swaps_will_do(tmp_path):
    words = [word for word in WELLS if not word.startswith(("tempering", "task.sweeps"))]
    more = ("tempering.ladder=linear", "tempering.minimum=1", "tempering.maximum=4", "tempering.replicas=4")
    result = run(tmp_path / "run", [*words, *more, "tempering.ladders=3", "task.sweeps=200", "optimizer.lr=0.1"])
    assert result.temperatures == pytest.approx([1, 2, 3, 4])
    assert result.round_trip_rate == pytest.approx(result.round_trips / 3 / 200)
    rejection = 1 - result.acceptance
    assert result.round_trip_rate_predicted == pytest.approx(1 / (2 + 2 * (rejection / (1 - rejection)).sum()))
    assert result.barrier == pytest.approx(rejection.sum())
    predicted = temper_report.rate("seo", rejection)
    assert predicted == pytest.approx(1 / (2 * 3 + 2 * (rejection / (1 - rejection)).sum()))


def test_the_magnetisation_by_enumeration(tmp_path):
    """<|m|> per site of the 4 x 4 lattice."""
    words = ("task=temper", "threads=1", "system=ising", "system.size=4", "tempering.replicas=4", "task.sweeps=800")
    result = run(tmp_path / "run", [*words, "task.burn_in=50"])
    states = all_spins(16).to(torch.int8).view(-1, 4, 4)
    energies, m = Ising(4).energy(states).double(), states.double().mean((1, 2)).abs()
    known = np.array([float((-energies / t).softmax(0) @ m) for t in result.temperatures])
    assert (np.abs(result.magnetisation - known) < 4 * result.magnetisation_se).all()
    two, four = (np.array([float((-energies / t).softmax(0) @ m**k) for t in result.temperatures]) for k in (2, 4))
    cumulant = 1 - four / (3 * two**2)  # Binder's
    assert (np.abs(result.binder - cumulant) < 4 * result.binder_se).all()
    assert (np.abs(result.binder - (1 - four / two**2)) > 4 * result.binder_se).all()  # without the 3
    assert (result.binder_se < 0.05).all()
    assert result.critical_temperature == pytest.approx(2 / np.log(1 + 2**0.5))
    assert (result.magnetisation_se < 0.03).all()
    variance = result.heat_capacity * result.temperatures**2 / 16  # of the energy per site
    independent = 4 * 800 / result.energy_autocorrelation_sweeps  # four ladders
    assert result.energy_se == pytest.approx((variance / independent) ** 0.5, rel=0.5)  # not that of the total energy
    assert (result.heat_capacity_se < 0.3 * result.heat_capacity).all()


def test_a_trial_run_leaves_nothing_behind_and_counts_its_second_half(tmp_path, monkeypatch):
    config = checked("task=temper", "threads=1", "system=spin_glass", "system.spins=8", "system.samples=2")
    bench, ladder = Stopping(tmp_path, config, quiet=True), replicas([1.0, 2.0], ladders=4)
    experiment = build("system", config.system, Context(config, bench, range(8)))
    bench.metrics.close()
    before, given = copy.deepcopy(experiment.mover.state_dict()), []
    monkeypatch.setattr(temper_report, "PILOT", 12)
    monkeypatch.setattr(temper_report.forecast, "from_energies", lambda *a: given.append(a))
    temper_report.predict(experiment, experiment.mover, ladder)
    after = experiment.mover.state_dict()
    assert torch.equal(before["states"], after["states"])
    assert before["drawn"] == after["drawn"]
    assert given[0][1].shape == (6, 4, 2)  # (sweep, ladder, level)
    assert ladder.sweep == 0


def test_every_row_has_the_couplings_of_its_own_sample():
    """5 samples of 2 ladders of 3 levels, 30 rows: all of them, those of two samples, and a part of one sample's."""
    whole = sherrington_kirkpatrick(6, torch.Generator().manual_seed(1), 5)
    for rows in (range(30), range(6, 18), range(20, 22)):
        own = whole.of_rows(rows, each=6).couplings  # (piece, spin, spin)
        by_row = own.repeat_interleave(len(rows) // len(own), 0)
        assert torch.equal(by_row, whole.couplings[torch.tensor(rows) // 6])


def test_heat_capacities_of_glasses_are_within_a_sample():
    """Samples whose energies scatter by 5, two ladders each that fluctuate by T: C = 1; all in one, C is over 20."""
    rng, T = np.random.default_rng(2), np.array([0.5, 1.0])
    means = rng.normal(0, 5, (20, 1, 1)).repeat(2, 1).reshape(-1, 1)  # (ladder, 1)
    energies = means + rng.normal(0, T, (400, 40, 2))
    _, capacity = temper_report.moments(SimpleNamespace(samples=20), energies, T)
    assert (np.abs(capacity.mean - 1) < 4 * capacity.error).all()
    assert (capacity.error < 0.05).all()
    _, mixed = temper_report.moments(SimpleNamespace(samples=0), energies, T)
    assert (mixed.mean > 10).all()


def test_a_start_that_has_not_gone_is_warned_of(wells, tmp_path):
    assert "Warning" not in wells.said  # no swaps: no round trips are missing
    words = [*WELLS, "tempering.swap=deo", "task.sweeps=20", "tempering.temperatures=[0.001,1.5]"]
    assert "Warning: 0 round trips in all" in run(tmp_path / "run", words).said
