"""Bad input gives one clear line that names the key, exit code 2, no traceback, and no file left behind."""

import gzip
import json
import shutil
from pathlib import Path

import pytest

from physlearn.lab.formats import FORMAT

BAD = [  # what is typed; what the line must hold
    # keys
    ("optimzer.lr=0.1", "there is no key optimzer.lr; did you mean optimizer.lr?"),
    ("optimizer.lrr=0.1", "did you mean optimizer.lr?"),
    ("+foo=1", "there is no key foo"),
    ("+task.foo=1", "there is no key task.foo"),
    ("+optimizer.foo=1", "there is no key optimizer.foo"),
    ("+optimizer.friction=1", "optimizer=langevin has no key friction. It has lr, weight_decay, scheme, noise"),
    ("model.widths=[3]", "there is no key model.widths"),
    ("~seed", "~seed is not allowed"),
    ("~model", "~model is not allowed"),
    ("hydra.foo=1", "there is no key hydra.foo"),
    # options
    ("model=resnet", "model=resnet does not exist"),
    ("task=trian", "did you mean train?"),
    ("task=", "task= does not exist"),
    ("optimizer=null", "optimizer=null is not allowed: it must be one of adam"),
    ("optimizer={a:1}", "optimizer={a:1} is not allowed: it must be one of adam"),
    ("experiment=none_such", "experiment=none_such does not exist"),
    ("experiment=han2015/tabl", "experiment=han2015/tabl does not exist; did you mean han2015/table?"),
    ("task=recall experiment=hopfield/capacity", "experiment=hopfield/capacity is not allowed with task=recall"),
    ("hydra/launcher=none_such", "hydra/launcher=none_such does not exist"),
    ("task.name=compare", "task.name=compare is not allowed"),
    # values
    ("temperature.value=-1", "temperature.value=-1 is not allowed: it must be a temperature"),
    ("temperature.value=hot", "temperature.value=hot is not allowed"),
    ("dropout.start=1.2", "dropout.start=1.2 is not allowed: it must be a dropout rate: 0 <= p < 1"),
    ("dropout.start=1", "dropout.start=1 is not allowed"),
    ("task.batch_size=0", "task.batch_size=0 is not allowed"),
    ("task.epochs=1.5", "task.epochs=1.5 is not allowed"),
    ("task.epochs=many", "task.epochs=many is not allowed"),
    ("seed=-1", "seed=-1 is not allowed"),
    ("seed=1.5", "seed=1.5 is not allowed"),
    ("seed=true", "seed=true is not allowed"),
    ("seed=", "seed= is not allowed"),
    ("threads=0", "threads=0 is not allowed"),
    ("threads=100000", "threads=100000 is not allowed"),
    ("device=tpu", "device=tpu is not allowed: it must be one of auto, cpu, cuda"),
    ("precision=float16", "precision=float16 is not allowed"),
    ("optimizer.lr=text", "optimizer.lr=text is not allowed: it must be a number > 0"),
    ("optimizer.lr=nan", "optimizer.lr=nan is not allowed"),
    ("optimizer.lr=inf", "optimizer.lr=inf is not allowed"),
    ("optimizer.lr=[1,2]", "optimizer.lr=[1, 2] is not allowed"),
    ("optimizer.lr={a:1}", "there is no key optimizer.lr.a"),
    ('optimizer.lr="0.1"', "optimizer.lr=0.1 is not allowed"),
    ("optimizer=adam optimizer.betas=[0.9]", "optimizer.betas=[0.9] is not allowed: it must be two numbers"),
    ("ensemble.burn_in=-1", "ensemble.burn_in=-1 is not allowed"),
    ("ensemble.burn_in=1.5", "ensemble.burn_in=1.5 is not allowed"),
    ("ensemble.keep=0", "ensemble.keep=0 is not allowed"),
    ("data.validation=-1", "data.validation=-1 is not allowed"),
    ("data.limit=0", "data.limit=0 is not allowed"),
    ("task.log_every=0", "task.log_every=0 is not allowed"),
    ("temperature=cosine temperature.fraction=0", "temperature.fraction=0 is not allowed"),
    ("model=mlp model.widths=300", "model.widths=300 is not allowed: it must be a list"),
    ("model=mlp model.widths=[0]", "model.widths=[0] is not allowed"),
    ("seed=${nowhere}", "seed: Interpolation key 'nowhere' not found"),
    # values that only the physics package can judge
    ("task.batch_size=2000", "task.batch_size=2000: allowed is anything from 1 to"),
    ("data.validation=5000", "data.validation=5000: allowed are auto and whole numbers from 0 to"),
    ("data.limit=5000", "data.limit=5000: allowed are whole numbers from 1 to"),
    ("data.name=none_such", "data.name=none_such is not allowed: it must be one of digits, mnist"),
    ("data=mnist data.root=/none/such", "data.root=/none/such does not exist"),
    ("data=image_folder data.root={empty}", "has no folder val/"),
    ("ensemble.burn_in=10 task.epochs=10", "ensemble.burn_in=10 is"),
    ("model=lenet5", "model: LeNet5 needs images of at least 16 x 16"),
    ("optimizer=mala", "optimizer=mala accepts by the exact energy"),
    ("optimizer=sgd optimizer.momentum=0 optimizer.nesterov=true", "optimizer: Nesterov"),
    ("temperature=exponential temperature.start=0", "temperature: an exponential schedule needs"),
    ("temperature=piecewise temperature.boundaries=[0.5]", "temperature: piecewise needs"),
    # targets
    ("optimizer._target_=os.system", "optimizer._target_=os.system is not allowed"),
    ("optimizer._target_=physlearnx.evil", "optimizer._target_=physlearnx.evil is not allowed"),
    ("optimizer._target_=physlearn.lab.provenance.subprocess.run", "but not with 'physlearn.lab.'"),
    ("optimizer._target_=physlearn.dynamics.langevin.torch.load", "does not exist"),
    ("optimizer._target_=physlearn.dynamics.langevin.Tensor", "must be made in physlearn or torch.optim"),
    ("optimizer._target_=physlearn.none.such", "does not exist"),
    # words
    ("foo", "'foo' is not of the form key=value"),
    ("=1", "=1 is not allowed"),
    ("--foo", "--foo is not an option here"),
    ("--config-dir=/tmp", "--config-dir=/tmp is not an option here"),
    ("seed=[1", "'seed=[1' is not of the form key=value"),
    ("seed=0,1", "seed=0,1 is a sweep over several values: add --multirun"),
    ("-m seed=0,-1", "seed=-1 is not allowed"),
    ("-m seed=range(0)", "seed=range(0) gives no value: there would be no job"),
    ("-m dropout=none,never", "dropout=never does not exist"),
    ("-m hydra.run.dir=x", "hydra.run.dir is not allowed here"),
    ("hydra.sweep.dir=x", "hydra.sweep.dir is not allowed here"),
    ("hydra.run.dir=", "hydra.run.dir='' is not allowed"),
    ("--cfg job optimizer.lrr=2", "there is no key optimizer.lrr"),
    ("--cfg everything", "invalid choice: 'everything'"),
    ("--multirun --cfg job", "Only one of"),
    # resume and compare
    ("resume=", "resume=.: no run lies there"),
    ("resume=/none/such", "resume=/none/such: no run lies there"),
    ("resume=. seed=1", "resume=. takes no other key"),
    ("task=compare", "runs is missing: it must be a folder or a list of folders that hold runs. Type e.g. runs="),
    ("task=latency", "from is missing: it must be the folder of a prune run"),
    ("data.limit=1", "data.limit=1 leaves 1 training example, fewer than task.batch_size=64. Type a larger data.limit"),
    ("data.limit=40 task=prune", "data.limit=40 leaves 37 training examples, fewer than task.batch_size=128"),
    ("task=temper system=network data.limit=200", "tempering.minimum=posterior is 0.00543 with N = 184 training"),
    ("model=mlp model.widths=[1000,1000000000]", "model: this network needs at least 4 TB of memory, more than 80% of"),
    ("task=temper system=ising system.size=100000", "system.size=100000 needs about"),
    ("task=temper system=spin_glass system.spins=100000", "system.spins=100000 needs about 5.12 TB of memory"),
    ("task=temper task.sweeps=1000000000", "task.sweeps=1000000000 of"),
    ("task=prune weights={nonsense}", "is neither safetensors nor a torch file of plain tensors"),
    ("task=compare runs=[]", "runs=[] is not allowed"),
    ("task=compare runs=/none/such", "runs=/none/such: there is no such folder"),
    ("task=compare runs={empty}", "no run lies there"),
    ("task=verify task.packages=[attic]", "task.packages=[attic] is not allowed: packages with laws are"),
]


@pytest.mark.parametrize(("words", "line"), BAD, ids=[words for words, _ in BAD])
def test_one_line(refused, tmp_path, words, line):
    (tmp_path / "empty").mkdir()
    refused(words.replace("{empty}", str(tmp_path / "empty")).replace("{nonsense}", __file__), line)
    assert [path.name for path in tmp_path.iterdir()] == ["empty"]


def test_no_gpu_is_one_line(typed, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    code, printed = typed("device=cuda")
    assert (code, printed.err.count("\n")) == (2, 1)
    assert "device=cuda is not allowed: torch finds no GPU" in printed.err


def test_a_truncated_file_is_one_line(typed, tmp_path):
    """An IDX file with its header and half of its images, packed."""
    folder = tmp_path / "data/mnist"
    folder.mkdir(parents=True)
    header = (2051).to_bytes(4, "big") + (60000).to_bytes(4, "big") + 2 * (28).to_bytes(4, "big")
    for name in (
        "train-images-idx3-ubyte",
        "train-labels-idx1-ubyte",
        "t10k-images-idx3-ubyte",
        "t10k-labels-idx1-ubyte",
    ):
        (folder / f"{name}.gz").write_bytes(gzip.compress(header + bytes(1000)))
    code, printed = typed(f"data=mnist data.root={tmp_path / 'data'}")
    assert (code, printed.err.count("\n")) == (2, 1)
    assert "train-images-idx3-ubyte" in printed.err
    assert not list((tmp_path / "outputs").rglob("*.json"))


def test_a_new_interpreter_says_the_same(python_m, tmp_path):
    code, text = python_m("temperature.value=-1")
    assert (code, text.count("\n")) == (2, 1)
    assert "temperature.value=-1 is not allowed" in text
    assert list(tmp_path.iterdir()) == []


def test_a_resumed_config_is_checked_too(typed, tmp_path):
    """config.yaml lies open to everybody: a value in it is no more trusted than a typed one."""
    (tmp_path / "provenance.json").write_text(json.dumps({"format": FORMAT}))
    for key, line in (("seed: -1", "seed=-1 is not allowed"), ("evil: 1", "there is no key evil")):
        (tmp_path / "config.yaml").write_text(f"task:\n  name: verify\n  packages: null\n{key}\n")
        code, printed = typed("resume=.")
        assert (code, printed.err.count("\n")) == (2, 1)
        assert line in printed.err
    (tmp_path / "config.yaml").write_text("task:\n  name: ../../evil\nthreads: 1\n")
    assert typed("resume=.")[0] == 2
    shutil.rmtree(tmp_path / "outputs", ignore_errors=True)


def test_a_sweep_is_pointed_to_its_own_words(typed, tmp_path):
    Path("sweep/0").mkdir(parents=True)
    code, printed = typed("resume=sweep")
    assert code == 2
    assert "hydra.sweep.dir=sweep" in printed.err
