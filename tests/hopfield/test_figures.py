"""Every figure returns the very table that it draws, in columns of equal length."""

import io

import numpy as np
import pytest
from matplotlib.figure import Figure

from physlearn.hopfield import figures

RNG = np.random.default_rng(0)
SPINS = np.sign(RNG.normal(size=(4, 5, 12)))
DRAWINGS = {
    "strip": lambda: figures.recall_strip(SPINS, ["stored", "corrupted", "1 sweep", "2 sweeps"], (3, 4), most=3),
    "energy": lambda: figures.energy_trace({"hebb": -RNG.random((6, 9)), "projection": -RNG.random((6, 9))}),
    "capacity": lambda: figures.capacity([500, 500, 900], [0.1, 0.15, 0.1], [0.99, 0.7, 0.98], [0.01, 0.02, 0.01]),
    "crossing": lambda: figures.crossing([500, 500, 900], [0.1, 0.15, 0.1], [1, 0.7, 1], [0, 0.02, 0], 0.137),
    "phase": lambda: figures.phase_diagram([0.02, 0.1], [0.0, 0.4, 0.8], RNG.random((2, 3)), np.full((2, 3), 0.01)),
    "basin": lambda: figures.basin([0.1, 0.1, 0.2], [0.5, 1.0, 0.5], [0.9, 1.0, 0.4], [0.01, 0.0, 0.02]),
    "pruned": lambda: figures.pruned_overlap(
        [0.05, 0.1, 0.02], [0.99, 0.9, 0.98], [0.01] * 3, ["magnitude", "magnitude", "random"], [0.1, 0.1, 0.1]
    ),
    "dilution": lambda: figures.dilution(
        [0.1, 0.5], ["magnitude", "random"], [0.08, None], [0.002, None], [0.07, 0.09]
    ),
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_figure_comes_with_its_table(name):
    drawing, table = DRAWINGS[name]()
    assert isinstance(drawing, Figure)
    assert len({len(column) for column in table.values()}) == 1
    assert all(np.ndim(column) == 1 for column in table.values())
    drawing.savefig(io.BytesIO(), format="png", dpi=40)
    for axis in drawing.axes[: 1 if name != "strip" else 0]:
        assert axis.get_xlabel()
        assert axis.get_ylabel()


def test_the_strip_states_overlaps():
    _, table = DRAWINGS["strip"]()
    assert table["overlap"][:5] == pytest.approx(np.ones(5))
    assert table["overlap"][5] == pytest.approx((SPINS[0, 0] * SPINS[1, 0]).mean())


def test_theory_columns_are_the_theorys():
    _, table = DRAWINGS["capacity"]()
    assert table["theory"][0] == pytest.approx(0.997999, abs=1e-6)
    assert np.isnan(table["theory"][1])
    _, table = DRAWINGS["dilution"]()
    assert table["theory"] == pytest.approx([0.0793, 0.0865], abs=1e-4)
