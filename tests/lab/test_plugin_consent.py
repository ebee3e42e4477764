"""Attacks on consent: whatever names foreign code without it, or names it wrongly, ends in one line."""

import importlib
import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from physlearn.lab import plugins
from physlearn.lab.build import locate
from physlearn.lab.errors import UserError

NETS = """
import os
from functools import partial
from os import system

import torch
from torch import nn
from torch.nn import Linear
from physlearn.lab.build import build
from physlearn.lab.files import write_atomically as write


class Net(nn.Module):
    def __init__(self, shape, classes, width=4):
        super().__init__()
        inputs = shape[0] * shape[1] * shape[2]
        self.body = nn.Sequential(nn.Flatten(), nn.Linear(inputs, width), nn.Linear(width, classes))

    def forward(self, x):
        return self.body(x)


def _hidden(shape, classes):
    return Net(shape, classes)


def broken(shape, classes):
    return {}


narrow = partial(Net, width=1)
number = 3
"""
MYNET = "# A network of two layers\n_target_: mylab.nets.Net\nwidth: 4  # hidden units\n"
SMALL = ("threads=1", "data.limit=200", "task.epochs=2", "ensemble.burn_in=0.5", "hydra.run.dir=run")


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def lay_out(tmp_path: Path) -> Path:
    """A plugin, and one whose name begins like its own, in a folder."""
    files = {
        "__init__.py": "",
        "nets.py": NETS,
        "conf/model/mynet.yaml": MYNET,
        "torch_is_not_here.py": "import nowhere",
    }
    write(tmp_path / "mylab", files)
    shutil.copytree(tmp_path / "mylab", tmp_path / "mylabx")
    (tmp_path / "mylabx/conf/model/mynet.yaml").rename(tmp_path / "mylabx/conf/model/mynetx.yaml")
    return tmp_path / "mylab"


@pytest.fixture
def mylab(tmp_path):
    """A plugin in the working directory of a process that `start` begins."""
    return lay_out(tmp_path)


@pytest.fixture
def here(tmp_path, monkeypatch):
    """The same in the working directory of this process, which is to consent to nothing yet."""
    folder = lay_out(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(plugins.VARIABLE, "")
    monkeypatch.setattr(sys, "path", [*sys.path])
    importlib.invalidate_caches()
    yield folder
    for name in [name for name in sys.modules if name.partition(".")[0] in ("mylab", "mylabx")]:
        del sys.modules[name]


def refusal(call, *arguments) -> str:
    """The one line of a refusal."""
    with pytest.raises(UserError) as refused:
        call(*arguments)
    line = str(refused.value)
    assert "\n" not in line
    return line


@pytest.fixture
def told(start):
    """told("words", ...): the one line with which they are refused."""

    def line(*words: str, **environment: str) -> str:
        process = start(*words, **environment)
        assert process.wait() == 2, process.text
        assert len(process.text.splitlines()) == 1, process.text
        assert process.text.startswith("physlearn: ")
        return process.text.strip()

    return line


TARGETS = [  # without consent, or beyond it
    ("os.system", "is not allowed: it must be a public name that starts with"),
    ("mylabx.nets.Net", "is not allowed: it must be a public name that starts with"),
    ("mylabx", "is not allowed"),
    ("mylab", "is not allowed"),
    ("mylab.nets", "does not exist"),
    ("mylab.nets.torch", "must be made in"),
    ("mylab.nets.torch.load", "does not exist|is not there"),
    ("mylab.nets.os.system", "does not exist|is not there"),
    ("mylab.nets.system", "must be made in"),
    ("mylab.nets.Linear", "must be made in"),
    ("mylab.nets.build", "must be made in"),
    ("mylab.nets.write", "must be made in"),
    ("mylab.nets.number", "must be made in"),
    ("mylab.nets._hidden", "is not allowed"),
    ("mylab.nets.Net.__init__", "is not allowed"),
    ("mylab.nets.Net.forward", "does not exist|is not there"),
    ("mylab.nowhere.Net", "is not there: there is no module mylab.nowhere"),
    ("mylab.nets.nothing", "does not exist"),
    ("mylab.torch_is_not_here.Net", "cannot be imported: No module named 'nowhere'"),
    ("mylab..nets.Net", "is not allowed"),
    ("physlearn.lab.build.build", "is not allowed"),
    ("torch.load", "is not allowed"),
]


@pytest.mark.parametrize(("target", "why"), TARGETS, ids=[target for target, _ in TARGETS])
def test_a_target_that_consent_does_not_cover(here, target, why):
    plugins.use(["mylab"])
    line = refusal(locate, target)
    assert any(word in line for word in why.split("|")), line
    assert line.startswith(f"_target_={target} ")
    assert locate("mylab.nets.Net").__module__ == "mylab.nets"


@pytest.mark.slow
def test_a_target_that_is_no_ones_leaves_no_run(mylab, told):
    for target in ("os.system", "mylabx.nets.Net", "mylab.nets.system"):
        assert "_target_=" in told("--plugin", "mylab", "model=mynet", f"model._target_={target}", *SMALL)
        assert not (mylab.parent / "run").exists()


def test_a_config_alone_builds_nothing_foreign(mylab, told):
    line = told("model=mlp", "model._target_=mylab.nets.Net", *SMALL)
    assert "model._target_=mylab.nets.Net is not allowed: it must be a public name that starts with 'phys" in line
    assert "model=mynet does not exist" in told("model=mynet")
    folder = f"hydra.searchpath=['file://{mylab / 'conf'}']"
    assert "model._target_=mylab.nets.Net is not allowed" in told(folder, "model=mynet", *SMALL)
    assert "hydra.searchpath is not allowed beside plugins" in told(folder, "model=mynet", "--plugin", "mylab")


NAMES = [
    (("--plugin",), "--plugin is not allowed: it must be the name of a package. Type e.g. --plugin mylab"),
    (("--plugin", ""), "--plugin is not allowed: it must be the name of a package"),
    (("--plugin", "../mylab"), "--plugin ../mylab is not allowed"),
    (("--plugin=my-lab",), "--plugin my-lab is not allowed"),
    (("--plugin", "mylab._own"), "--plugin mylab._own is not allowed"),
    (("--plugin", "seed=1"), "--plugin seed=1 is not allowed"),
    (("--plugin", "nowhere"), "--plugin nowhere: there is no package nowhere, looked for in"),
    (("--plugin", "mylab.nowhere"), "there is no package mylab.nowhere"),
    (("--plugin", "mylab.nets"), "it is a module and no package: mylab.nets"),
    (("--plugin", "json"), "conf is missing: a plugin has its options there"),
    (("--plugin", "physlearn"), "physlearn is no plugin"),
    (("--plugin", "physlearn.lab"), "physlearn is no plugin"),
    (("--plugin", "torch.optim"), "torch is no plugin"),
]


@pytest.mark.parametrize(("words", "why"), NAMES, ids=[" ".join(words) for words, _ in NAMES])
def test_a_name_that_is_no_plugin(here, monkeypatch, words, why):
    assert why in refusal(plugins.take, ["seed=1", *words])
    assert os.environ[plugins.VARIABLE] == ""
    if len(words) == 2 and words[1]:
        monkeypatch.setenv(plugins.VARIABLE, f"mylab,{words[1]}")
        assert words[1] in refusal(plugins.plugins)


def test_words_and_environment_are_one(here, monkeypatch):
    monkeypatch.setenv(plugins.VARIABLE, "mylabx")
    assert plugins.take(["seed=1", "--plugin", "mylab", "-m", "--plugin=mylabx"]) == ["seed=1", "-m"]
    assert [plugin.name for plugin in plugins.plugins()] == ["mylabx", "mylab"]
    assert os.environ[plugins.VARIABLE] == "mylabx,mylab"
    assert plugins.words() == "--plugin mylabx --plugin mylab "
    monkeypatch.setenv(plugins.VARIABLE, "mylab,mylabx")
    assert plugins.owner("mylabx.nets.Net").name == "mylabx"
    assert plugins.owner("mylab.nets.Net").name == "mylab"
    assert plugins.owner("mylaby.nets.Net") is None
    assert "mylab" not in sys.modules


def test_dotted_names_are_found_without_importing_what_stands_above(here):
    write(here.parent, {"above/__init__.py": "raise SystemExit", "above/inner/conf/model/inner.yaml": "# Inner\n"})
    importlib.invalidate_caches()
    (plugin,) = plugins.use(["above.inner"])
    assert plugin.folder == here.parent / "above/inner"
    assert "above" not in sys.modules


@pytest.mark.parametrize(
    ("file", "why"),
    [
        ("conf/model/mlp.yaml", "physlearn has model/mlp.yaml too. Give the option another name"),
        ("conf/config.yaml", "physlearn has config.yaml too"),
        ("conf/experiment/tempering/lenet.yaml", "physlearn has experiment/tempering/lenet.yaml too"),
        ("conf/hydra/launcher/basic.yaml", "the group hydra is Hydra's own"),
    ],
)
def test_an_option_that_would_hide_another(mylab, told, file, why):
    write(mylab, {file: "# Mine\n"})
    assert why in told("--plugin", "mylab", "--help")


def test_two_plugins_with_one_option(mylab, told):
    (mylab.parent / "mylabx/conf/model/mynetx.yaml").rename(mylab.parent / "mylabx/conf/model/mynet.yaml")
    line = told("--plugin", "mylab", "--plugin", "mylabx", "--help")
    assert "mylab has model/mynet.yaml too" in line


RULES = [
    ("import nowhere", "mylab.rules cannot be imported: No module named 'nowhere'"),
    ("RULES = [", "mylab.rules cannot be imported: SyntaxError"),
    ("RULES = {'model.width': 3}", "mylab.rules.RULES must be a dict of key -> physlearn.ranges.Rule"),
    ("", "mylab.rules.RULES must be a dict"),
]


@pytest.mark.parametrize(("text", "why"), RULES, ids=[why for _, why in RULES])
def test_rules_that_are_none(mylab, told, text, why):
    write(mylab, {"rules.py": text})
    assert why in told("--plugin", "mylab", "model=mynet", *SMALL)


KEYS = [  # what is typed; what the line must hold
    ("model.width=wide", "model.width=wide is not allowed: it must be a whole number. Type e.g. model.width=4"),
    ("model.widht=3", "there is no key model.widht; did you mean model.width?"),
    ("+model.depth=3", "model=mynet has no key depth; did you mean width? It has width"),
    ("model=mynte", "model=mynte does not exist; did you mean mynet?"),
]


@pytest.mark.parametrize(("word", "why"), KEYS, ids=[word for word, _ in KEYS])
def test_keys_of_a_plugin_are_checked(mylab, told, word, why):
    assert why in told("--plugin", "mylab", *([] if word.startswith("model=") else ["model=mynet"]), word, *SMALL)


def test_a_default_that_the_signature_does_not_have(mylab, told):
    write(mylab, {"conf/model/deep.yaml": MYNET + "depth: 3  # layers\n"})
    line = told("--plugin", "mylab", "model=deep", *SMALL)
    assert "model.depth=3 is not allowed: mylab.nets.Net takes no depth" in line


def test_rules_of_a_plugin_bind_its_own_keys_alone(mylab, told):
    rules = "from physlearn.ranges import integer, text\nRULES = {'model.width': integer(2), 'seed': text('x')}\n"
    write(mylab, {"rules.py": rules})
    assert "it must be a whole number >= 2" in told("--plugin", "mylab", "model=mynet", "model.width=1", *SMALL)
    assert "seed=x is not allowed" in told("--plugin", "mylab", "model=mynet", "seed=x", *SMALL)


def test_what_is_no_network_is_told(mylab, told):
    words = ("--plugin", "mylab", "model=mynet", "model._target_=mylab.nets.broken", *SMALL)
    assert "model.width=4 is not allowed: mylab.nets.broken takes no width" in told(*words)
    write(mylab, {"conf/model/dict.yaml": "# None\n_target_: mylab.nets.broken\n"})
    assert "gives a dict, not a torch.nn.Module" in told("--plugin", "mylab", "model=dict", *SMALL)
    write(mylab, {"conf/model/pair.yaml": "# None\n_target_: mylab.pairs.Pair\n"})
    pair = "from torch import nn\nclass Pair(nn.Module):\n def __init__(self, *a): super().__init__()\n"
    write(mylab, {"pairs.py": pair + " def forward(self, x): return x\n"})
    assert "gives outputs (2, 1, 8, 8) for inputs (2, 1, 8, 8): it must be" in told(
        "--plugin=mylab", "model=pair", *SMALL
    )


@pytest.fixture
def begun(mylab, start):
    """A run with the plugin that was interrupted; and the network of one that is done."""
    process = start("--plugin", "mylab", "model=mynet", *SMALL, "task.epochs=100000", "task.checkpoint_every=5")
    process.until(lambda: len(list(mylab.parent.glob("run/checkpoints/*"))) == 2)
    process.kill(15)
    assert process.wait() == 143
    assert "resume with: python -m physlearn --plugin mylab resume=" in process.text
    assert (mylab.parent / "run/overrides.txt").read_text().startswith("--plugin mylab\nmodel=mynet\n")
    return mylab.parent / "run"


def test_a_run_that_goes_on_without_its_plugin(begun, told):
    line = told("resume=run")
    assert line == (
        "physlearn: resume=run: this run was made with the plugin mylab, not named here. Type --plugin mylab with it"
    )
    assert "from=run: this run was made with the plugin mylab" in told("task=evaluate", "from=run")
    assert "from=run: this run was made with the plugin mylab" in told("task=prune", "from=run")
    shutil.rmtree(begun.parent / "mylab")
    assert "--plugin mylab: there is no package mylab" in told("--plugin", "mylab", "resume=run")


def test_a_provenance_and_a_config_that_were_forged(begun, told):
    path = begun / "provenance.json"
    facts = json.loads(path.read_text())
    path.write_text(json.dumps(facts | {"plugins": {}}))
    assert "model._target_=mylab.nets.Net is not allowed" in told("resume=run")
    path.write_text(json.dumps(facts | {"plugins": {"x\nphyslearn: all is well": {}}}))
    assert "model._target_=mylab.nets.Net is not allowed" in told("resume=run")
    path.write_text(json.dumps(facts))
    config = begun / "config.yaml"
    config.write_text(config.read_text().replace("mylab.nets.Net", "mylabx.nets.Net"))
    assert "model._target_=mylabx.nets.Net is not allowed" in told("--plugin", "mylab", "resume=run")
    config.write_text(config.read_text().replace("mylabx.nets.Net", "os.system"))
    assert "model._target_=os.system is not allowed" in told("--plugin", "mylab", "resume=run")


def test_another_revision_is_noticed(begun, start, json_of):
    (begun.parent / "mylab/nets.py").write_text(NETS + "\n# changed\n")
    process = start("--plugin", "mylab", "resume=run")
    process.until(lambda: "changed since" in process.text)
    process.kill(15)
    process.wait()
    notes = [line for line in process.text.splitlines() if "has changed since" in line]
    assert len(notes) == 1
    assert notes[0].startswith("Note: the plugin mylab has changed since this run began: SHA-256 ")
    facts = json_of(begun / "provenance.json")
    assert facts["plugins"]["mylab"]["sha256"] != facts["resumed"][0]["plugins"]["mylab"]["sha256"]


def test_nothing_is_imported_to_be_found(mylab, start):
    write(mylab, {"__init__.py": "print('IMPORTED')"})
    for words in (("--help",), ("--cfg", "job"), ("model=mynet", "--help"), ("model=mynte",)):
        process = start("--plugin", "mylab", *words)
        process.wait()
        assert "IMPORTED" not in process.text
    help_text = start("--plugin", "mylab", "--help")
    assert help_text.wait() == 0
    assert "mynet                   A network of two layers" in help_text.text


def test_a_factory_of_a_plugin_is_built(mylab, start, json_of):
    write(mylab, {"conf/model/narrow.yaml": "# One hidden unit\n_target_: mylab.nets.narrow\n"})
    assert start("--plugin", "mylab", "model=narrow", *SMALL).wait() == 0
    assert json_of(mylab.parent / "run/result.json")["parameters"] == 64 + 1 + 10 + 10


def install(folder: Path, name: str = "mylab") -> None:
    """What pip leaves of a package with an entry point."""
    write(folder / f"{name}-1.4.dist-info", {"METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.4\n"})
    write(folder / f"{name}-1.4.dist-info", {"entry_points.txt": f"[physlearn]\n{name} = {name}\n"})


@pytest.mark.slow
def test_an_installed_plugin_and_one_that_was_uninstalled(mylab, tmp_path_factory, python_m, tmp_path, json_of):
    site = tmp_path_factory.mktemp("site")
    shutil.move(mylab, site / "mylab")
    install(site)
    root = str(Path(__file__).resolve().parents[2])
    path = f"{root}{os.pathsep}{site}"
    code, text = python_m("model=mynet", *SMALL, PYTHONPATH=path)
    assert code == 0, text
    facts = json_of(tmp_path / "run/provenance.json")["plugins"]["mylab"]
    assert facts["version"] == "1.4"
    assert (tmp_path / "run/overrides.txt").read_text().startswith("--plugin mylab\n")
    status = json_of(tmp_path / "run/status.json")
    (tmp_path / "run/status.json").write_text(json.dumps(status | {"state": "interrupted"}))

    shutil.rmtree(site / "mylab")  # half uninstalled: the entry point has stayed
    code, text = python_m("--help", PYTHONPATH=path)
    assert code == 2
    assert text.startswith("physlearn: the installed package mylab (entry point mylab): there is no package mylab")
    assert len(text.splitlines()) == 1
    shutil.rmtree(site / "mylab-1.4.dist-info")
    code, text = python_m("resume=run", PYTHONPATH=path)
    assert code == 2
    assert "this run was made with the plugin mylab, not named here" in text
    assert len(text.splitlines()) == 1


@pytest.fixture
def ranks(start):
    """ranks((words of rank 0), (words of rank 1)): two processes as torchrun would begin them."""

    def begin(*each: tuple[str, ...]):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        common = dict(
            WORLD_SIZE=str(len(each)), MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port), PHYSLEARN_PATIENCE="20"
        )
        return [start(*words, RANK=str(k), **common) for k, words in enumerate(each)]

    return begin


TEMPER = ("task=temper", "task.sweeps=20", "task.burn_in=0", "threads=1", "hydra.run.dir=run")


@pytest.mark.parametrize(
    ("second", "why"),
    [
        ((), "rank 1 of 2: --plugin mylab is missing there: type it on every rank"),
        (("--plugin", "nowhere"), "rank 1 of 2: --plugin nowhere: there is no package nowhere"),
    ],
)
def test_consent_is_missing_on_another_rank(mylab, ranks, second, why):
    first, other = ranks(("--plugin", "mylab", *TEMPER), (*second, *TEMPER))
    assert first.wait() == 2
    assert why in first.text
    assert len(first.text.splitlines()) == 1
    assert other.wait() == 2
    assert other.text == ""
    assert not (mylab.parent / "run").exists()


def test_consent_is_missing_on_the_first_rank(mylab, ranks):
    first, other = ranks(("--plugin", "nowhere", *TEMPER), ("--plugin", "mylab", *TEMPER))
    assert [first.wait(), other.wait()] == [2, 2]
    assert len(first.text.splitlines()) == 1
    assert other.text == ""


def test_all_ranks_consent(mylab, ranks):
    words = ("--plugin", "mylab", *TEMPER)
    both = ranks(words, words)
    assert [rank.wait() for rank in both] == [0, 0], both[0].text


LOAD = """
import sys
import physlearn
from physlearn.lab.errors import UserError
try:
    physlearn.load("run")
    print("LOADED")
except UserError as refusal:
    print("REFUSED", refusal)
run = physlearn.load("run", plugins=["mylab"])
print(type(run.network).__module__, tuple(run.predict(run.data.test_x[:3]).shape), run.result["ensemble_samples"])
"""


@pytest.mark.slow
def test_a_run_is_loaded_in_a_notebook_with_its_plugin_named(mylab, start, tmp_path):
    assert start("--plugin", "mylab", "model=mynet", *SMALL).wait() == 0
    root = str(Path(__file__).resolve().parents[2])
    environment = os.environ | {"PYTHONPATH": root, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", LOAD]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    refused, loaded = done.stdout.splitlines()
    assert refused == (
        "REFUSED load('run'): this run was made with the plugin mylab, not named here. Give plugins=['mylab']"
    )
    assert loaded.startswith("mylab.nets (3, 10) ")
