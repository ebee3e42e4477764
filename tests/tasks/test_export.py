"""Results taken home: physlearn.load gives back what the run measured, and the files hold what the run holds."""

import csv
import json
import warnings

import numpy as np
import pytest
import torch
from omegaconf import OmegaConf
from safetensors import safe_open
from safetensors.torch import load_file
from stopping import checked, run_task

import physlearn
from physlearn.instruments.statistics import autocorrelation_time
from physlearn.lab.checkpoints import newest_readable
from physlearn.lab.errors import UserError
from physlearn.tasks.train import report as train_report
from physlearn.tasks.train import run as train

WORDS = "threads=1 model=mlp model.widths=[6] data.limit=200 task.batch_size=25 task.epochs=4 ensemble.keep=7"


@pytest.fixture(scope="module")
def two_seeds(tmp_path_factory):
    """Two runs of the front door that differ in their seed, in the folder `runs`."""
    folder = tmp_path_factory.mktemp("export")
    from physlearn import __main__ as front_door

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train_report, "draw", lambda *_: None)
        patch.chdir(folder)
        for seed in (0, 1):
            patch.setattr("sys.argv", ["physlearn", *WORDS.split(), f"seed={seed}", f"hydra.run.dir=runs/{seed}"])
            with pytest.raises(SystemExit) as end:
                front_door.main()
            assert end.value.code == 0
    return folder


def test_a_loaded_run_predicts_what_it_reported(two_seeds):
    """Ensemble and last network, to the bit; samples and metrics are those of the files."""
    torch.set_num_threads(1)
    run = physlearn.load(two_seeds / "runs/1")
    found = run.likelihood.scores(run.predict(run.data.test_x), run.data.test_y)
    assert {f"ensemble_test_{name}": value for name, value in found.items()}.items() <= run.result.items()
    with torch.no_grad():
        last = run.likelihood.scores(run.likelihood.predict([run.network(run.data.test_x)]), run.data.test_y)
    assert last["nll"] == run.result["test_nll"]
    assert last["nll"] != found["nll"]
    saved = newest_readable(run.directory / "checkpoints")["state"]
    assert all(torch.equal(run.samples[name][3], tensor) for name, tensor in saved["samples"][3].items())
    lines = [json.loads(line) for line in (run.directory / "metrics.jsonl").read_text().splitlines()]
    assert run.metrics["energy"].tolist() == [line["energy"] for line in lines]
    assert run.metrics["layers_configurational"].shape == (len(lines), 2)
    k = 5
    run.network.load_state_dict({name: tensor[k] for name, tensor in run.samples.items()})
    loss = torch.nn.functional.cross_entropy(run.network(run.data.train_x), run.data.train_y).detach()
    assert run.energies()[k] == pytest.approx(float(loss), rel=1e-6)


def test_the_files_hold_what_the_runs_hold(two_seeds, typed, monkeypatch):
    monkeypatch.chdir(two_seeds)
    code, printed = typed("task=export runs=runs to=[csv,safetensors] hydra.run.dir=out")
    assert code == 0, printed.err
    runs = [physlearn.load(two_seeds / f"runs/{seed}") for seed in (0, 1)]
    with (two_seeds / "out/exported/results.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["run"] for row in rows] == ["0", "1"]
    assert [float(row["ensemble_test_nll"]) for row in rows] == [run.result["ensemble_test_nll"] for run in runs]
    with (two_seeds / "out/exported/1.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert [float(line["energy"]) for line in lines] == runs[1].metrics["energy"].tolist()
    expected = runs[1].metrics["layers_configurational"][:, 1].tolist()
    assert [float(line["layers_configurational[1]"]) for line in lines] == expected
    path = two_seeds / "out/exported/0.safetensors"
    assert all(torch.equal(tensor, runs[0].samples[name]) for name, tensor in load_file(path).items())
    with safe_open(path, "pt") as file:
        assert file.metadata()["format"] == "physlearn samples 1"
        assert float(file.metadata()["temperature_set"]) == runs[0].result["temperature_set"]
    result = json.loads((two_seeds / "out/result.json").read_text())
    assert (result["runs"], result["chains"]) == (2, [2])
    assert result["energy_r_hat"][0] > 1


def test_chains_go_to_arviz_as_they_are(two_seeds, typed, monkeypatch):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        arviz = pytest.importorskip("arviz")
    monkeypatch.chdir(two_seeds)
    assert typed("task=export runs=[runs/0,runs/1] to=arviz hydra.run.dir=netcdf")[0] == 0
    data = arviz.from_netcdf(str(two_seeds / "netcdf/exported/chains_0.nc"))
    runs = [physlearn.load(two_seeds / f"runs/{seed}") for seed in (0, 1)]
    weights = data.posterior["fc1.weight"].values  # (chain, draw, output, input)
    assert weights.shape == (2, 7, 6, 64)
    assert np.array_equal(weights[1], runs[1].samples["fc1.weight"].numpy())
    assert np.array_equal(data.sample_stats["energy"].values, np.stack([run.energies() for run in runs]))


def test_metrics_go_to_tensorboard(two_seeds, typed, monkeypatch):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    monkeypatch.chdir(two_seeds)
    assert typed("task=export runs=runs/0 to=tensorboard hydra.run.dir=events")[0] == 0
    read = EventAccumulator(str(two_seeds / "events/exported/tensorboard/0"))
    read.Reload()
    run = physlearn.load(two_seeds / "runs/0")
    assert [event.step for event in read.Scalars("energy")] == run.metrics["step"].tolist()
    assert [event.value for event in read.Scalars("energy")] == pytest.approx(run.metrics["energy"], rel=1e-6)


def test_what_cannot_be_exported_or_loaded_is_one_line(refused, tmp_path):
    refused("task=export runs=nowhere", "runs=nowhere: there is no such folder")
    refused("task=export runs=. to=pickle", "to=pickle is not allowed: it must be one of csv, safetensors, arviz")
    with pytest.raises(UserError, match="no run lies there"):
        physlearn.load(tmp_path)


def test_a_linear_network_samples_the_exact_bayesian_posterior(tmp_path):
    """Regression: means and variances of the weights within 4 SE of the Gaussian posterior, intervals that cover.

    y = X w + noise; precision of the posterior X'X/sigma^2 + 1/s^2 with a column of ones, in standardised units.
    The step of Leimkuhler and Matthews is exact on a quadratic energy, whatever h.
    """
    rng = np.random.default_rng(4)
    x = rng.normal(size=(1000, 3)) * [1, 20, 0.1] + [0, 5, 1]
    y = x @ [1.0, 0.02, -8.0] + rng.normal(size=1000)
    lines = ["a,b,c,y", *(",".join(map(repr, row)) for row in np.column_stack([x, y]).tolist())]
    (tmp_path / "m.csv").write_text("\n".join(lines))
    sigma2, prior = 0.6, 0.004
    words = (
        *("data=table", f"data.path={tmp_path / 'm.csv'}", "data.validation=0", "model=mlp", "model.widths=[]"),
        *("precision=float64", "threads=1", "optimizer.scheme=leimkuhler_matthews", "optimizer.lr=0.4", "dropout=none"),
        *("temperature.value=posterior", f"prior.variance={prior}", f"task.noise_variance={sigma2}"),
        *("task.batch_size=full", "task.epochs=3000", "ensemble.keep=1000", "task.log_every=300"),
    )
    run_task(train.run, tmp_path / "run", config := checked(*words))
    (tmp_path / "run" / "config.yaml").write_text(OmegaConf.to_yaml(config, resolve=True))
    run = physlearn.load(tmp_path / "run")
    X = torch.cat([run.data.train_x, torch.ones(800, 1).double()], 1).numpy()
    Y = run.data.train_y.numpy()[:, 0]
    precision = X.T @ X / sigma2 + np.eye(4) / prior
    covariance = np.linalg.inv(precision)
    mean = covariance @ X.T @ Y / sigma2
    w = torch.cat([run.samples["fc1.weight"][:, 0], run.samples["fc1.bias"]], 1).numpy()  # (sample, weight)
    eigen, vectors = np.linalg.eigh(covariance)
    z = (w - mean) @ vectors / eigen**0.5  # independent normal numbers, if this is the posterior
    for column in z.T:
        assert abs(column.mean()) < 4 * (autocorrelation_time(column) / len(column)) ** 0.5
        assert abs(column.var() - 1) < 4 * (2 * autocorrelation_time(column**2) / len(column)) ** 0.5
    assert abs((z**2).mean() - 1) < 0.1  # the tolerances above are not wider than the factor 2 of a wrong noise
    truth = float(np.mean((X @ mean - Y) ** 2))  # the noise there is, in standardised units
    scores = type(run.likelihood)(truth, run.likelihood.mean, run.likelihood.std).scores(
        run.predict(run.data.test_x), run.data.test_y
    )
    for mass in (0.68, 0.95):
        assert abs(scores[f"coverage_{100 * mass:.0f}"] - mass) < 4 * (mass * (1 - mass) / 200) ** 0.5
