"""task=bytes: seeds are one point, ensembles a curve of their own, and what was not tested is left out."""

import json
import math

import pytest
from omegaconf import OmegaConf
from screen import Screen
from stopping import checked

from physlearn.lab.errors import UserError
from physlearn.tasks.bytes import run as bytes_run


@pytest.fixture
def make(tmp_path):
    """make(name, result, *words): the files of a finished run."""

    def run(name, result, *words, state="done"):
        directory = tmp_path / "runs" / name
        directory.mkdir(parents=True)
        (directory / "config.yaml").write_text(OmegaConf.to_yaml(checked("threads=1", *words), resolve=True))
        (directory / "overrides.txt").write_text("\n".join(words))
        (directory / "status.json").write_text(json.dumps({"state": state}))
        (directory / "result.json").write_text(json.dumps(result))

    (tmp_path / "runs").mkdir()
    return run


def look(tmp_path):
    screen = Screen()
    return bytes_run.run(checked("task=bytes", f"runs={tmp_path / 'runs'}"), screen), screen


def one(kept, size, error):
    scores = {f"test_{key}_after_load": value for key, value in (("error", error), ("nll", 0.05), ("ece", 0.01))}
    return {"weights": 1000, "weights_kept": kept, "file_bytes": size} | scores


def test_points_and_curves(make, tmp_path):
    for seed, error in enumerate((0.014, 0.015, 0.016)):
        make(f"a{seed}", one(20, 300 + seed, error), "task=prune", "pruning.compression=50", f"seed={seed}")
    make("b", one(100, 200, 0.012), "task=prune", "pruning.compression=10")
    make("unread", one(20, 300, None), "task=prune", "seed=9")
    make("running", one(20, 300, 0.5), "task=prune", "seed=8", state="running")
    lists = {"ensemble_bytes": [70, 90], "ensemble_test_nlls": [0.06, 0.04], "ensemble_test_eces": [0.02, 0.01]}
    facts = {"weights": 1000, "weights_kept": 20, "temperature_set": 2e-4, "temperature_posterior": 1e-3}
    for seed in (0, 1):
        found = facts | lists | {"ensemble_test_errors": [0.02 + 0.002 * seed, 0.01]}
        make(f"e{seed}", found, "task=train", "task.sparse=true", f"seed={seed}")
    result, screen = look(tmp_path)
    assert result == {"curves": 2, "runs": 6}
    drawn = screen.figures["scores_against_bytes"]
    assert drawn["curve"].tolist() == ["samples of 50x, T = 0.2/N"] * 2 + ["one network"] * 2
    assert drawn["bytes"].tolist() == [70, 90, 200, 301]  # by bytes, not as they were found
    assert drawn["error"].tolist() == pytest.approx([0.021, 0.01, 0.012, 0.015])
    assert drawn["error standard error"][[0, 3]] == pytest.approx([0.001, 0.001 / math.sqrt(3)])
    assert drawn["nll"].tolist() == pytest.approx([0.06, 0.04, 0.05, 0.05])
    assert drawn["n"].tolist() == [2, 2, 1, 3]
    assert [row["compression"] for row in screen.rows] == ["50x", "50x", "10x", "50x"]
    assert [row["error"] for row in screen.rows] == ["2.10 ± 0.10 %", "1 %", "1.20 %", "1.50 ± 0.06 %"]


def test_nothing_there_is_one_line(make, tmp_path):
    make("other", {"test_error": 0.1}, "task=train")
    with pytest.raises(UserError, match="no finished run of task=prune"):
        look(tmp_path)
