"""Draws docs/figures/packages.svg from the imports in the code: python docs/figures/packages.py

A package stands in the lowest row above all that it imports; a line means that the upper one imports the lower one.
Lines that follow from others are left out, and those of tasks/, which may import everything below it.
"""

import ast
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2] / "physlearn"
OUT = Path(__file__).with_name("packages.svg")
COLUMN, ROW, WIDTH, HEIGHT, MARGIN = 152, 92, 136, 40, 16
COLOURS = {"tasks": "#fff3d6", "lab": "#dcecf9", "__main__": "#ffffff"}
SINGLE, PHYSICS = "#eeeeee", "#dff0e3"


def imports() -> dict[str, set[str]]:
    """Package (modules that lie beside them stand together as `modules`) -> the packages that it imports."""
    found: dict[str, set[str]] = {}
    for path in ROOT.rglob("*.py"):
        own = place(path.relative_to(ROOT).with_suffix("").parts)
        if own is None:
            continue
        here = found.setdefault(own, set())
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("physlearn"):
                names = [node.module.split(".")[1:]] if "." in node.module else [[a.name] for a in node.names]
                here |= {other for name in names if (other := place(name)) not in (None, own)}
    return found


def place(parts: tuple[str, ...] | list[str]) -> str | None:
    """The package of a module; the modules of physlearn/ itself are one, `modules`, but for the front door."""
    if not parts or parts[0] == "__init__":
        return None
    return parts[0] if (ROOT / parts[0]).is_dir() or parts[0] == "__main__" else "modules"


def depths(graph: dict[str, set[str]]) -> dict[str, int]:
    """Package -> the longest chain of imports below it; imports in a circle count as one step less."""
    known: dict[str, int] = {}

    def depth(name: str, above: tuple[str, ...]) -> int:
        if name not in known:
            below = [depth(other, (*above, name)) for other in graph[name] if other not in (*above, name)]
            known[name] = 1 + max(below, default=-1)
        return known[name]

    for name in graph:
        depth(name, ())
    return known


def reduced(graph: dict[str, set[str]], row: dict[str, int]) -> list[tuple[str, str]]:
    """The arrows that lead down and do not follow from two others."""

    def below(name: str) -> set[str]:
        near = {other for other in graph[name] if row[other] < row[name]}
        return near.union(*map(below, near)) if near else near

    return [
        (name, other)
        for name, others in sorted(graph.items())
        for other in sorted(others)
        if row[other] < row[name] and not any(other in below(third) for third in others if row[third] < row[name])
    ]


def draw() -> str:
    """The SVG."""
    graph = imports()
    row = depths(graph)
    order = sorted(graph, key=lambda name: (name != "lab", name))  # lab/ at the left: no line to it passes others
    lines = {level: [name for name in order if row[name] == level] for level in range(max(row.values()) + 1)}
    widest = max(map(len, lines.values()))
    width, height = 2 * MARGIN + widest * COLUMN, 2 * MARGIN + len(lines) * ROW - (ROW - HEIGHT)
    at = {}
    for level, names in lines.items():
        left = (width - len(names) * COLUMN + COLUMN - WIDTH) / 2
        for i, name in enumerate(names):
            at[name] = (left + i * COLUMN, MARGIN + (len(lines) - 1 - level) * ROW)
    title = "Packages of physlearn; imports go down"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'font-family="Helvetica, Arial, sans-serif" font-size="13"><title>{title}</title>',
        f'<rect width="{width}" height="{height}" fill="white"/>',
    ]
    for name, other in reduced(graph, row):
        if name == "tasks":
            continue
        (x, y), (u, v) = at[name], at[other]
        parts.append(f'<path d="M{x + WIDTH / 2:g} {y + HEIGHT}L{u + WIDTH / 2:g} {v:g}" stroke="#999" fill="none"/>')
    for name, (x, y) in at.items():
        x, wide = (MARGIN, width - 2 * MARGIN) if name == "tasks" else (x, WIDTH)  # a bar above everything
        colour = COLOURS.get(name, SINGLE if name == "modules" else PHYSICS)
        parts.append(
            f'<rect x="{x:g}" y="{y:g}" width="{wide}" height="{HEIGHT}" rx="4" fill="{colour}" stroke="#444"/>'
        )
        parts.append(
            f'<text x="{x + wide / 2:g}" y="{y + HEIGHT / 2 + 4.5:g}" text-anchor="middle">{escape(name)}</text>'
        )
    return "\n".join([*parts, "</svg>"]) + "\n"


if __name__ == "__main__":
    OUT.write_text(draw())
