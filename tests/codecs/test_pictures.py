"""The group `codec`: raw pictures through a codec, remembered on disk."""

import numpy as np
import pytest
import torch

from physlearn.codecs import cache, jpeg, pictures
from physlearn.codecs.free_energy import free_energy
from physlearn.data.raw import Raw

GENERATOR = torch.Generator().manual_seed(1)


def raw_of(levels: int, train: int = 5) -> Raw:
    x = torch.randint(levels + 1, (train + 3, 1, 8, 8), generator=GENERATOR, dtype=torch.uint8)
    y = torch.arange(train + 3)
    return Raw((x[:train], y[:train]), (x[train:], y[train:]), classes=8, white=levels)


def test_pictures_of_sixteen_levels_become_bytes():
    raw = raw_of(16)
    kept = pictures.through_jpeg(raw, 40)
    assert kept.raw.white == 255
    scaled = np.rint(raw.test[0].double().numpy() * 255 / 16).astype(np.uint8)
    coded = jpeg.recode(scaled, 40)
    assert np.array_equal(kept.raw.test[0].numpy(), coded.x)
    assert torch.equal(kept.raw.test[1], raw.test[1])
    assert kept.facts["scan_bits"] == pytest.approx(8 * coded.scan.mean() / 64)
    assert kept.facts["raw_bits"] == 8
    assert kept.facts["psnr"] == pytest.approx(10 * np.log10(255**2 / ((scaled.astype(float) - coded.x) ** 2).mean()))


def test_none_leaves_them_alone():
    raw = raw_of(16)
    assert pictures.through_jpeg(raw, "none") == (raw, "", {})
    assert pictures.uncoded(raw) == (raw, "", {})


def test_without_training_pictures():
    assert len(pictures.through_jpeg(raw_of(255, 0), 40).raw.train[0]) == 0


def test_a_table_is_refused():
    table = Raw((torch.zeros(4, 3), torch.zeros(4)), (torch.zeros(2, 3), torch.zeros(2)), classes=2)
    with pytest.raises(ValueError, match="codec=none"):
        pictures.through_jpeg(table, 20)


@pytest.fixture
def counted(tmp_path, monkeypatch):
    """A codec that counts its calls, with the cache in a folder of the test's own."""
    monkeypatch.setattr(cache, "cache", lambda: tmp_path)
    monkeypatch.setattr(cache, "LEAST", 3)
    calls = []

    def code(x):
        calls.append(len(x))
        return jpeg.recode(x, 30)

    return calls, code


def test_a_quality_is_coded_once(counted, tmp_path):
    calls, code = counted
    x = raw_of(255).train[0].numpy()
    first, second = (cache.remembered(x, "JPEG 30", code) for _ in range(2))
    assert calls == [5]
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    cache.remembered(x, "JPEG 31", code)
    cache.remembered(x + 1, "JPEG 30", code)
    cache.remembered(x[:2], "JPEG 30", code)  # so few are coded anew
    assert calls == [5, 5, 5, 2]
    assert len(list((tmp_path / "codecs").iterdir())) == 3


def test_a_damaged_file_is_made_anew(counted, tmp_path):
    calls, code = counted
    x = raw_of(255).train[0].numpy()
    cache.remembered(x, "JPEG 30", code)
    (path,) = (tmp_path / "codecs").iterdir()
    content = bytearray(path.read_bytes())
    content[-3] ^= 1  # in the numbers, which no format check sees
    path.write_bytes(content)
    again = cache.remembered(x, "JPEG 30", code)
    assert calls == [5, 5]
    assert np.array_equal(again.x, code(x).x)
    path.write_bytes(b"short")
    cache.remembered(x, "JPEG 30", code)
    assert calls == [5, 5, 5, 5]


def test_a_folder_that_cannot_be_written_costs_time_alone(counted, tmp_path):
    _, code = counted
    (tmp_path / "codecs").write_text("a file where the folder should be")
    x = raw_of(255).train[0].numpy()
    assert np.array_equal(cache.remembered(x, "JPEG 30", code).x, code(x).x)


def test_free_energy():
    found = free_energy(24.0, 0.917)
    assert found.noise == pytest.approx(23.083)
    assert found.u_over_t - found.entropy == pytest.approx(found.a_over_t)
    assert found.a_over_t == pytest.approx(0.917 * np.log(2))
    with pytest.raises(ValueError, match="r_max"):
        free_energy(0.0, 1.0)
