"""A full disk: the old checkpoint stays whole, the message names the path, and with room again the run goes on."""

import os

import pytest

from physlearn.lab.checkpoints import newest_readable, write_checkpoint
from physlearn.lab.files import write_json
from physlearn.lab.run_one import one_line

BIG = ("threads=1", "model=mlp", "model.widths=[8]", "data.limit=256", "task.batch_size=32", "task.epochs=40")


def test_a_checkpoint_that_does_not_fit_leaves_the_one_before_it(start, tmp_path, json_of, findings):
    """The samples of the ensemble make checkpoints grow, until one is larger than any file may be."""
    words = (*BIG, "task.checkpoint_every=10", "task.log_every=5", "ensemble.burn_in=0.3", "ensemble.keep=100")
    assert start(*words, "hydra.run.dir=whole").wait() == 0
    process = start(*words, "hydra.run.dir=full", file_limit=60_000)
    assert process.wait() == 1
    last = process.text.splitlines()[-1]
    assert f"could not write {tmp_path}/full/checkpoints/step_" in last
    assert "File too large" in last
    assert last.endswith(f"python -m physlearn resume={tmp_path}/full")
    assert "Traceback" not in process.text
    assert json_of(tmp_path / "full/status.json")["state"] == "failed"
    assert newest_readable(tmp_path / "full/checkpoints")["step"] > 0
    assert not list((tmp_path / "full").rglob("*.part"))
    assert start("resume=full").wait() == 0
    assert findings(tmp_path / "full") == findings(tmp_path / "whole")


def test_a_metrics_file_that_does_not_fit_is_named(start, tmp_path, findings):
    words = (*BIG, "task.checkpoint_every=100", "task.log_every=1")
    assert start(*words, "hydra.run.dir=whole").wait() == 0
    process = start(*words, "hydra.run.dir=full", file_limit=20_000)
    assert process.wait() == 1
    assert f"could not write {tmp_path}/full/metrics.jsonl: File too large" in process.text
    assert start("resume=full").wait() == 0
    assert findings(tmp_path / "full") == findings(tmp_path / "whole")


def test_a_disk_that_is_full_from_the_start_is_nothing_to_resume(start, tmp_path):
    process = start(*BIG, "hydra.run.dir=full", file_limit=400)
    assert process.wait() == 1
    assert process.text.count("\n") == 1
    assert f"could not write {tmp_path}/full/" in process.text
    assert process.text.endswith("Free some space and repeat the command\n")
    assert not (tmp_path / "full").exists()


def test_an_error_of_many_lines_is_one_line_on_the_screen(tmp_path):
    """torch's own are ten lines long; status.json has the whole."""
    many = RuntimeError("\n\nThe size of tensor a (3) must match " + 300 * "x" + "\nException raised from\nframe #0")
    text = one_line(many, tmp_path)
    assert "\n" not in text
    assert text.startswith("RuntimeError: The size of tensor a (3) must match")
    assert len(text) < 250 + len(str(tmp_path))
    assert "frame" not in text


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_what_cannot_be_written_is_named_and_the_old_file_stays(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    write_json(path, {"old": 1})
    monkeypatch.setattr(
        "physlearn.lab.files.os.fsync", lambda file: (_ for _ in ()).throw(OSError(28, "No space left"))
    )
    with pytest.raises(OSError, match=f"could not write {path}: No space left"):
        write_json(path, {"new": 2})
    with pytest.raises(OSError, match="could not write"):
        write_checkpoint(path, {"new": 2})
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.json"]
    assert "old" in path.read_text()
