"""Codecs of sound: what they take, where the decoded samples lie, spectrograms of tones."""

import math

import numpy as np
import pytest
import torch

from physlearn.codecs import audio, speech
from physlearn.data.files import DataError

RATE = 8_000
RNG = np.random.default_rng(4)


def tone(hertz: float, seconds: float = 1.0) -> np.ndarray:
    t = np.arange(int(RATE * seconds)) / RATE
    return (0.5 * 2**15 * np.sin(2 * np.pi * hertz * t)).astype(np.int16)


@pytest.fixture(scope="module")
def sound():
    """Five seconds of tones that come and go, with noise."""
    parts = [tone(hertz, 0.5) * np.hanning(RATE // 2) for hertz in (300, 700, 450, 1200, 900, 200, 1500, 600, 350, 800)]
    return (np.concatenate(parts) + RNG.normal(0, 60, 5 * RATE)).astype(np.int16)


def test_no_codec(sound):
    found, bits = audio.through_audio(sound, RATE, "none", 0.5)
    assert found is sound
    assert bits == 16


def test_flac_loses_nothing(sound):
    pytest.importorskip("soundfile")
    found, bits = audio.through_audio(sound, RATE, "flac", 0.5)
    assert np.array_equal(found, sound)
    assert 5 < bits < 16


@pytest.mark.parametrize(("format", "levels"), [("mp3", (0.0, 0.9)), ("vorbis", (0.0, 1.0)), ("opus", (0.9, 1.0))])
def test_a_higher_level_takes_fewer_bits_and_is_further_off(sound, format, levels):
    pytest.importorskip("soundfile")
    found = [audio.through_audio(sound, RATE, format, level) for level in levels]
    assert found[0][1] > found[1][1]
    errors = [float(np.mean((decoded.astype(float) - sound) ** 2)) for decoded, _ in found]
    power = float(np.mean(sound.astype(float) ** 2))
    assert errors[0] < errors[1]
    assert errors[0] < 0.05 * power  # in time with the original: late by a few samples it would be of order 1


@pytest.mark.parametrize("late", [0, 7, 1105])
def test_the_delay_is_found(sound, late):
    decoded = np.concatenate([np.zeros(late, np.int16), sound])
    assert audio.delay(sound, decoded) == late


def test_refusals(sound):
    with pytest.raises(ValueError, match="format=wma"):
        audio.through_audio(sound, RATE, "wma", 0.5)
    with pytest.raises(ValueError, match="level=2"):
        audio.through_audio(sound, RATE, "mp3", 2.0)


@pytest.mark.parametrize("hertz", [250, 1000, 3000])
def test_a_tone_is_loudest_in_its_band(hertz):
    picture = speech.spectrogram(tone(hertz), speech.bands(RATE))[0]
    top = 2595 * math.log10(1 + RATE / 2 / 700)
    place = 2595 * math.log10(1 + hertz / 700) / top * (speech.SIDE + 1) - 1  # in units of bands
    assert abs(int(picture.mean(1).argmax()) - place) <= 1


def test_power_by_hand():
    """Parseval: without the filters, white noise has the power sum(window^2) sigma^2 at each frequency."""
    noise = (RNG.normal(0, 0.1, speech.LENGTH) * 2**15).astype(np.int16)
    flat = torch.ones(1, speech.FRAME // 2 + 1, dtype=torch.float64) / (speech.FRAME // 2 + 1)
    found = (speech.spectrogram(noise, flat).exp() - speech.FLOOR)[0, 0, 2:-2].mean()
    assert float(found) == pytest.approx(0.01 * 3 / 8 * speech.FRAME, rel=0.05)


def test_an_archive_of_recordings(tmp_path):
    lengths = [3000, 9000, 4000, 5000]
    arrays = {
        "pcm": np.concatenate([tone(300 + 200 * i, n / RATE) for i, n in enumerate(lengths)]),
        "offsets": np.concatenate([[0], np.cumsum(lengths)]).astype(np.uint32),
        "digit": np.arange(4, dtype=np.uint8),
        "take": np.array([0, 5, 4, 7], np.uint8),
        "rate": np.array(RATE),
    }
    np.savez(tmp_path / "fsdd.npz", **arrays)
    raw = speech.spoken_digits(tmp_path)
    assert raw.test[1].tolist() == [0, 2]  # takes 0 ... 4
    assert raw.train[0].shape == (2, 1, 32, 32)
    assert "16 bits" in raw.note
    (tmp_path / "fsdd.npz").write_bytes(b"no archive")
    with pytest.raises(DataError, match="damaged"):
        speech.spoken_digits(tmp_path)
    with pytest.raises(DataError, match="fsdd"):
        speech.spoken_digits(tmp_path / "..")
