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
from physlearn.lab.progress import AS_IT_IS
from physlearn.lab.report import DOTS_PER_INCH

NUMERIC = "+-0123456789"  # what a cell of numbers begins with; an empty one counts as one
LARGEST, FEWER_DOTS = 300_000, 90  # bytes of a picture; dots per inch of one that would be larger
WIDTH = 140  # of a table in a log, where there is no terminal to ask
WORD, SHORT = 12, 6  # characters of a word that a column does not break; of one that it should not
FRAME = 3  # characters between two cells


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
    """A table on the screen, every cell as it is: [csv,arviz] is no markup, :1: no emoji, and nothing is cut off.

    Where its columns have no room side by side and there are fewer rows, rows and columns change places.
    """
    screen = Console(**AS_IT_IS)
    screen = screen if screen.is_terminal else Console(**AS_IT_IS, width=max(screen.width, WIDTH))
    grid = [list(columns), *([str(cell) for cell in row] for row in rows)]
    if unbroken(transposed(grid), screen.width) < SHORT and 1 < len(grid) < len(columns):
        grid = transposed(grid)
    wide = widths(transposed(grid), screen.width)
    table = Table(title=title, title_justify="left", title_style="bold")
    for i, (name, *cells) in enumerate(transposed(grid)):
        side = "right" if i > 0 and all(cell[:1] in NUMERIC for cell in cells) else "left"
        table.add_column(name, justify=side, width=wide[i], overflow="fold")
    for row in grid[1:]:
        table.add_row(*row)
    screen.print(table)


def transposed(grid: list[list[str]]) -> list[list[str]]:
    return [list(column) for column in zip(*grid, strict=True)]


def unbroken(columns: list[list[str]], screen: int) -> int:
    """The number of characters up to which no word is broken when these columns fill a screen; at most `WORD`."""
    words = [longest_word(column) for column in columns]
    room = screen - FRAME * len(columns) - 1
    return next((limit for limit in range(WORD, 1, -1) if sum(min(limit, word) for word in words) <= room), 1)


def widths(columns: list[list[str]], screen: int) -> list[int]:
    """The width of every column: the widest ones give way first, down to what they cannot break."""
    limit = unbroken(columns, screen)
    least = [min(limit, longest_word(column)) for column in columns]
    found = [max(map(len, column)) for column in columns]
    while sum(found) > screen - FRAME * len(found) - 1 and (
        wider := [i for i in range(len(found)) if found[i] > least[i]]
    ):
        found[max(wider, key=found.__getitem__)] -= 1
    return found


def longest_word(column: list[str]) -> int:
    return max((len(word) for cell in column for word in cell.split()), default=1)
