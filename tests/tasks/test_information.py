"""task=information from the command line."""

import json
from pathlib import Path


def test_slow_training_is_more_efficient(typed):
    code, _ = typed("task=information task.steps=[10,100,1000] task.features=6 threads=1 hydra.run.dir=run")
    assert code == 0
    found = json.loads(Path("run/result.json").read_text())
    slow, quick = found["slowly_efficiency"], found["at_once_efficiency"]
    assert slow == sorted(slow)
    assert slow[-1] > 2 * quick[-1]
    assert slow[-1] < 1
    assert all(low <= high for low, high in zip(found["slowly_l_info"], found["slowly_m_info"], strict=True))
    assert {path.stem for path in Path("run/figures").glob("*.png")} == {"efficiency", "information", "sharpness"}


def test_bad_values_are_named(refused):
    refused("task=information task.steps=[0]", "task.steps")


def test_an_unstable_step_is_named(typed):
    code, printed = typed("task=information task.lr=50 hydra.run.dir=run")
    assert code == 2
    assert "task.lr: the step 50 is not stable" in printed.err
