"""What a run or a comparison shows: figures beside their very numbers, tables on the screen."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from rich.console import Console
from rich.table import Table

from physlearn.lab.files import plain

WIDTH = 140  # of a table in a log, where there is no terminal to ask


def save_figure(folder: Path, name: str, drawn: tuple[Figure, dict[str, Any]]) -> None:
    """A figure as <name>.png and its table as <name>.csv; a shorter column ends in empty cells."""
    picture, table = drawn
    folder.mkdir(parents=True, exist_ok=True)
    picture.savefig(folder / f"{name}.png", dpi=160)
    columns = [plain(list(column)) for column in table.values()]
    with (folder / f"{name}.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(table)
        for row in range(max((len(column) for column in columns), default=0)):
            writer.writerow([column[row] if row < len(column) else "" for column in columns])


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    table = Table(title=title, title_justify="left", title_style="bold")
    for i, column in enumerate(columns):
        table.add_column(column, justify="left" if i == 0 else "right", min_width=6)
    for row in rows:
        table.add_row(*(str(cell) for cell in row))
    screen = Console(highlight=False)
    Console(highlight=False, width=max(screen.width, WIDTH) if not screen.is_terminal else None).print(table)
