"""Real targets through every task that takes classes; what needs images or classes says so."""

import json
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
import torch

import physlearn
from physlearn.data.csv_table import table
from physlearn.pruning import storage
from physlearn.tasks.prune import report as prune_report
from physlearn.tasks.train import report as train_report

SMALL = "data=table model=mlp model.widths=[7] threads=1 task.batch_size=50"


@pytest.fixture(autouse=True)
def no_figures(monkeypatch):
    for module in (train_report, prune_report):
        monkeypatch.setattr(module, "draw", lambda *_: None)


def own_units(run, outputs):
    return outputs.double().numpy() * run.data.target_std.numpy() + run.data.target_mean.numpy()


def test_rmse_and_nll_are_those_of_the_targets_as_they_came(typed, tmp_path):
    """The last network and the ensemble against arithmetic in the patients' own units."""
    code, printed = typed(f"{SMALL} task.epochs=30 ensemble.keep=5 task.noise_variance=0.4 hydra.run.dir=run")
    assert code == 0, printed.err
    run = physlearn.load(tmp_path / "run")
    true = own_units(run, run.data.test_y)
    assert set(true[:, 0].round(3)) <= set(table()[1][:, 0])
    with torch.no_grad():
        last = own_units(run, run.network(run.data.test_x))
    assert run.result["test_rmse"] == pytest.approx(np.sqrt(((last - true) ** 2).mean()), rel=1e-5)
    mixture = own_units(run, run.predict(run.data.test_x))  # (sample, example, target)
    variance = 0.4 * run.data.target_std.item() ** 2
    density = np.exp(-((mixture - true) ** 2) / (2 * variance)).mean(0) / np.sqrt(2 * np.pi * variance)
    assert run.result["ensemble_test_nll"] == pytest.approx(-np.log(density).mean(), rel=1e-5)
    spread = float(np.std(table()[1]))
    assert 0.5 * spread < run.result["ensemble_test_rmse"] < 0.9 * spread  # it has learned, and not the test set
    assert run.metrics["validation_rmse"][-1] == pytest.approx(run.result["validation_rmse"], rel=1e-6)
    code, printed = typed("task=evaluate data=table from=run threads=1 task.noise_variance=0.4 hydra.run.dir=seen")
    assert code == 0, printed.err
    found = json.loads((tmp_path / "seen/result.json").read_text())
    assert found["test_rmse"] == pytest.approx(run.result["test_rmse"], rel=1e-6)
    assert (tmp_path / "seen/figures/predictions.png").exists()


def test_a_network_of_real_targets_is_pruned_and_packed(typed, tmp_path):
    words = f"task=prune {SMALL} task.dense_epochs=20 task.epochs=20 task.prune_every=20 pruning.compression=2"
    assert typed(f"{words} optimizer.lr=0.05 hydra.run.dir=run")[0] == 0
    result = json.loads((tmp_path / "run/result.json").read_text())
    assert result["weights_kept"] == 77 // 2
    run = physlearn.load(tmp_path / "run")
    storage.load(run.network, (tmp_path / "run/network.plnet").read_bytes())
    with torch.no_grad():
        found = own_units(run, run.network(run.data.test_x))
    error = np.sqrt(((found - own_units(run, run.data.test_y)) ** 2).mean())
    assert result["test_rmse_after_load"] == pytest.approx(error, rel=1e-5)
    rows = dict(json.loads((tmp_path / "run/summary.json").read_text())["rows"])
    assert rows["test RMSE, pruned"] == f"{result['test_rmse']:.4g}"


def test_the_commands_of_the_docs_run_through(typed, tmp_path):
    """On a table like the one they name, for fewer epochs."""
    text = (Path(__file__).resolve().parents[2] / "docs/how-to.md").read_text()
    commands = re.findall(r"^    python -m physlearn (data=table .*?)(?:  +#.*)?$", text, re.MULTILINE)
    assert len(commands) == 3
    rng = np.random.default_rng(0)
    rows = [f"{a},{b},{a - b + c}" for a, b, c in rng.normal(size=(500, 3)).tolist()]
    (tmp_path / "measurements.csv").write_text("\n".join(["a,b,yield", *rows]))
    for i, command in enumerate(" ".join(shlex.split(command, comments=True)) for command in commands[:2]):
        code, printed = typed(
            f"{command} task.epochs=30 threads=1 hydra.run.dir=run{i}".replace("task.epochs=1000 ", "")
        )
        assert code == 0, printed.err
    told = [(tmp_path / f"run{i}/notes.txt").read_text() for i in range(2)]
    assert "68 % interval" not in told[0]
    assert "Validation set, ensemble:" in told[1]  # a third of the variance is noise that no network explains
    assert "task.noise_variance=0.1 is too small" in told[1]


@pytest.mark.parametrize(("words", "line"), [
    ("data=table task.shift=1", "task.shift=1 needs images, table is a table"),
    ("data=table model=lenet5", "LeNet5 needs images; this is a table of 10 columns"),
    ("task=recall data=table", "needs images, table is a table"),
    ("task=temper system=network data=table", "needs classes, the targets of table are real numbers"),
    (f"task=prune {SMALL} task.shift=1", "task.shift=1 needs images"),
    ("data=table task.loss=categorical", "the targets of these data are real numbers. Type task.loss=gaussian"),
    ("task.loss=gaussian", "the targets of these data are 10 classes. Type task.loss=categorical"),
    ("data=table task.noise_variance=0", "task.noise_variance=0 is not allowed"),
    ("data=table data.path=x.csv", "data.path=x.csv: there is no such file"),
    ("data=table data.labels=true", "type data.path=<file>.csv with them"),
])  # fmt: skip
def test_what_a_table_cannot_do_is_one_line(refused, words, line):
    refused(words, line)
