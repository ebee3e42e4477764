"""report.html: one page that holds everything a run found, its pictures within it, nothing fetched from outside."""

import base64
import html
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from physlearn.lab.files import read_json, write_atomically

STYLE = """
body { font: 16px/1.5 Georgia, serif; color: #1a1a1a; max-width: 60rem; margin: 2.5rem auto; padding: 0 1.2rem; }
h1 { font-size: 1.7rem; margin: 0 0 .2rem; } h2 { font-size: 1.15rem; margin: 2.2rem 0 .6rem; }
.what { color: #555; margin: 0 0 1.6rem; } .note { margin: .2rem 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; } th { text-align: left; font-weight: 600; }
th, td { padding: .25rem 1.1rem .25rem 0; border-bottom: 1px solid #ddd; vertical-align: top; }
td { white-space: nowrap; } td.text { white-space: normal; } td.text, td:first-child { text-align: left; }
td, th + th { text-align: right; } figure { margin: 1.2rem 0 2rem; } .wide { overflow-x: auto; }
img { max-width: 100%; height: auto; }
figcaption { color: #555; font-size: .9rem; }
pre { background: #f6f6f4; padding: .8rem; overflow-x: auto; font-size: .85rem; }
summary { cursor: pointer; font-weight: 600; margin: .8rem 0; } code { font-size: .9em; }
"""

LONG = 40  # characters from which on a cell may wrap
CSS_INCH, DOTS_PER_INCH = 96, 160


def html_table(columns: Sequence[str], rows: Sequence[Sequence[Any]], links: Mapping[str, str] | None = None) -> str:
    """A table; a first cell that `links` knows leads to its page. Long words are text and may wrap."""

    def cell(value: Any, first: bool) -> str:
        shown, target = html.escape(str(value)), (links or {}).get(str(value)) if first else None
        inner = f'<a href="{html.escape(target)}">{shown}</a>' if target else shown
        return f'<td class="text">{inner}</td>' if len(shown) > LONG else f"<td>{inner}</td>"

    head = "".join(f"<th>{html.escape(str(column))}</th>" for column in columns)
    body = "".join("<tr>" + "".join(cell(c, i == 0) for i, c in enumerate(row)) + "</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def html_figure(path: Path) -> str:
    """A picture within the page at the size it has on paper; the numbers it draws lie beside it as CSV."""
    content = path.read_bytes()
    width = int.from_bytes(content[16:20], "big") * CSS_INCH // DOTS_PER_INCH  # PNG: the header holds the width
    name = html.escape(path.stem.replace("_", " "))
    caption = f"{name[:1].upper()}{name[1:]}. The numbers: figures/{html.escape(path.stem)}.csv"
    source = f"data:image/png;base64,{base64.b64encode(content).decode()}"
    return f'<figure><img alt="{name}" width="{width}" src="{source}"><figcaption>{caption}</figcaption></figure>'


def html_note(text: str) -> str:
    return f'<p class="note">{html.escape(text)}</p>'


def folded(title: str, content: str) -> str:
    return f"<details><summary>{html.escape(title)}</summary>{content}</details>"


def preformatted(path: Path) -> str:
    return f"<pre>{html.escape(path.read_text())}</pre>" if path.exists() else ""


def page(title: str, what: str, parts: Sequence[str]) -> bytes:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f'<link rel="icon" href="data:,"><style>{STYLE}</style></head><body><h1>{html.escape(title)}</h1>'
        f'<p class="what">{html.escape(what)}</p>{"".join(parts)}</body></html>\n'
    ).encode()


def figures_in(directory: Path) -> list[str]:
    """The pictures of a directory in the order in which they were drawn."""
    paths = (directory / "figures").glob("*.png")
    return [html_figure(path) for path in sorted(paths, key=lambda path: (path.stat().st_mtime_ns, path.name))]


def origin(directory: Path, seconds: float) -> str:
    """Where a result comes from, in one line."""
    facts = read_json(directory / "provenance.json")
    git, resumed = facts["git"], len(facts.get("resumed", []))
    parts = [
        "/".join(directory.resolve().parts[-2:]),
        f"{seconds:.0f} s on {facts['device']}, threads={facts['threads']}, {facts['precision']}",
        f"torch {facts['versions']['torch']}",
        *([f"revision {git['revision'][:8]}{' with changes' if git['dirty'] else ''}"] if git["revision"] else []),
        *([f"resumed {resumed}x"] if resumed else []),
    ]
    return " · ".join(parts)


def write_report(directory: Path) -> None:
    """The page of one run, from the files in its directory alone: result first, figures, config folded away."""
    summary, result = read_json(directory / "summary.json"), read_json(directory / "result.json")
    typed, notes = directory / "overrides.txt", directory / "notes.txt"
    words = typed.read_text().splitlines() if typed.exists() else []
    parts = []
    if summary:
        parts += ["<h2>Result</h2>", html_table(summary["columns"], summary["rows"])]
    parts += [
        "<h2>What was run</h2>",
        f"<p><code>{html.escape(shlex.join(['python', '-m', 'physlearn', *words]))}</code></p>",
    ]
    parts += map(html_note, notes.read_text().splitlines() if notes.exists() else [])
    if pictures := figures_in(directory):
        parts += ["<h2>Figures</h2>", *pictures]
    rows = [(key, "null" if value is None else value) for key, value in result.items()]
    parts += ["<h2>Everything else</h2>", folded("result.json", html_table(("figure", "value"), rows))]
    parts += [folded("config.yaml", preformatted(directory / "config.yaml"))]
    parts += [folded("provenance.json", preformatted(directory / "provenance.json"))]
    title = f"physlearn: {summary.get('title', 'a run')}"
    write_atomically(directory / "report.html", page(title, origin(directory, result["seconds"]), parts))
