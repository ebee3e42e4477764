"""An equation of motion and the rule of its config keys take the same values."""

import inspect
import math

import pytest
import torch
import yaml
from omegaconf import OmegaConf

from physlearn.dynamics.key_rules import KEY_RULES
from physlearn.dynamics.noise import NOISES
from physlearn.hopfield.choices import LEARNING_RULES
from physlearn.hopfield.rules import RULES
from physlearn.instruments.probe import noise_step
from physlearn.lab.build import locate
from physlearn.lab.config import config_folder
from physlearn.models.mlp import LAYERS
from physlearn.pruning.storage import PRECISION
from physlearn.tasks.recall.run import AMOUNT

OPTIONS = {path.stem: yaml.safe_load(path.read_text()) for path in (config_folder() / "optimizer").glob("*.yaml")}
RESOLVED = {name: OmegaConf.to_container(OmegaConf.create(keys), resolve=True) for name, keys in OPTIONS.items()}
THERMAL = {  # a number in place of `auto`, which a task replaces
    name: keys | {"weight_decay": 1e-4} for name, keys in RESOLVED.items() if keys["_target_"].startswith("physlearn.")
}
VALUES = (-1.0, -1e-9, 0.0, 1e-9, 0.3, 1.0, 1.0 + 1e-9, 7.0, math.inf, math.nan, True, None, "gaussian", "euler", "hot")
CASES = [(name, key) for name, keys in THERMAL.items() for key in keys if key != "_target_"]


def takes(name: str, **keys) -> bool:
    settings = {
        key: float(value) if isinstance(value, str) and "e-" in value else value for key, value in THERMAL[name].items()
    }
    try:
        locate(settings.pop("_target_"))([torch.nn.Parameter(torch.ones(2))], **{"temperature": 0.5} | settings | keys)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(("name", "key"), CASES)
def test_class_and_rule_agree(name, key):
    assert takes(name)
    for value in VALUES:
        if key == "lr" and value == 0:
            continue  # a class may stand still at the end of a schedule; a run whose every step is 0 is refused
        assert takes(name, **{key: value}) == KEY_RULES[f"optimizer.{key}"].holds(value), value


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [("underdamped", "friction", 0), ("nose_hoover", "diffusion", 0), ("preconditioned", "alpha", 1)],
)
def test_the_ends_of_a_range_run(name, key, value):
    """Friction and diffusion 0, memory 1: allowed, and no division by zero behind them."""
    assert KEY_RULES[f"optimizer.{key}"].holds(value)
    settings = dict(THERMAL[name])
    weights = torch.nn.Parameter(torch.ones(3, dtype=torch.float64))
    settings = {k: float(v) if k != "_target_" else v for k, v in settings.items()} | {key: value}
    optimizer = locate(settings.pop("_target_"))([weights], temperature=0.5, **settings)
    assert noise_step(optimizer) is None
    for _ in range(3):
        weights.grad = weights.detach().clone()
        optimizer.step()
    assert bool(weights.isfinite().all())


def test_every_key_of_an_option_is_an_argument_of_its_class():
    for name, keys in OPTIONS.items():
        parameters = inspect.signature(locate(keys["_target_"])).parameters
        assert [key for key in keys if key != "_target_" and key not in parameters] == [], name


def test_a_word_stands_for_the_function_of_its_name():
    """Words and functions are zipped: in another order they would be exchanged."""
    assert [NOISES[name].__name__ for name in ("gaussian", "rademacher", "box_muller")] == [
        "normals_",
        "signs_",
        "box_muller_",
    ]
    assert [RULES[name].__name__ for name in LEARNING_RULES] == list(LEARNING_RULES)
    assert LAYERS["relu"][0] is torch.nn.ReLU
    assert LAYERS["tanh"][0] is torch.nn.Tanh
    assert PRECISION == {"float32": "<f4", "float16": "<f2", "codebook": "<f2"}
    assert AMOUNT == {"flip": 0.15, "mask": 0.5, "noise": 0.7}
