"""task=bonds: seeds are one point, other models are left out, and a sweep of them gets the figure by itself."""

import json
import math

import pytest
from omegaconf import OmegaConf
from screen import Screen

from physlearn.lab.check import check
from physlearn.lab.config import compose, own_part
from physlearn.lab.errors import UserError
from physlearn.lab.run_directory import as_dict
from physlearn.tasks.bonds import run as bonds
from physlearn.tasks.setup.rules import rules
from physlearn.tensor.published import STOUDENMIRE


@pytest.fixture
def make(tmp_path):
    """make(name, error, *words): the files of a finished run of task=train."""

    def run(name, error, *words, state="done"):
        directory = tmp_path / "runs" / name
        directory.mkdir(parents=True)
        config = own_part(compose(["task=train", "threads=1", "data=mnist", *words]))
        (directory / "config.yaml").write_text(OmegaConf.to_yaml(config, resolve=True))
        (directory / "status.json").write_text(json.dumps({"state": state}))
        (directory / "result.json").write_text(json.dumps({"test_error": error, "parameters": 1000, "seconds": 60.0}))

    (tmp_path / "runs").mkdir()
    return run


def look(tmp_path):
    config = own_part(compose(["task=bonds", f"runs={tmp_path / 'runs'}"]))
    check(as_dict(config), rules("bonds"))
    screen = Screen()
    return bonds.run(config, screen), screen


def test_seeds_are_one_point(make, tmp_path):
    for seed, error in enumerate((0.014, 0.015, 0.016)):
        make(f"a{seed}", error, "model=mps", "model.bond=20", f"seed={seed}")
    make("b", 0.012, "model=mps", "model.bond=50")
    make("moved", 0.009, "model=mps", "model.bond=50", "task.shift=1", "seed=5")
    make("other", 0.5, "model=mlp")
    make("unfinished", 0.5, "model=mps", state="running")
    make("unread", None, "model=mps", "seed=9")
    result, screen = look(tmp_path)
    assert math.isnan(result.pop("best_error_se"))  # of one run
    assert result == {"groups": 3, "runs": 5, "best_bond": 50, "best_error": 0.012}  # that of images as they are
    drawn = screen.figures["error_against_bond"]
    assert drawn["bond"].tolist() == [20, 50, 50]
    assert drawn["error"].tolist() == pytest.approx([0.015, 0.012, 0.009])
    assert drawn["standard error"][0] == pytest.approx(0.001 / math.sqrt(3))
    assert drawn["n"].tolist() == [3, 1, 1]
    assert [row["test error"] for row in screen.rows] == ["1.50 ± 0.06 %", "1.20 %", "0.90 %"]
    assert [row["shift"] for row in screen.rows] == ["0", "0", "1"] == [f"{x}" for x in drawn["shift"]]
    assert STOUDENMIRE[120] == 0.0097


def test_nothing_there_is_one_line(make, tmp_path):
    make("other", 0.5, "model=mlp")
    with pytest.raises(UserError, match="no finished run of model=mps"):
        look(tmp_path)


def test_a_sweep_gets_its_figure(make, tmp_path):
    make("0", 0.02, "model=mps")
    bonds.after_sweep([tmp_path / "runs"], tmp_path / "runs")
    assert (tmp_path / "runs/figures/error_against_bond.png").exists()


def test_a_sweep_of_other_models_gets_none(make, tmp_path):
    make("0", 0.02, "model=mlp")
    bonds.after_sweep([tmp_path / "runs"], tmp_path / "runs")
    assert not (tmp_path / "runs/figures").exists()
