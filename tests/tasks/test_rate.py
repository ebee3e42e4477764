"""task=rate: seeds are one point, networks a curve each, uncoded runs stand at the bits of the data as they are."""

import json

import pytest
from omegaconf import OmegaConf
from screen import Screen
from stopping import checked

from physlearn.lab.errors import UserError
from physlearn.tasks.rate import run as rate


@pytest.fixture(scope="module")
def config():
    return checked("threads=1", "codec=jpeg")


@pytest.fixture
def make(tmp_path, config):
    """make(name, bits, error, *words): the files of a finished run of task=train; bits None: without a codec."""

    def run(name, bits, error, *words, raw=24.0, state="done", **more):
        directory = tmp_path / "runs" / name
        directory.mkdir(parents=True)
        own = OmegaConf.create(OmegaConf.to_container(config))
        for word in words:
            OmegaConf.update(own, *word.split("="), force_add=True)
        (directory / "config.yaml").write_text(OmegaConf.to_yaml(own))
        (directory / "overrides.txt").write_text("\n".join(words))
        (directory / "status.json").write_text(json.dumps({"state": state}))
        (directory / "result.json").write_text(json.dumps({"test_error": error} | more))
        codec = {} if bits is None else {"codec": {"raw_bits": raw, "scan_bits": bits}}
        (directory / "provenance.json").write_text(json.dumps(codec))

    return run


def look(tmp_path):
    screen = Screen()
    return rate.run(checked("task=rate", f"runs={tmp_path / 'runs'}"), screen), screen


def test_curves_of_two_networks(make, tmp_path):
    for seed, error in enumerate((0.40, 0.44)):
        make(f"a{seed}", 0.9, error, "model.widths=5", "codec.quality=20", f"seed={seed}")
        make(f"b{seed}", None, error - 0.1, "model.widths=5", "codec.quality=none", f"seed={seed}")
    make("c", 0.9, 0.2, "model.widths=300", "codec.quality=20", test_error_selected_on_validation=0.6)
    make("going on", 0.9, 0.1, "model.widths=300", "codec.quality=20", "seed=7", state="running")
    result, screen = look(tmp_path)
    best = {
        "best_error": pytest.approx(0.32),
        "best_error_se": pytest.approx(0.02),
        "best_bits": 24.0,
        "best_curve": "5",
    }
    assert result == {"curves": 2, "runs": 5} | best
    assert [list(row.values()) for row in screen.rows] == [
        ["5", "quality 20", "0.9", "42 ± 2 %", "2"],
        ["5", "uncoded", "24", "32 ± 2 %", "2"],
        ["300", "quality 20", "0.9", "60 %", "1"],  # of the network that the validation set chose
    ]
    assert screen.figures["error_against_rate"]["bits"].tolist() == [0.9, 24, 0.9]


def test_sound(make, tmp_path):
    for format, level, bits in (("mp3", 0.9, 2.0), ("mp3", 0.5, 4.0), ("none", 0.5, 16.0)):
        make(
            f"{format}{level}",
            bits,
            0.1,
            "data=spoken_digits",
            f"data.format={format}",
            f"data.level={level}",
            raw=16.0,
        )
    _, screen = look(tmp_path)
    assert [row["setting"] for row in screen.rows] == ["mp3, level 0.9", "mp3, level 0.5", "uncoded"]
    assert [row["bits per sample"] for row in screen.rows] == ["2", "4", "16"]


def test_runs_that_have_no_rate(make, tmp_path):
    make("plain", None, 0.1)
    with pytest.raises(UserError, match="none went through a codec"):
        look(tmp_path)
    make("picture", 0.9, 0.1, "codec.quality=3")
    make("sound", 2.0, 0.1, "codec.quality=4", raw=16.0)
    with pytest.raises(UserError, match="do not go together"):
        look(tmp_path)
