"""Draws docs/figures/pruning_error.png and pruning_controls.png from the tables of docs/compression_table.md.

`experiment=han2015/table` and the sweep of the controls end with these figures; here they are drawn from the means and
standard errors that the page prints, rounded to 0.01 %, so that they need none of the eighty runs: python
docs/figures/compression.py
"""

import re
import tempfile
from pathlib import Path

import numpy as np

from physlearn.lab.present import save_figure
from physlearn.pruning.figures import error_against_compression
from physlearn.pruning.published import HAN, POINTS

HERE = Path(__file__).parent
PAGE = (HERE.parent / "compression_table.md").read_text()
PUBLISHED = {HAN[name].name: (HAN[name].name, POINTS[name]) for name in ("lenet300", "lenet5")}
WAYS = {  # what stands in the command -> by what the weights were chosen
    "han2015": "han",
    "pruning=random": "random, shared dense network",
    "compression/vgg": "magnitude, augmented",
    "task.shift": "magnitude, augmented",
    "teachers=": "saliency, regrowth, taught",
    "pruning=saliency": "saliency, regrowth",
    "": "magnitude",
}
Points = list[tuple[str, str, float, float, float]]  # network, criterion, compression, error, standard error


def percent(cell: str) -> tuple[float, float]:
    """1.62 ± 0.04 % -> (0.0162, 0.0004); of one run the error is not a number."""
    value, _, error = cell.removesuffix("%").partition("±")
    return float(value) / 100, float(error) / 100 if error else np.nan


def tables() -> list[list[list[str]]]:
    """The tables of the page: rows of cells."""
    blocks = [block.splitlines() for block in re.findall(r"(?:^\|.*\|\n){3,}", PAGE, re.MULTILINE)]
    return [[[cell.strip() for cell in line.strip("|").split("|")] for line in block] for block in blocks]


def measured() -> tuple[Points, dict[str, tuple[float, float]]]:
    """The points of the tables of commands, and the dense errors of each network."""
    points, dense = [], {}
    for head, _, *rows in tables():
        for first, compression, before, error, *_ in rows if head[0] == "network, command" else ():
            name = first.partition(",")[0]
            way = next(words for part, words in WAYS.items() if part in first)
            points.append((name, way, float(compression.removesuffix("x")), *percent(error)))
            if way.startswith("magnitude"):
                dense.setdefault(name, percent(before))
    return points, dense


def controls() -> Points:
    """The points of the two tables of controls, from shared dense networks."""
    points = []
    for (network, *ways), _, *rows in tables():
        for compression, *errors in rows if ways == ["magnitude", "shuffled", "random"] else ():
            for way, error in zip(ways, errors, strict=True):
                rate = float(compression.removesuffix("x"))
                points.append((network.partition(",")[0], f"{way}, shared dense network", rate, *percent(error)))
    return points


def draw(name: str, points: Points, published: dict, dense: dict) -> None:
    columns = zip(*sorted(points, key=lambda point: point[0]), strict=True)
    with tempfile.TemporaryDirectory() as folder:
        save_figure(Path(folder), name, error_against_compression(*columns, published, dense))
        (HERE / f"{name}.png").write_bytes((Path(folder) / f"{name}.png").read_bytes())


found, before = measured()
beside = controls()
draw("pruning_error", found + beside, PUBLISHED, before)
small = [point for point in beside if point[0] == "LeNet-300-100"]
draw("pruning_controls", small, {}, {"LeNet-300-100": before["LeNet-300-100"]})
