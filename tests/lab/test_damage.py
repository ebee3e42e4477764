"""Damaged checkpoints under a real resume: a warning and the one before; where none is left nothing is touched."""

import json
import signal

import pytest

LONG = "task.epochs=400"


@pytest.fixture
def stopped(start, quick, tmp_path):
    """A run stopped by SIGTERM with two checkpoints, and its directory."""
    process = start(*quick, LONG, "task.checkpoint_every=20", "hydra.run.dir=run")
    process.until(lambda: len(list(tmp_path.glob("run/checkpoints/step_*.safetensors"))) == 2)
    process.kill(signal.SIGTERM)
    assert process.wait() == 143
    return tmp_path / "run"


def newest(directory):
    return max(directory.glob("checkpoints/step_*.safetensors"))


@pytest.mark.parametrize("damage", ["truncated", "emptied", "flipped"])
def test_the_one_before_is_used(start, stopped, damage, json_of):
    path = newest(stopped)
    whole = path.read_bytes()
    flipped = whole[:-100] + bytes([whole[-100] ^ 1]) + whole[-99:]
    path.write_bytes({"truncated": whole[: len(whole) // 2], "emptied": b"", "flipped": flipped}[damage])
    before = int(newest_but(stopped, path).stem.removeprefix("step_"))
    process = start(f"resume={stopped}")
    aside = path.with_name(f"{path.name}.damaged")
    process.until(lambda: aside.exists() and int(newest(stopped).stem.removeprefix("step_")) > before)
    process.kill(signal.SIGTERM)
    assert process.wait() == 143
    assert f"{path} is " in process.text
    assert "the one before it is used" in process.text
    assert f"Goes on from step {before:,}" in process.text
    assert aside.exists()
    steps = [json.loads(line)["step"] for line in (stopped / "metrics.jsonl").read_text().splitlines()]
    assert steps == list(range(5, 5 * len(steps) + 1, 5))
    assert len(json_of(stopped / "provenance.json")["resumed"]) == 1


def newest_but(directory, path):
    return max(other for other in directory.glob("checkpoints/step_*.safetensors") if other != path)


def test_where_none_is_left_nothing_is_touched(start, stopped):
    for path in stopped.glob("checkpoints/*"):
        path.write_bytes(path.read_bytes()[:-1])
    before = contents(stopped)
    process = start(f"resume={stopped}")
    assert process.wait() == 2
    assert process.text.count("\n") == 1
    assert f"no checkpoint in {stopped}/checkpoints can be read, nothing was changed" in process.text
    assert contents(stopped) == before


def test_a_checkpoint_of_another_device_is_refused(stopped, start):
    """Its random streams cannot go on there. The file is what a GPU's would be."""
    from physlearn.lab.checkpoints import read_checkpoint, write_checkpoint

    for path in stopped.glob("checkpoints/*"):
        write_checkpoint(path, read_checkpoint(path) | {"device": "cuda"})
    before = contents(stopped)
    process = start(f"resume={stopped}")
    assert process.wait() == 2
    assert "was begun on cuda" in process.text
    assert contents(stopped) == before


def test_other_data_are_refused(stopped, start, json_of):
    """The same words on other data are another run: the checksum that it began with tells."""
    provenance = json_of(stopped / "provenance.json")
    provenance["data"]["sha256"] = "0" * 64
    (stopped / "provenance.json").write_text(json.dumps(provenance))
    process = start(f"resume={stopped}")
    assert process.wait() == 2
    assert "was begun with" in process.text
    assert json_of(stopped / "status.json")["state"] == "failed"


def contents(directory):
    return {path: path.read_bytes() for path in directory.rglob("*") if path.is_file()}
