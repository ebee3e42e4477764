"""Every key of every option has a rule, every default keeps it, and a key without one is refused."""

import importlib
import itertools
import re

import pytest
import yaml

from physlearn.lab.check import check, leaves, nearest, rule_for
from physlearn.lab.config import compose, config_folder, options, own_part, plan
from physlearn.lab.errors import UserError
from physlearn.lab.meanings import meanings, not_read_with, task_of
from physlearn.lab.run_directory import as_dict
from physlearn.lab.unread import refuse_unread
from physlearn.tasks.setup.rules import modules, rules

CONF = config_folder()
GROUPS = {folder.name: options(folder.name) for folder in CONF.iterdir() if folder.is_dir()}
FILES = [  # (group, its file): presets set keys and define none
    *((group, CONF / group / f"{name}.yaml") for group in GROUPS if group != "experiment" for name in GROUPS[group]),
    ("", CONF / "config.yaml"),
]
MUST = {"runs": "runs=outputs", "from": "from=outputs/prune/run"}  # keys without a default


def groups_of(task: str) -> list[str]:
    """The groups that a task brings."""
    text = (CONF / "task" / f"{task}.yaml").read_text()
    return [group for group in GROUPS if f"- /{group}:" in text or f"- /{group}@" in text]


def fitting(group: str, task: str) -> list[str]:
    """The options of a group that a task takes."""
    return [name for name in GROUPS[group] if task_of(CONF / group / f"{name}.yaml") in (None, task)]


def chosen():
    """Words that bring every option of every group by, several at once, and each in one task: composing takes long."""
    seen: set[tuple[str, str]] = set()
    for task in GROUPS["task"]:
        groups = {group: fitting(group, task) for group in groups_of(task)}
        new = {group: [n for n in names if (group, n) not in seen] or names[:1] for group, names in groups.items()}
        seen |= {(group, name) for group, names in groups.items() for name in names}
        for i in range(max((len(names) for names in new.values()), default=1)):
            yield task, [f"{group}={names[i % len(names)]}" for group, names in new.items()]


@pytest.mark.parametrize("task", GROUPS["task"])
def test_every_key_of_every_option_that_a_task_takes_has_a_rule_there(task):
    files = [(g, CONF / g / f"{name}.yaml") for g in groups_of(task) for name in fitting(g, task)]
    keys = {key for group, path in files for key in meanings(path, group)}
    assert [key for key in sorted(keys) if rule_for(key, rules(task)) is None] == []


@pytest.mark.parametrize(
    ("task", "words"), list(chosen()), ids=lambda part: part if isinstance(part, str) else "-".join(part)
)
def test_every_key_has_a_rule_and_every_default_keeps_it(task, words):
    must = [word for key, word in MUST.items() if f"\n{key}: ???" in (CONF / "task" / f"{task}.yaml").read_text()]
    config = as_dict(own_part(compose([f"task={task}", *words, *must])))
    check(config, rules(task))
    assert [key for key, _ in leaves(config) if rule_for(key, rules(task)) is None] == []


def test_presets_lie_in_folders_too():
    assert {path.stem for path in (CONF / "experiment").rglob("*.yaml")} == {
        name.rpartition("/")[2] for name in GROUPS["experiment"]
    }
    assert "hopfield/capacity" in GROUPS["experiment"]


def sweeps(experiment):
    """Words that leave of a preset's sweep one key at a time, the others at their first value: a job takes long to
    compose. Of seeds, which differ in nothing, one."""
    settings = yaml.safe_load((CONF / "experiment" / f"{experiment}.yaml").read_text())
    params = settings.get("hydra", {}).get("sweeper", {}).get("params", {})
    first = {key: re.split(r",(?![^\[]*\])", str(values))[0] for key, values in params.items()}
    swept = [key for key in params if key != "seed"] or [None]
    for own in swept:
        yield [f"{key}={value}" for key, value in first.items() if key != own]


@pytest.mark.parametrize("experiment", GROUPS["experiment"])
def test_every_value_of_every_experiment_keeps_the_rules_and_reads_what_is_set(experiment):
    jobs = []
    for words in sweeps(experiment):
        found = plan([f"experiment={experiment}", *words])
        jobs += [(as_dict(job), its, rules(job.task.name)) for job, its in zip(found.jobs, found.choices, strict=True)]
    for config, _, its_rules in jobs:
        check(config, its_rules)
    refuse_unread(list(meanings(CONF / "experiment" / f"{experiment}.yaml", "experiment")), jobs)


@pytest.mark.parametrize(("group", "path"), FILES, ids=[str(path.relative_to(CONF)) for _, path in FILES])
def test_every_key_says_on_its_line_what_it_means(group, path):
    found = {key: meaning for key, meaning in meanings(path, group).items() if key != "task.name"}  # see compose
    assert [key for key, meaning in found.items() if len(meaning) < 5] == []


def test_a_meaning_is_the_comment_that_follows_the_value_on_its_line(tmp_path):
    path = tmp_path / "option.yaml"
    path.write_text(
        "# One\n# Not read: temperature (no noise)\n_target_: x  # no key\na: '#1'  # first\nb: [1, 2]\n# below\n"
        "c:\n  d: 0.5   # second: a # too\n"
    )
    assert meanings(path, "g") == {"g.a": "first", "g.b": "", "g.c.d": "second: a # too"}
    assert not_read_with(path) == {"temperature": "no noise"}


TARGETS = {f"{group}._target_" for group in GROUPS}  # no keys to type; lab/ rules them for all groups


def test_a_key_has_one_rule_and_every_rule_a_key():
    """No key stands in two of the modules that hold rules; no rule is left of a key that is gone; an example holds."""
    owned = [(key, module) for module in modules() for key in importlib.import_module(module).KEY_RULES]
    keys = [key for key, _ in owned]
    assert sorted(keys) == sorted(set(keys))
    named = {key for group, path in FILES for key in meanings(path, group)}
    assert [key for key, _ in owned if key not in named and "*" not in key and key not in TARGETS] == []
    for task in GROUPS["task"]:
        for key, rule in rules(task).items():
            if key != "*._target_":
                assert rule.holds(yaml.safe_load(rule.example.replace("e-", ".0e-"))), (task, key)


def test_a_group_is_ruled_by_one_package():
    owners: dict[str, set[str]] = {}
    for module in modules():
        for key in importlib.import_module(module).KEY_RULES.keys() - TARGETS:
            owners.setdefault(key.partition(".")[0], set()).add(module)
    assert {group: found for group, found in owners.items() if len(found) > 1} == {}
    shared = {key for module in modules() for key in importlib.import_module(module).KEY_RULES}
    own = {key for task in GROUPS["task"] for key in rules(task).keys() - shared}
    assert own > {"task.epochs", "task.sweeps", "runs", "from"}
    assert [key for key in own if "." in key and not key.startswith("task.")] == []


def test_every_file_begins_with_its_one_liner():
    from physlearn.lab.guide import first_comment, guide

    files = [path for path in CONF.rglob("*.yaml") if path.name != "config.yaml"]
    assert [path.name for path in files if len(first_comment(path)) < 10] == []
    text = guide()
    assert [name for name in itertools.chain(*GROUPS.values()) if name not in text] == []


def test_swept_keys_stand_in_every_option():
    """A sweep dies on the first option that has not the key."""
    keys = {
        "dropout": ("start", "stop"),
        "temperature": ("value",),
        "optimizer": ("lr", "weight_decay"),
        "data": ("root", "limit", "validation"),
    }
    for group, names in keys.items():
        for option in GROUPS[group]:
            text = (CONF / group / f"{option}.yaml").read_text()
            assert [name for name in names if f"\n{name}:" not in text] == [], (group, option)


def test_a_key_without_a_rule_is_refused():
    with pytest.raises(UserError, match="sed=1: there is no key sed; did you mean seed"):
        check({"sed": 1}, rules("train"))


def test_the_task_of_a_file_is_its_name():
    for task in GROUPS["task"]:
        assert f"\n  name: {task}\n" in (CONF / "task" / f"{task}.yaml").read_text()


def test_what_is_near_is_offered():
    assert nearest("annealled", ["annealed", "none"]) == "; did you mean annealed?"
    assert nearest("xyz", ["annealed", "none"]) == "."
