"""A config is data: only what physlearn and torch.optim define is built from it."""

import pytest
import torch

from physlearn.lab.build import build, locate
from physlearn.lab.config import config_folder
from physlearn.lab.errors import UserError, blame


def test_what_is_ours_is_built_with_its_keys():
    schedule = build("dropout", {"_target_": "physlearn.schedules.linear", "start": 0.5, "stop": 0.1})
    assert schedule(5, 10) == pytest.approx(0.3)
    weights = [torch.nn.Parameter(torch.ones(2))]
    assert isinstance(build("optimizer", {"_target_": "torch.optim.SGD", "lr": 0.1}, weights), torch.optim.SGD)


@pytest.mark.parametrize(
    "target",
    [
        "os.system",
        "builtins.eval",
        "torch.load",
        "torch.hub.load",
        "torch.optimx.SGD",
        "physlearnx.evil",
        "physlearn",
        "physlearn.lab.build.importlib.import_module",
        "physlearn.lab.run_one.traceback.print_exc",
        "physlearn.lab.provenance.subprocess",
        "physlearn.lab.run_directory.fcntl.flock",
        "physlearn.lab.run_one.Path",
        "physlearn.schedules._time",
        "physlearn.schedules.nothing",
        "torch.optim.optimizer.torch.load",
        "torch.optim.sgd.Tensor",
        # what is ours and not for a config: files, processes, the front door, tasks
        "physlearn.lab.files.write_atomically",
        "physlearn.lab.build.build",
        "physlearn.lab.run_directory.remove_directory",
        "physlearn.lab",
        "physlearn.processes.leave",
        "physlearn.__main__.main",
        "physlearn.tasks.train.run.run",
        "physlearn.tasks.temper.parts.Weights",
        # the same under the name of a module that imports it
        "physlearn.tasks.setup.make.build",
        "physlearn.tasks.temper.systems.stream",
        "physlearn.tasks.temper.run.run",
        # chains of attributes, dunders, modules
        "physlearn.dynamics.langevin.Langevin.step",
        "physlearn.dynamics.langevin.Langevin.__init__",
        "physlearn.dynamics.langevin.Langevin.__init__.__globals__",
        "physlearn.dynamics.langevin.__loader__",
        "physlearn.dynamics.__loader__.load_module",
        # the same by package: what a public name leads to, and what makes it one
        "physlearn.dynamics.Langevin.step",
        "physlearn.dynamics.Langevin.__init__",
        "physlearn.dynamics.__getattr__",
        "physlearn.dynamics.public_names",
        "physlearn.lazy.public_names",
        "physlearn.lazy.importlib.import_module",
        "physlearn.older_configs.todays_target",
        "physlearn.tempering.swaps",
        "physlearn.dynamics",
        "physlearn.dynamics.langevin",
        "physlearn.schedules.math.sqrt",
        "physlearn..schedules.linear",
        "physlearn.schedules.linear ",
        "",
        # torch's own under a name of ours
        "physlearn.dynamics.langevin.torch",
        "physlearn.dynamics.langevin.torch.load",
        "physlearn.dynamics.langevin.Tensor",
        "physlearn.models.mlp.nn.Linear",
        "torch.optim",
        "torch.optim.sgd.torch.save",
        "torch.optim.optimizer.Optimizer.__reduce__",
    ],
)
def test_nothing_else_is(target):
    with pytest.raises(UserError, match="_target_="):
        locate(target)


def test_a_public_name_is_the_object_that_its_module_defines():
    for name, module in (("dynamics.Langevin", "dynamics.langevin"), ("pruning.random", "pruning.criteria")):
        found = locate(f"physlearn.{name}")
        assert found is locate(f"physlearn.{module}.{name.split('.')[1]}")
        assert found.__module__ == f"physlearn.{module}"


def test_what_conf_names_is_found():
    named = {
        line.split()[1]
        for path in config_folder().rglob("*.yaml")
        for line in path.read_text().splitlines()
        if line.strip().startswith("_target_:")
    }
    assert len(named) > 30
    assert all(callable(locate(target)) for target in named)


def test_a_refusal_names_the_key():
    with pytest.raises(UserError, match=r"^dropout: piecewise needs"):
        build("dropout", {"_target_": "physlearn.schedules.piecewise", "values": [1], "boundaries": [0.5]})
    with pytest.raises(UserError, match=r"does not take these keys: got an unexpected keyword argument 'a'"):
        build("dropout", {"_target_": "physlearn.schedules.constant", "value": 1, "a": 2})
    for key, text in (("task.batch_size", "batch_size=0: no"), ("data", "root=/x: no"), ("data", "data.root=/x: no")):
        with pytest.raises(UserError, match=r"^(task\.batch_size=0|data\.root=/x): no$"), blame(key):
            raise ValueError(text)
    with pytest.raises(UserError, match=r"^system\.l=2: no\. Type e\.g\. system\.l=1, or state\.n=3$"), blame("system"):
        raise ValueError("l=2: no. Type e.g. l=1, or state.n=3")
