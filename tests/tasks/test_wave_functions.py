"""task=wave_functions: seeds are one point, unknown energies and other tasks are left out, sweeps get the figures."""

import json
from functools import cache

import pytest
from omegaconf import OmegaConf
from screen import Screen

from physlearn.lab.config import compose, own_part
from physlearn.lab.errors import UserError
from physlearn.quantum import figures
from physlearn.tasks.wave_functions import run as module


@cache
def composed(task, *words):
    return own_part(compose([f"task={task}", "threads=1", *words]))


@pytest.fixture
def make(tmp_path):
    """make(name, result, *words): the files of a finished run."""

    def run(name, result, *words, task="ground_state"):
        directory = tmp_path / "runs" / name
        directory.mkdir(parents=True)
        config = composed(task, *(word for word in words if word.startswith(("state=", "system="))))
        config = OmegaConf.merge(
            config, OmegaConf.from_dotlist([word for word in words if "." in word or "seed" in word])
        )
        (directory / "config.yaml").write_text(OmegaConf.to_yaml(config, resolve=True))
        (directory / "status.json").write_text(json.dumps({"state": "done"}))
        (directory / "result.json").write_text(json.dumps(result))

    (tmp_path / "runs").mkdir()
    return run


def result(error, parameters, sites=10):
    return {"relative_error": error, "parameters": parameters, "vector": 2.0**sites, "seconds": 1.0}


def test_points_of_curves(make, tmp_path):
    ring = ("system.size=10", "system.periodic=true")
    make("0", result(1e-3, 20), "state=rbm", "state.width=1", "seed=0", *ring)
    make("1", result(3e-3, 20), "state=rbm", "state.width=1", "seed=1", *ring)
    make("2", result(-1e-5, 40), "state=rbm", "state.width=2", *ring)
    make("3", result(2e-2, 72), "state.width=2", *ring)
    make("4", {"energy": -1.0, "parameters": 9}, "state.width=2", "system=heisenberg", "system.size=40")
    make("5", {"test_error": 0.1}, task="train")
    make("6", result(4e-6, 108), "state=convolution", "state.width=3", *ring)
    make("7", result(5e-4, 21), "state=rbm", "state.width=2", "state.complex=true", *ring)
    screen = Screen()
    cfg = OmegaConf.create({"runs": str(tmp_path / "runs")})
    lowest = {"best_error": 4e-6, "best_state": "convolution", "best_parameters": 108}
    assert module.run(cfg, screen) == {"groups": 5, "runs": 6, **lowest}
    table = screen.figures["error_against_parameters"]
    kinds = ["complex network", "convolution", "matrix product", "network", "network"]
    assert table["curve"].tolist() == [f"{kind}, N = 10" for kind in kinds]
    assert table["parameters"].tolist() == [21, 108, 72, 20, 40]
    assert table["relative error"].tolist() == pytest.approx([5e-4, 4e-6, 2e-2, 2e-3, 1e-5])
    assert table["standard error"][3] == pytest.approx(1e-3)
    assert screen.figures["error_against_width"]["width"].tolist() == ["α=2", "F=3", "D=2", "α=1", "α=2"]
    assert [row["n"] for row in screen.rows] == ["1", "1", "1", "2", "1"]
    module.after_sweep([tmp_path / "runs"], tmp_path)
    assert (tmp_path / "figures" / "error_against_parameters.csv").exists()


def test_nothing_to_draw_is_named(make, tmp_path):
    make("5", {"test_error": 0.1}, task="train")
    with pytest.raises(UserError, match="no finished run of task=ground_state with a known energy lies there"):
        module.run(OmegaConf.create({"runs": [str(tmp_path / "runs")]}), Screen())
    module.after_sweep([tmp_path / "runs"], tmp_path)
    assert not (tmp_path / "figures").exists()


def test_figures_draw_what_they_are_given():
    drawing, table = figures.convergence([1, 2], [-1.0, -1.9], -2.0, "sweeps")
    assert table["relative error"].tolist() == pytest.approx([0.5, 0.05])
    assert drawing.axes[0].get_yscale() == "log"
    assert "relative error" not in figures.convergence([1, 2], [-1.0, -1.9], None, "sweeps")[1]
    _, table = figures.entropy([0.5, 0.6, 0.5], [0.5, 0.61, 0.5], 0.5, True)
    assert table["conformal"][1] == pytest.approx(0.6)
    assert table["conformal"][0] == pytest.approx(0.6 + 0.5 / 3 * -0.34657359, abs=1e-6)
