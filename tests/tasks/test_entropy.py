"""task=entropy, and a codec in front of a training run, from the command line."""

import json
from pathlib import Path

import numpy as np
import pytest

from physlearn.codecs import entropy, jpeg
from physlearn.codecs.pictures import in_bytes
from physlearn.data import digits


def test_it_measures_what_the_library_measures(typed):
    code, _ = typed("task=entropy data=digits task.images=40 task.qualities=[30] threads=1 hydra.run.dir=run")
    assert code == 0
    found = json.loads(Path("run/result.json").read_text())
    raw = digits.read()
    x = in_bytes(raw.test[0][:40], raw.white)
    coded = jpeg.recode(x, 30)
    values = [entropy.minimax(np.bincount(image.ravel())) for image in coded.x]
    assert found["jpeg_minimax"] == [pytest.approx(np.mean(values))]
    assert found["plain_zlib"] == entropy.compressed(x.tobytes(), "zlib")
    assert found["scan_bits"] == [pytest.approx(8 * coded.scan.mean() / 64)]
    assert found["plain_plug_in_se"] == pytest.approx(
        np.std([entropy.plug_in(np.bincount(image.ravel())) for image in x], ddof=1) / np.sqrt(40)
    )
    assert found["a_over_t"] == [pytest.approx(np.log(2) * found["scan_bits"][0])]
    assert {path.stem for path in Path("run/figures").glob("*.png")} == {"entropy", "free_energy"}


def test_bad_values_are_named(refused):
    refused("task=entropy task.qualities=[0]", "task.qualities")
    refused("task=entropy task.subsampling=411", "task.subsampling")
    refused("task=train codec=jpeg codec.quality=101", "codec.quality=101")
    refused("task=train codec=mp3", "codec")


@pytest.mark.slow
def test_a_network_is_trained_on_what_the_codec_leaves(typed):
    words = "codec=jpeg codec.quality={} data.limit=90 task.epochs=2 threads=1 hydra.run.dir={}"
    for quality, place in ((5, "coarse"), ("none", "plain")):
        assert typed(words.format(quality, place))[0] == 0
    known = {place: json.loads(Path(place, "provenance.json").read_text()) for place in ("coarse", "plain")}
    assert known["coarse"]["data"]["sha256"] != known["plain"]["data"]["sha256"]
    assert 0 < known["coarse"]["codec"]["scan_bits"] < 8
    assert "codec" not in known["plain"]
    code, printed = typed("task=evaluate from=coarse data.limit=90 hydra.run.dir=other threads=1")
    assert code == 0
    assert "codec.quality=5" in printed.out  # evaluated on other pictures than it was trained on
