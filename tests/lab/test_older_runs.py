"""Run directories of format 1: compared, tabled and pruned where they are finished, refused where they are not."""

import csv
import json
import subprocess
import sys

import pytest
import torch
from omegaconf import OmegaConf

from physlearn.lab.build import locate
from physlearn.lab.checkpoints import checkpoint_path, write_checkpoint
from physlearn.lab.collect import read_run
from physlearn.lab.errors import Refused
from physlearn.lab.formats import config_format, refuse_older
from physlearn.lab.run_directory import read_config
from physlearn.models.mlp import MLP
from physlearn.older_configs import FORMAT, KEYS, RESUMED_BY, todays_target
from physlearn.tasks.prune.rules import RULES as KEY_RULES_OF_PRUNE

# config.yaml as physlearn 0.1.0 wrote it: task=train model=mlp temperature=linear
CONFIG = """
seed: 0
device: cpu
precision: float32
threads: 1
model:
  _target_: physlearn.models.mlp.MLP
  widths: [100]
  activation: relu
data: {name: digits, root: null, limit: 200, validation: auto}
optimizer:
  _target_: physlearn.dynamics.langevin.Langevin
  lr: 0.3
  weight_decay: 0.0002
  scheme: euler
  noise: rademacher
schedule: {_target_: physlearn.schedules.constant, value: 1.0}
temperature: {_target_: physlearn.schedules.linear, start: 1.0e-05, value: 5.0e-07, fraction: 0.5}
dropout: {_target_: physlearn.schedules.linear, start: 0.5, stop: 0.0, fraction: 1.0}
ensemble: {burn_in: 0.5, keep: 50}
task: {name: train, epochs: auto, batch_size: 64, log_every: 200, checkpoint_every: 10000}
"""
TODAY = {
    "model": "physlearn.models.MLP",
    "optimizer": "physlearn.dynamics.Langevin",
    "schedule": "physlearn.schedules.constant",
    "temperature": "physlearn.annealing.linear",
    "dropout": "physlearn.schedules.linear",
}
OLDER = [  # group and target of every option of the format
    *(("model", name) for name in ("alexnet.AlexNet", "lenet.LeNet300", "lenet.LeNet5", "mlp.MLP")),
    *(("model", name) for name in ("vgg.VGG16", "vgg.VGG16CIFAR")),
    *(("optimizer", f"dynamics.{name}") for name in ("langevin.Langevin", "mala.MALA", "nose_hoover.NoseHoover")),
    ("optimizer", "dynamics.preconditioned.PreconditionedLangevin"),
    ("optimizer", "dynamics.underdamped.UnderdampedLangevin"),
    *(("pruning", f"criteria.{name}") for name in ("boltzmann", "gradient", "han", "layerwise", "magnitude")),
    *(("pruning", f"criteria.{name}") for name in ("random", "shuffled")),
    *(("hopfield", name) for name in ("classical.HopfieldNetwork", "dense.DenseMemory", "modern.ModernHopfield")),
    *(("measurement", f"hopfield.experiments.{name}") for name in ("basin", "capacity_curve", "dilution")),
    *(("measurement", f"hopfield.experiments.{name}") for name in ("phase_diagram", "thermal")),
    *(("schedule", f"schedules.{name}") for name in ("constant", "cosine", "cyclical", "exponential", "linear")),
    *(("schedule", f"schedules.{name}") for name in ("piecewise", "warm")),
    *(("sparsity", f"schedules.{name}") for name in ("cubic", "staircase")),
    *(("dropout", f"schedules.{name}") for name in ("linear", "off")),
    *(("temperature", f"schedules.{name}") for name in ("constant", "cosine", "cyclical", "exponential", "linear")),
    *(("temperature", f"schedules.{name}") for name in ("off", "piecewise")),
    *(("system", f"tasks.temper_systems.{name}") for name in ("harmonic", "double_well", "gaussian_mixture")),
    *(("system", f"tasks.temper_systems.{name}") for name in ("ising", "spin_glass")),
    *(("system", f"tasks.temper_{name}") for name in ("memory.hopfield", "network.network")),
    *(("temperature", f"annealing.{name}") for name in ("linear", "none", "piecewise")),
]
PACKAGES = {"model": "models.", "pruning": "pruning.", "hopfield": "hopfield."}


@pytest.fixture
def older(tmp_path):
    """older(name, state, seed=0, format=1, ...): a run directory made by hand; its path."""

    def make(name, state="done", seed=0, form=None, error=0.02, config=CONFIG):
        directory = tmp_path / name
        directory.mkdir(parents=True)
        (directory / "config.yaml").write_text(config.replace("seed: 0", f"seed: {seed}"))
        (directory / "overrides.txt").write_text("model=mlp\ntemperature=linear\n")
        (directory / "status.json").write_text(json.dumps({"state": state, "step": 100}))
        provenance = {"git": {"revision": "89abcdef0123", "dirty": False}, "versions": {"physlearn": "0.1.0"}}
        (directory / "provenance.json").write_text(json.dumps(provenance | ({"format": form} if form else {})))
        (directory / "metrics.jsonl").write_text('{"step": 100, "energy": 0.5}\n')
        if state == "done":
            (directory / "result.json").write_text(json.dumps({"test_error": error, "test_nll": 4 * error}))
        return directory

    return make


def in_todays_format() -> str:
    config = OmegaConf.create(CONFIG)
    for group, target in TODAY.items():
        config[group]["_target_"] = target
    return OmegaConf.to_yaml(config)


@pytest.mark.parametrize(("group", "target"), OLDER)
def test_every_older_target_has_a_name_that_can_be_built_today(group, target):
    older = f"physlearn.{PACKAGES.get(group, '')}{target}"
    today = todays_target(group, older)
    found, name = locate(today), target.rpartition(".")[2]
    assert found.__name__ == ("none" if (group, name) == ("temperature", "off") else name)
    assert group == "system" or today.count(".") == 2  # public in a package, or of a module that stands alone
    assert todays_target(group, today) == today
    if group == "temperature":  # with the key `value`, which every option has
        assert "value" in found.__code__.co_varnames[: found.__code__.co_argcount]


def test_a_config_is_read_in_todays_words_and_otherwise_as_it_is(older):
    read, written = read_config(older("run")), OmegaConf.create(CONFIG)
    assert {group: read[group]["_target_"] for group in TODAY} == TODAY
    for group in TODAY:
        del read[group]["_target_"], written[group]["_target_"]
    assert read == written


def test_a_config_of_todays_format_is_left_alone(older):
    """A full module path may be typed today as well: it is what that run was started with."""
    directory = older("run", form=FORMAT)
    assert config_format(directory) == FORMAT
    assert read_config(directory) == OmegaConf.create(CONFIG)
    refuse_older(directory)


@pytest.mark.parametrize("form", [None, FORMAT])
def test_a_key_that_was_renamed_is_read_under_its_name_of_today(older, form):
    directory = older("run", form=form, config=CONFIG.replace("epochs: auto", "products: bfloat16"))
    (directory / "overrides.txt").write_text("task.products=bfloat16\n")
    task = read_config(directory).task
    assert task.matmul_precision == "bfloat16"
    assert "products" not in task
    found = read_run(directory)
    assert found.config["task.matmul_precision"] == "bfloat16"
    assert found.overrides == {"task.matmul_precision": "bfloat16"}


@pytest.mark.parametrize("older_key", KEYS)
def test_every_key_of_today_is_one(older_key):
    assert KEYS[older_key] in KEY_RULES_OF_PRUNE
    assert older_key not in KEY_RULES_OF_PRUNE


@pytest.mark.slow
def test_older_and_newer_runs_of_one_config_are_one_row(older, start, tmp_path):
    older("runs/old", seed=0, error=0.02)
    older("runs/new", seed=1, error=0.03, form=FORMAT, config=in_todays_format())
    older("runs/other", seed=2, error=0.5, form=FORMAT)  # the control: typed otherwise today, it stands alone
    process = start("task=compare", "runs=runs", "hydra.run.dir=compared")
    assert process.wait() == 0, process.text
    with (tmp_path / "compared/comparison.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert sorted((int(row["n"]), float(row["test_error"])) for row in rows) == [
        (1, 0.5),
        (2, pytest.approx(0.025)),
    ]


@pytest.mark.slow
def test_older_prune_runs_stand_in_the_table(older, start, tmp_path):
    pruned = CONFIG.replace("models.mlp.MLP", "models.lenet.LeNet300").replace("name: digits", "name: mnist")
    pruned = pruned.replace("name: train", "name: prune")
    pruned += "pruning: {_target_: physlearn.pruning.criteria.magnitude, compression: 16}\n"
    for seed, error in ((0, 0.015), (1, 0.017)):
        directory = older(f"runs/{seed}", seed=seed, config=pruned, error=error)
        result = {"test_error": error, "dense_test_error": 0.0164, "compression": 16, "weights_kept": 16637}
        result |= {"file_bytes": 6800, "test_error_after_load": error, "seconds": 60.0, "flops_fraction": 0.01}
        (directory / "result.json").write_text(json.dumps(result))
    process = start("task=table", "runs=runs", "hydra.run.dir=table")
    assert process.wait() == 0, process.text
    result = json.loads((tmp_path / "table/result.json").read_text())
    assert (result["runs"], result["runs_lenet300"]) == (2, 2)


@pytest.mark.slow
def test_the_network_of_an_older_run_is_pruned(older, start, tmp_path):
    directory = older("old")
    model = MLP((1, 8, 8), 10, [100], generator=torch.Generator().manual_seed(1))
    (directory / "checkpoints").mkdir()
    saved = {"step": 100, "seconds": 1.0, "device": "cpu", "state": {"model": model.state_dict()}}
    write_checkpoint(checkpoint_path(directory / "checkpoints", 100), saved)
    words = ("data.limit=200", "model=mlp", "threads=1", "task.epochs=1", "pruning.compression=2", "hydra.run.dir=new")
    process = start("task=prune", "from=old", *words)
    assert process.wait() == 0, process.text
    assert "was trained on other data" not in process.text
    assert json.loads((tmp_path / "new/result.json").read_text())["weights_kept"] == (6400 + 1000) // 2


@pytest.mark.parametrize("state", ["interrupted", "running", "failed"])
def test_an_unfinished_older_run_is_refused_in_one_line_that_names_the_version(older, start, state):
    directory = older("old", state)
    before = {path: path.read_bytes() for path in directory.iterdir()}
    for words in (("resume=old",), ("model=mlp", "temperature=linear", "hydra.run.dir=old")):
        process = start(*words)
        assert process.wait() == 2
        assert process.text.splitlines() == [
            "physlearn: old is not finished, and its config has format 1, not 2: "
            "resume it with physlearn 0.1.0 (git revision 89abcdef)"
        ]
        left = {path: path.read_bytes() for path in directory.iterdir() if path.name != ".lock"}
        assert left == before


def test_an_unfinished_job_of_an_older_sweep_is_refused(older, start):
    older("sweep/0", "interrupted")
    process = start("-m", "model=mlp", "temperature=linear", "seed=0,1", "hydra.sweep.dir=sweep")
    assert process.wait() == 2
    assert "sweep/0 is not finished, and its config has format 1, not 2: resume it with physlearn 0.1.0" in process.text


def test_a_finished_older_run_is_done_already(older, start):
    older("old")
    process = start("resume=old")
    assert process.wait() == 0
    assert "old is done already: nothing to do" in process.text


def test_a_format_of_the_future_is_refused_as_such(older):
    with pytest.raises(Refused, match=r"has format 3, not 2: resume it with a newer physlearn \(git revision 89abcdef"):
        refuse_older(older("run", "interrupted", form=3))
    assert set(RESUMED_BY) == set(range(1, FORMAT))


def test_the_table_needs_no_torch():
    code = "import sys, physlearn.older_configs; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
