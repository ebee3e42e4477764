"""Figures draw what their tables hold."""

import numpy as np
import pytest

from physlearn.tempering import diagnostics, exact, figures

LEVELS, SWEEPS = 5, 300
ERRORS = ("test_error", "ensemble_test_error")


@pytest.fixture
def record():
    rng = np.random.default_rng(1)
    temperatures = np.geomspace(1.0, 3.0, LEVELS)
    energies = rng.gamma(6.0, temperatures, (SWEEPS, 2, LEVELS))
    levels = np.argsort(rng.random((SWEEPS, 2, LEVELS)), axis=2)
    probability = rng.random((SWEEPS, 2, LEVELS - 1))
    return temperatures, energies, levels, probability


def drawings(record):
    temperatures, energies, levels, probability = record
    accepted = diagnostics.acceptance(probability)
    grid = np.linspace(1, 3, 20)
    truth = {"temperature": grid, "energy": 6 * grid, "heat_capacity": np.full(20, 6.0)}
    free = exact.flow(1 - accepted.mean)
    times, side = np.array([1, 10, 100]), diagnostics.Estimate(np.ones(3), np.full(3, 0.1))
    energy, capacity = diagnostics.energy(energies), diagnostics.heat_capacity(energies, temperatures)
    return {
        "acceptance": figures.acceptance(temperatures, accepted, np.full(LEVELS - 1, 0.5)),
        "trajectories": figures.trajectories(levels, temperatures, sweeps=100),
        "flow": figures.flow(temperatures, diagnostics.flow(levels), free),
        "histograms": figures.histograms(energies, temperatures, diagnostics.histogram_overlap(energies)),
        "observables": figures.observables(temperatures, energy, capacity, truth),
        "errors": figures.errors(temperatures, {name: np.full(LEVELS, 0.1) for name in ERRORS}),
        "equilibration": figures.equilibration(times, side, side, 0.4),
    }


def test_tables_have_equal_columns_and_axes_have_names(record):
    for name, (drawing, table) in drawings(record).items():
        assert len({len(column) for column in table.values()}) == 1, name
        assert all(axes.get_ylabel() or drawing.get_supylabel() for axes in drawing.axes), name
        assert any(axes.get_xlabel() for axes in drawing.axes), name
        assert drawing.get_label(), name
        drawing.canvas.draw()


def test_lines_are_the_columns(record):
    drawn = drawings(record)
    figure, table = drawn["flow"]
    assert (figure.axes[0].lines[0].get_ydata() == table["flow"]).all()
    figure, table = drawn["trajectories"]
    assert len(table["sweep"]) == 100
    assert (figure.axes[0].lines[0].get_ydata() == table["temperature_1"]).all()
    table = drawn["observables"][1]
    assert table["energy_exact"] == pytest.approx(6 * table["temperature"])


def test_overlap_of_histograms():
    rng = np.random.default_rng(2)
    same = rng.normal(size=(40_000, 1, 1))
    series = np.concatenate([same, same, same + 100], 2)
    assert diagnostics.histogram_overlap(series).tolist() == pytest.approx([1, 0])
    apart = np.stack([rng.normal(0, 1, 40_000), rng.normal(1, 1, 40_000)], 1)[:, None]
    assert diagnostics.histogram_overlap(apart)[0] == pytest.approx(0.617, abs=0.02)  # 2 Phi(-1/2)


def test_bins_of_discrete_levels_hold_as_many_each():
    """Energies in steps of 4/N: no bin is empty or doubled by where its edges fall."""
    levels = np.arange(-64, 65)[:, None, None] * 4 / 256
    counts, _ = np.histogram(levels.repeat(50, 0), diagnostics.histogram_edges(levels.repeat(50, 0), 40))
    assert set(counts[:-1]) == {200}
    assert len(counts) <= 40
    assert len(diagnostics.histogram_edges(np.random.default_rng(3).normal(size=(500, 1, 2)), 40)) == 41
