"""What a run or a comparison shows: figures beside their very numbers, tables on the screen."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from rich.console import Console
from rich.table import Table

from physlearn.lab.files import plain
from physlearn.lab.report import DOTS_PER_INCH

NUMERIC = "+-0123456789"  # what a cell of numbers begins with; an empty one counts as one
LARGEST, FEWER_DOTS = 300_000, 90  # bytes of a picture; dots per inch of one that would be larger
WIDTH = 140  # of a table in a log, where there is no terminal to ask


def save_figure(folder: Path, name: str, drawn: tuple[Figure, dict[str, Any]]) -> None:
    """A figure as <name>.png and its table as <name>.csv; a shorter column ends in empty cells.

    The figure's label is its caption; it is kept in the PNG, under the keyword Description. A picture of more than
    300 kB, which is one of many shaded images, has fewer dots and 256 colours: a fifth of it.
    """
    picture, table = drawn
    folder.mkdir(parents=True, exist_ok=True)
    path, caption = folder / f"{name}.png", str(picture.get_label())
    words = {"Description": caption} if caption else {}
    picture.savefig(path, dpi=DOTS_PER_INCH, metadata=words)
    if path.stat().st_size > LARGEST:
        picture.savefig(path, dpi=FEWER_DOTS)
        told = PngInfo()
        for key, value in words.items():
            told.add_itxt(key, value)
        with Image.open(path) as whole:
            few = whole.convert("RGB").quantize(256, dither=Image.Dither.NONE)
        few.save(path, optimize=True, pnginfo=told)
    columns = [plain(list(column)) for column in table.values()]
    with (folder / f"{name}.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(table)
        for row in range(max((len(column) for column in columns), default=0)):
            writer.writerow([column[row] if row < len(column) else "" for column in columns])


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    rows = [[str(cell) for cell in row] for row in rows]
    table = Table(title=title, title_justify="left", title_style="bold")
    for i, column in enumerate(columns):
        of_numbers = all(row[i][:1] in NUMERIC for row in rows)
        side = "right" if i > 0 and of_numbers else "left"
        table.add_column(column, justify=side, min_width=6, overflow="fold")  # a name to be typed is never cut
    for row in rows:
        table.add_row(*row)
    screen = Console(highlight=False)
    Console(highlight=False, width=max(screen.width, WIDTH) if not screen.is_terminal else None).print(table)
