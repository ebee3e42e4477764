"""Every key of every option has a rule, every default keeps it, and a key without one is refused."""

import itertools

import pytest

from physlearn.lab.check import check, leaves, nearest, rule_for
from physlearn.lab.claim import as_dict
from physlearn.lab.config import compose, config_folder, own_part
from physlearn.lab.errors import UserError
from physlearn.tasks.rules import rules

CONF = config_folder()
GROUPS = {
    folder.name: sorted(path.stem for path in folder.glob("*.yaml")) for folder in CONF.iterdir() if folder.is_dir()
}
MUST = {"runs": "runs=outputs", "from": "from=outputs/prune/run"}  # keys without a default


def groups_of(task: str) -> list[str]:
    """The groups that a task brings."""
    text = (CONF / "task" / f"{task}.yaml").read_text()
    return [group for group in GROUPS if f"- /{group}:" in text or f"- /{group}@" in text]


def chosen():
    """Words that bring every option of every group by, several at once."""
    for task in GROUPS["task"]:
        groups = groups_of(task)
        most = max((len(GROUPS[group]) for group in groups), default=1)
        for i in range(most):
            yield task, [f"{group}={GROUPS[group][i % len(GROUPS[group])]}" for group in groups]


@pytest.mark.parametrize(
    ("task", "words"), list(chosen()), ids=lambda part: part if isinstance(part, str) else "-".join(part)
)
def test_every_key_has_a_rule_and_every_default_keeps_it(task, words):
    must = [word for key, word in MUST.items() if f"\n{key}: ???" in (CONF / "task" / f"{task}.yaml").read_text()]
    config = as_dict(own_part(compose([f"task={task}", *words, *must])))
    check(config, rules(task))
    assert [key for key, _ in leaves(config) if rule_for(key, rules(task)) is None] == []


@pytest.mark.parametrize("experiment", GROUPS.get("experiment", []))
def test_every_experiment_composes_and_keeps_the_rules(experiment):
    config = own_part(compose([f"experiment={experiment}"]))
    check(as_dict(config), rules(config.task.name))


def test_every_file_begins_with_its_one_liner():
    from physlearn.lab.guide import first_comment, guide

    files = [path for path in CONF.rglob("*.yaml") if path.name != "config.yaml"]
    assert [path.name for path in files if len(first_comment(path)) < 10] == []
    text = guide(CONF)
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
