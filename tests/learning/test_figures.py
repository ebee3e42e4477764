"""Every figure returns the very table that it draws, in columns of equal length."""

import io

import numpy as np
import pytest
from matplotlib.figure import Figure

from physlearn.learning import figures, transition_figures
from physlearn.learning.linear import generalisation_error
from physlearn.learning.theory import quenched

LIMIT = (np.array([1.0]), np.array([0.41]), np.array([0.002]))
DRAWINGS = {
    "curve": lambda: figures.learning_curve([50, 50, 90], [0.5, 1, 1], [0.45, 0.41, 0.42], [0.01] * 3, 1.0,
                                            "spherical", LIMIT),
    "ising": lambda: figures.learning_curve([50, 50], [0.5, 3], [0.45, 0.0], [0.01] * 2, 1.0, "ising"),
    "collapse": lambda: figures.collapse([1, 1, 2], [0.5, 1, 1], [0.45, 0.41, 0.42], [0.01] * 3, "ising"),
    "hysteresis": lambda: transition_figures.hysteresis(
        [20, 20, 40], [3, 30, 3], [[1, 2, 3]] * 3, [[0.1, 0.5, 1.0]] * 3, [[0.2, 0.9, 1.0]] * 3,
        np.array([[2.5, 1.5], [2.4, np.nan], [2.6, 1.2]]), np.full((3, 2), 0.1), 1.0),
    "diagram": lambda: transition_figures.diagram([0.0, 0.2, 1.0], [1.2, 1.3, 2.3], [1.5, 1.5, 2.8], [1.2, 1.4, np.nan],
                                       [1.4, 1.5, 2.4], [0.5] * 3, [1, 0.9, 0.2]),
    "descent": lambda: figures.double_descent([0.5, 1, 1], [0.1, 0.1, 0.2], [0.5] * 3, [0.1] * 3, [1, 2, 1.0],
                                              [0.1] * 3, [1, 2, 1.1]),
    "entropy": lambda: transition_figures.entropy([8, 8, 12], [0.5, 1, 0.5], [0.37, 0.1, 0.37], [0.01] * 3, 0.0),
    "networks": lambda: figures.network_curves([100, 100, 300, 300], [0, 1e-3, 0, 1e-3], [0.3, 0.4, 0.2, 0.3],
                                               [0.01, np.nan, 0.01, 0.01], [0.2, 0.3, 0.1, 0.2]),
}  # fmt: skip


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_figure_comes_with_its_table(name):
    drawing, table = DRAWINGS[name]()
    assert isinstance(drawing, Figure)
    assert len({len(column) for column in table.values()}) == 1
    assert all(np.ndim(column) == 1 for column in table.values())
    drawing.savefig(io.BytesIO(), format="png", dpi=40)
    assert drawing.axes[-1].get_xlabel()
    assert drawing.axes[0].get_ylabel()


def test_theory_columns_are_the_theorys():
    assert DRAWINGS["curve"]()[1]["theory"][1] == pytest.approx(quenched(1.0, 1.0).error)
    assert DRAWINGS["ising"]()[1]["theory"].tolist() == [quenched(0.5, 1.0, "ising").error, 0.0]
    assert DRAWINGS["descent"]()[1]["formula"][0] == pytest.approx(generalisation_error(0.5, 0.1, 0.5, 0.1))
