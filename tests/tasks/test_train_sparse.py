"""task=train task.sparse=true: the Boltzmann distribution of the weights that task=prune kept."""

import pytest
import torch
from stopping import Stopped, checked, run_task

from physlearn.lab.checkpoints import newest_readable
from physlearn.pruning.storage import unpack
from physlearn.tasks.prune import report as prune_report
from physlearn.tasks.prune import run as prune
from physlearn.tasks.train import report as train_report
from physlearn.tasks.train import run as train
from physlearn.tasks.train.report import spaced

SMALL = ("threads=1", "model=mlp", "model.widths=[12]", "data.limit=200", "dropout=none", "task.batch_size=20")
SPARSE = ("task.sparse=true", "task.epochs=12", "ensemble.burn_in=0.5", "ensemble.keep=6", "task.log_every=9")


@pytest.fixture(scope="module")
def pruned(tmp_path_factory):
    place = tmp_path_factory.mktemp("sparse") / "pruned"
    words = ("task=prune", "task.dense_epochs=8", "task.epochs=8", "pruning.compression=6", "storage=float32")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prune_report, "draw", lambda *_: None)
        run_task(prune.run, place, checked(*words, *SMALL))
    return place


@pytest.fixture(autouse=True)
def in_haste(monkeypatch):
    monkeypatch.setattr(train_report, "draw", lambda *_: None)


def state_of(place):
    return newest_readable(place / "checkpoints")["state"]


def test_it_begins_with_the_pruned_network_and_moves_the_kept_weights_alone(pruned, tmp_path):
    words = (*SMALL, *SPARSE, f"from={pruned}")
    found = run_task(train.run, tmp_path / "t", checked(*words))
    masks, state = state_of(pruned)["masks"], state_of(tmp_path / "t")
    kept = sum(int(mask.sum()) for mask in masks.values())
    assert found["weights_kept"] == kept == (64 * 12 + 120) // 6
    assert found["parameters"] == kept + 22
    for sample in (state["model"], *state["samples"]):
        for name, mask in masks.items():
            assert (sample[name][~mask] == 0).all()
            assert (sample[name][mask] != 0).all()
    assert not torch.equal(state["samples"][0]["fc1.weight"], state["samples"][1]["fc1.weight"])
    assert found["ensemble_sizes"] == [1, 2, 4, 6]
    assert found["ensemble_test_errors"][-1] == found["ensemble_test_error"]
    assert found["ensemble_test_nlls"][0] == pytest.approx(found["test_nll"], rel=1e-6)
    steps = [b - a for a, b in zip(found["ensemble_bytes"], found["ensemble_bytes"][1:], strict=False)]
    assert steps == [2 * (kept + 22) * more for more in (1, 2, 2)]
    cold = run_task(train.run, tmp_path / "c", checked(*words, "optimizer.lr=1e-12", "task.epochs=1"))
    file = unpack((pruned / "network.plnet").read_bytes())
    assert cold["ensemble_sizes"] == [1, 2, 4]
    first = state_of(tmp_path / "c")["model"]
    assert all(torch.allclose(first[name], value, atol=1e-5) for name, value in file.items())


def test_it_goes_on_bit_for_bit_without_its_source(pruned, tmp_path):
    source = tmp_path / "source"
    pruned.rename(source)
    try:
        config = checked(*SMALL, *SPARSE, f"from={source}", "task.checkpoint_every=31")
        whole = run_task(train.run, tmp_path / "whole", config)
        with pytest.raises(Stopped):
            run_task(train.run, tmp_path / "cut", config, stop=62)
    finally:
        source.rename(pruned)
    again = run_task(train.run, tmp_path / "cut", config)  # `from` names nothing any more
    times = ("seconds", "steps_per_second")
    assert {k: v for k, v in again.items() if k not in times} == {k: v for k, v in whole.items() if k not in times}


def test_what_has_no_masks_is_refused_in_one_line(pruned, tmp_path):
    for words, line in (
        (("task.sparse=true",), "task.sparse=true needs a pruned network: type from=outputs/prune/<run>"),
        (("task.sparse=true", f"from={tmp_path}"), "no run lies there"),
        (("task.sparse=true", f"from={pruned}", "model.widths=[13]"), "from"),
    ):
        with pytest.raises(Exception, match=line) as refusal:
            run_task(train.run, tmp_path / "refused", checked(*SMALL, *words))
        assert type(refusal.value).__name__ == "UserError"


def test_evenly_spaced_with_the_last_one():
    assert spaced(list("abcdefg"), 3) == ["b", "d", "g"]
