"""A plugin's own groups, presets and tasks: composed, checked, swept, shown and compared like those of physlearn."""

import pytest

FILES = {
    "rotor.py": """
class Rotor:
    def __init__(self, field, axes, name, **more):
        self.field, self.more = field, more
""",
    "tasks/rotors/run.py": """
import torch
from physlearn.lab.build import build

torch.seed()  # the global generator as a process may find it


def run(cfg, bench):
    rotor, place = build("rotor", cfg.rotor), torch.zeros(3)
    if saved := bench.restore():
        place.copy_(saved["place"])
    for step in bench.steps(cfg.task.steps, lambda: {"place": place}, every=10):
        place += rotor.field * torch.randn(3)  # from the global generator
        bench.log(step + 1, place=place.tolist())
    return {"end": float(place.sum()), "field": rotor.field}
""",
    "tasks/rotors/rules.py": "from physlearn.ranges import integer\nRULES = {'task.steps': integer(1)}\n",
    "tasks/rotors/shown.py": """
from physlearn.lab.shown import Shown

EXAMPLES = (("a rotor in a field", "python -m physlearn --plugin mylab task=rotors"),)
SHOWN = {"end": Shown("where the rotor ends", column=True)}
""",
    "conf/task/rotors.yaml": """
# @package _global_
# Rotors in a field
defaults:
  - /rotor: single
task:
  name: rotors
  steps: 20       # steps
  heat: 0.7       # T, in the unit of J
  cold: false     # at T = 0
""",
    "conf/rotor/single.yaml": """
# One rotor
_target_: mylab.rotor.Rotor
field: 1.5    # J, in the unit of T
axes: [1, 2]  # along which it turns
name: left    # its name
mass: null    # null: 1
""",
    "conf/experiment/fields.yaml": """
# @package _global_
# A rotor in two fields
defaults:
  - override /task: rotors
hydra:
  mode: MULTIRUN
  sweeper:
    params:
      rotor.field: 1.0,2.0
""",
}
PLUGIN = ("--plugin", "mylab")


@pytest.fixture(autouse=True)
def mylab(tmp_path):
    for name, text in FILES.items():
        (tmp_path / "mylab" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "mylab" / name).write_text(text.lstrip())
    return tmp_path / "mylab"


def test_a_task_of_a_plugin_runs_and_its_global_draws_are_seeded(start, tmp_path, findings):
    runs = [start(*PLUGIN, "task=rotors", "rotor.field=2", *more) for more in words_of("one", "two", "seed=1")]
    assert [run.wait() for run in runs] == [0, 0, 0], runs[0].text
    assert findings(tmp_path / "one") == findings(tmp_path / "two") != findings(tmp_path / "seed=1")
    assert findings(tmp_path / "one")[0]["field"] == 2


def words_of(*names):
    return [(*([name] if "=" in name else []), f"hydra.run.dir={name}") for name in names]


def test_a_preset_of_a_plugin_is_a_sweep_with_its_comparison(start, tmp_path):
    sweep = start(*PLUGIN, "experiment=fields", "hydra.sweep.dir=sweep")
    assert sweep.wait() == 0, sweep.text
    assert "to resume, repeat this command with --plugin mylab hydra.sweep.dir=sweep" in sweep.text
    header = (tmp_path / "sweep/comparison.md").read_text().splitlines()[0]
    assert "rotor.field" in header
    assert "where the rotor ends" in header
    assert (tmp_path / "sweep/1/overrides.txt").read_text().splitlines()[0] == "--plugin mylab"
    alone = start("task=compare", "runs=sweep", "hydra.run.dir=compared")  # reading needs no consent
    assert alone.wait() == 0, alone.text


@pytest.mark.parametrize(
    ("word", "line"),
    [
        ("rotor.field=a", "rotor.field=a is not allowed: it must be a number. Type e.g. rotor.field=1.5"),
        ("rotor.axes=[a]", "rotor.axes=['a'] is not allowed: it must be a list of numbers"),
        ("rotor.name=3", "rotor.name=3 is not allowed: it must be a text or null"),
        ("task.steps=0", "task.steps=0 is not allowed: it must be a whole number >= 1"),
        ("task.heat=hot", "task.heat=hot is not allowed: it must be a number. Type e.g. task.heat=0.7"),
        ("task.cold=1", "task.cold=1 is not allowed: it must be true or false"),
        ("rotor=doubel", "rotor=doubel does not exist"),
        ("rotor.feild=1", "there is no key rotor.feild; did you mean rotor.field?"),
        ("model=mlp", "model=mlp is not allowed: what is run here has no model"),
        ("seed=-1", "seed=-1 is not allowed"),
    ],
)
def test_its_keys_are_checked_in_one_line(start, word, line):
    process = start(*PLUGIN, "task=rotors", word)
    assert process.wait() == 2
    assert len(process.text.splitlines()) == 1
    assert line in process.text


def test_help_lists_groups_keys_and_examples(start):
    text = start(*PLUGIN, "--help")
    assert text.wait() == 0
    for part in ("rotor=\n  single ", "rotors                  Rotors in a field", "fields  ", "# a rotor in a field"):
        assert part in text.text
    keys = start(*PLUGIN, "task=rotors", "--help")
    assert keys.wait() == 0
    assert "rotor.mass" in keys.text
    assert "J, in the unit of T" in keys.text
