"""Groups of a comparison follow the configs: two ways to type the same thing are one."""

from pathlib import Path

from physlearn.lab.collect import Run, group

ANNEALED = {"dropout._target_": "linear", "dropout.start": 0.5, "dropout.stop": 0.0}
NONE = {"dropout._target_": "constant", "dropout.start": 0.0, "dropout.stop": 0.0}


def run(config, seed=0, **overrides):
    names = {name.replace("__", "."): value for name, value in overrides.items()}
    return Run(Path("."), {"optimizer.lr": 0.1, "seed": seed, **config}, names, "done", {}, None)


def labels(*runs):
    return [entry.label for entry in group(list(runs))]


def test_the_default_and_the_same_option_typed_are_one_group():
    found = group([run(ANNEALED), run(ANNEALED, 1, dropout="annealed"), run(NONE, 2, dropout="none")])
    assert [len(entry.runs) for entry in found] == [2, 1]
    assert [entry.label for entry in found] == [{"dropout": "annealed"}, {"dropout": "none"}]


def test_a_word_is_no_difference_where_the_configs_differ_in_something_else():
    """Typed beside one learning rate and left out beside the other: the learning rate alone tells them apart."""
    slow, fast = ANNEALED | {"optimizer.lr": 0.1}, ANNEALED | {"optimizer.lr": 0.2}
    assert labels(run(slow, dropout="annealed", optimizer__lr="0.1"), run(fast, optimizer__lr="2e-1")) == [
        {"optimizer.lr": "0.1"},
        {"optimizer.lr": "2e-1"},
    ]


def test_numbers_are_compared_as_numbers():
    runs = [run(NONE, seed, optimizer__lr=word) for seed, word in enumerate(("0.1", "1e-1", "1.0e-1"))]
    found = group(runs)
    assert [len(entry.runs) for entry in found] == [3]
    assert found[0].label == {}


def test_a_key_of_a_group_that_was_swept_does_not_split_its_word():
    low, high = NONE | {"dropout.start": 0.1}, NONE | {"dropout.start": 0.2}
    found = labels(run(low, dropout="constant", dropout__start="0.1"), run(high, dropout__start="0.2"))
    assert found == [{"dropout.start": "0.1"}, {"dropout.start": "0.2"}]


def test_a_preset_has_no_keys_of_its_own():
    found = labels(run(NONE, experiment="a"), run(ANNEALED, experiment="b"))
    assert found == [{"experiment": "a"}, {"experiment": "b"}]
