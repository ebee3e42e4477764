"""task.matmul_precision=bfloat16 in task=train: near float32, resumed to the bit, refused for samplers."""

import pytest
import torch
from stopping import Stopped, checked, run_task

from physlearn.lab.checkpoints import newest_readable
from physlearn.lab.errors import UserError
from physlearn.tasks.train import report as train_report
from physlearn.tasks.train import run as train

SMALL = "threads=1 model=helmholtz_c model.width=0.1 data.limit=60 data.validation=20 task.batch_size=20 task.epochs=2"
DESCENT = "optimizer=adamw temperature=none dropout=none task.log_every=2"
COARSE = "task.matmul_precision=bfloat16"


@pytest.fixture(autouse=True)
def in_haste(monkeypatch):
    monkeypatch.setattr(train_report, "draw", lambda *_: None)


def go(place, *words, stop=None):
    run_task(train.run, place, checked(*SMALL.split(), *DESCENT.split(), *words), stop)
    return newest_readable(place / "checkpoints")["state"]["model"]


def apart(one, other):
    return float(sum((one[name] - other[name]).square().sum() for name in one).sqrt())


def test_bfloat16_changes_little_and_a_stopped_run_ends_with_the_same_weights(tmp_path):
    exact, coarse, other = go(tmp_path / "a"), go(tmp_path / "b", COARSE), go(tmp_path / "c", "seed=1")
    assert all(tensor.dtype == torch.float32 for tensor in coarse.values())
    assert 0 < apart(coarse, exact) < 0.1 * apart(other, exact)
    with pytest.raises(Stopped):
        go(tmp_path / "d", COARSE, "task.checkpoint_every=2", stop=2)
    assert apart(go(tmp_path / "d", COARSE, "task.checkpoint_every=2"), coarse) == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["optimizer=langevin"], "bfloat16 rounds the forces of a sampler"),
        (["precision=float64"], "bfloat16 is not allowed with precision=float64"),
    ],
)
def test_refused(tmp_path, words, message):
    with pytest.raises(UserError, match=message) as caught:
        go(tmp_path, COARSE, *words)
    assert "\n" not in str(caught.value)
