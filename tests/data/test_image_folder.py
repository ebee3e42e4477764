"""ImageNet-style folders, with a few made images."""

import numpy as np
import pytest
import torch
from PIL import Image

from physlearn.data import DataError, image_folder, load


def make(path, colour, size=(40, 30), mode="RGB"):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).convert(mode).save(path)


@pytest.fixture
def tree(tmp_path):
    for part, n in (("train", 9), ("val", 2)):
        for name, colour in (("n01", (200, 0, 0)), ("n02", (0, 200, 0)), ("n03", (0, 0, 200))):
            for i in range(n):
                make(tmp_path / part / name / f"{name}_{i}.JPEG", colour)
    return tmp_path


def test_pictures_and_labels_belong_together_in_both_parts(tree):
    (x, y), (test_x, test_y), classes, note, *_ = image_folder.read(tree, size=16)
    assert (x.shape, test_x.shape, classes, note) == ((27, 3, 16, 16), (6, 3, 16, 16), 3, "")
    for images, labels in ((x, y), (test_x, test_y)):
        assert torch.equal(images.float().mean((2, 3)).argmax(1), labels)


def test_the_first_n_training_pictures_are_of_several_classes(tree):
    data = load("image_folder", root=tree, size=16, limit=12, validation=2)
    assert (len(data.train_x), len(data.validation_x), data.classes) == (10, 2, 3)
    assert len(data.train_y.unique()) > 1


def test_short_side_is_resized_and_the_centre_cut_out(tmp_path):
    """size 224 of a 512 x 256 picture: no resizing, columns 144 ... 367 and rows 16 ... 239."""
    pixels = np.random.default_rng(4).integers(0, 256, (256, 512, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    got = image_folder.picture(tmp_path / "a.png", 224).permute(1, 2, 0).numpy()
    assert np.array_equal(got, pixels[16:240, 144:368])


@pytest.mark.parametrize("mode", ["L", "CMYK", "RGB"])
def test_grey_and_cmyk_pictures_become_rgb(tmp_path, mode):
    make(tmp_path / "a.jpg", (90, 90, 90), mode=mode)
    picture = image_folder.picture(tmp_path / "a.jpg", 16)
    assert picture.shape == (3, 16, 16)
    assert (picture.float() - 90).abs().max() < 4


def test_only_val_is_a_test_set_and_says_so(tree):
    for path in sorted((tree / "train").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    (tree / "train").rmdir()
    data = load("image_folder", root=tree, size=16)
    assert (len(data.train_x), data.validation_x, len(data.test_x)) == (0, None, 6)
    assert "there is no training set" in data.note
    red = (200 / 255 - 0.485) / 0.229  # the published moments of ImageNet
    assert abs(data.test_x[0, 0].mean() - red) < 0.05


@pytest.mark.parametrize("content", [b"", b"text", None])
def test_a_corrupt_picture_is_one_line(tree, content):
    path = tree / "val/n02/n02_0.JPEG"
    path.write_bytes(path.read_bytes()[:300] if content is None else content)
    with pytest.raises(
        DataError, match=r"n02_0.JPEG cannot be read as an image \(.*\); replace or remove it"
    ) as caught:
        load("image_folder", root=tree, size=16)
    assert "\n" not in str(caught.value)


def test_folders_that_do_not_fit_are_one_line(tree, tmp_path_factory, monkeypatch):
    empty = tmp_path_factory.mktemp("empty")
    with pytest.raises(DataError, match="has no folder val/; put images at"):
        load("image_folder", root=empty)
    (empty / "val").mkdir()
    with pytest.raises(DataError, match="val holds no images"):
        load("image_folder", root=empty)
    with pytest.raises(ValueError, match=r"data.size=0: allowed"):
        load("image_folder", root=tree, size=0)
    with pytest.raises(DataError, match=r"33 images of 1000000 x 1000000 need .* GiB of memory, this machine has"):
        load("image_folder", root=tree, size=10**6)
    make(tree / "val/n99/a.png", (1, 2, 3))
    with pytest.raises(DataError, match=r"classes that .*train has not: n99"):
        load("image_folder", root=tree)
