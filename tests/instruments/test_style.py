"""One style: colours that colour-blind readers tell apart, one size of text, a caption in every figure."""

import ast
import runpy
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgb
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from physlearn.instruments.style import (
    COLOURS,
    HOUSE,
    SIZE,
    TEMPERATURES,
    colour_bar,
    curve_style,
    figure,
    house_style,
    name_ticks,
    over,
)

ROOT = Path(__file__).resolve().parents[2] / "physlearn"
EARLIER = ("#0b3c5d", "#d1495b", "#3a7d44", "#e08e1b", "#6c4f9e", "#5b5b5b", "#1b998b", "#a05a2c")  # the control
SIGHT = {  # Machado, Oliveira and Fernandes (2009), severity 1: linear RGB -> what is seen
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def lab(colour, sight):
    """CIELAB of a colour as it is seen."""
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    x, y, z = XYZ @ np.clip(np.array(SIGHT[sight]) @ linear, 0, 1) / (XYZ @ np.ones(3))
    f = [v ** (1 / 3) if v > 0.008856 else 7.787 * v + 16 / 116 for v in (x, y, z)]
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def nearest(colours, sight):
    """The smallest distance between two of the colours."""
    seen = [lab(colour, sight) for colour in colours]
    return min(np.linalg.norm(a - b) for i, a in enumerate(seen) for b in seen[:i])


@pytest.mark.parametrize("sight", SIGHT)
def test_the_colours_can_be_told_apart(sight):
    assert nearest(COLOURS, sight) > 10


def test_the_earlier_colours_could_not():
    assert min(nearest(EARLIER, sight) for sight in SIGHT) < 10


def test_temperatures_become_lighter_all_the_way():
    lightness = [lab(TEMPERATURES(x), "normal")[0] for x in np.linspace(0, 1, 40)]
    assert (np.diff(lightness) > 0).all()
    assert lightness[-1] < 85  # still seen on white


def test_colours_over_a_ladder_are_logarithmic():
    middle = to_hex(TEMPERATURES(0.5))
    assert over([1, 10, 100])[1] == over([0.01, 0.1, 1])[1] == over([1, 2, 4])[1] == middle
    assert over([1, 50.5, 100])[1] != middle
    assert over([0, 1, 2])[1] == middle  # zero has no logarithm: linear
    assert over([0, 10, 100])[1] == to_hex(TEMPERATURES(0.1))
    assert len(set(over([0.0, 1.0, 2.0]))) == 3
    assert len(over([3.0])) == 1


def test_a_colour_bar_names_its_ends():
    drawing, axis = house_style(figure)()
    colour_bar(drawing, axis, np.array([0.5, 1.0, 4.0]))
    assert [text.get_text() for text in drawing.axes[-1].get_yticklabels()] == ["0.5", "1", "4"]
    assert drawing.axes[-1].get_ylabel() == "temperature T"


def test_all_text_has_one_size_and_the_style_ends_with_the_figure():
    assert {value for key, value in HOUSE.items() if key.endswith("size") and "font" in key} == {SIZE}
    assert {HOUSE[f"{axis}tick.labelsize"] for axis in "xy"} | {HOUSE["axes.labelsize"]} == {SIZE}
    before = mpl.rcParams["font.size"]
    assert house_style(lambda: mpl.rcParams["font.size"])() == SIZE
    assert mpl.rcParams["font.size"] == before
    for path in ROOT.rglob("*.py"):
        assert path.name == "style.py" or "fontsize" not in path.read_text(), path


def drawing_functions():
    for path in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and "house_style" in map(ast.unparse, node.decorator_list):
                yield pytest.param(node, id=f"{path.parent.name}.{node.name}")


@pytest.mark.parametrize("function", list(drawing_functions()))
def test_every_figure_has_a_caption(function):
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
    assert any(ast.unparse(call.func) == "drawing.set_label" for call in calls)


DOCS = ROOT.parent / "docs"
PLAIN = {"temperature_sweep.png"}  # drawn by a script in docs/runs.md with matplotlib alone
WITHOUT = {  # drawn before figures carried captions: their runs take more than minutes
    "tempering_digits_acceptance.png",
    "tempering_lenet.png",
}
captions = runpy.run_path(str(DOCS / "figures" / "captions.py"))


def test_captions_in_the_docs_are_those_of_the_figures():
    """From one place: the PNG that the command made carries the words that stand below it."""
    for page in captions["PAGES"]:
        assert page.read_text() == captions["with_captions"](page.read_text(), page.parent), page.name


def test_every_figure_of_the_docs_has_a_caption_and_is_small():
    for path in sorted((DOCS / "figures").glob("*.png")):
        assert path.name in PLAIN | WITHOUT or captions["caption"](path), path.name
        assert path.stat().st_size < 300_000, path.name


def test_a_changed_caption_is_noticed(tmp_path):
    with Image.new("RGB", (2, 2)) as picture:
        for name in "ab":
            text = PngInfo()
            text.add_text("Description", f"E < {name}.")
            picture.save(tmp_path / f"{name}.png", pnginfo=text)
    page = (
        '![x](a.png)\n\n*Old words.*\n\nText.\n\n<img src="a.png" width="48%"> <img src="b.png" width="48%">\n\nEnd.\n'
    )
    new = captions["with_captions"](page, tmp_path)
    assert new.startswith("![x](a.png)\n\n*E &lt; a.*\n\nText.")
    assert new.endswith('b.png" width="48%">\n\n*Left: E &lt; a. Right: E &lt; b.*\n\nEnd.\n')
    assert captions["with_captions"](new, tmp_path) == new != page


def test_zero_beside_decades_of_temperatures_is_black():
    assert over([0, 1e-5, 1e-3]) == ["#000000", *over([1e-5, 1e-3])]
    assert len(set(over([0, 1e-5, 1e-4, 1e-3]))) == 4


def test_a_logarithmic_axis_is_named_between_its_decades():
    axis = house_style(figure)()[1]
    for low, high, named in (
        (0.15, 9, ["0.2", "0.5", "1", "2", "5"]),
        (1e-9, 1, None),
        (20, 210, ["20", "30", "50", "70", "100", "200"]),
        (1.2, 3.1, ["1.2", "1.6", "2", "2.4", "2.8"]),
    ):
        axis.set(yscale="log", ylim=(low, high))
        axis.yaxis.reset_ticks()
        before = [text.get_text() for text in axis.get_yticklabels()]
        name_ticks(axis.yaxis)
        assert [text.get_text() for text in axis.get_yticklabels()] == (named or before)


def test_more_than_eight_curves_stay_distinguishable():
    """VGG has 16 layers: a ninth curve as the first would be read as the same series."""
    styles = [tuple(sorted(curve_style(i).items())) for i in range(32)]
    assert len(set(styles)) == 32
    assert "markerfacecolor" not in curve_style(0)
    assert curve_style(8)["markerfacecolor"] == "none"
