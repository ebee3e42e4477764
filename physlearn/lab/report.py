"""report.html: one page that holds everything a run found, its figures within it, nothing fetched from outside.

Question and answer come first, then the table, the figures with their captions, how to reproduce the run; what only a
machine reads is folded away. The page follows the reader's choice of light or dark; figures stay on white.
"""

import base64
import html
import re
import shlex
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from physlearn.lab.files import read_json, write_atomically
from physlearn.lab.report_style import STYLE
from physlearn.lab.run_directory import read_config
from physlearn.lab.shown import answer

LONG = 40  # characters from which on a cell may wrap
CSS_INCH, DOTS_PER_INCH = 96, 160
WIDE = 700  # CSS pixels from which on a figure takes both columns
GLUE = re.compile(r" (?=[±=])|(?<=[±=]) |(?<=\d) (?=(?:%|s|ms|min|h|d|B|MB|dB)(?:\W|$))")
NUMBER = re.compile(r"^\(?([-+]?[\d,]*\.?\d+(?:e[-+]?\d+)?)(?:[^)]*\)(e[-+]?\d+))?")


def html_table(
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    links: Mapping[str, str] | None = None,
    sortable: bool = False,
    best: Collection[tuple[int, int]] = (),
) -> str:
    """A table; a first cell that `links` knows leads to its page. Long words are text and may wrap; numbers may not.

    Args:
        sortable: a click on a column's name sorts the rows (the page needs `script=SORT`).
        best: (row, column) of the cells that are set in bold.
    """

    def cell(value: Any, row: int, column: int) -> str:
        shown, target = html.escape(whole(str(value))), (links or {}).get(str(value)) if column == 0 else None
        inner = f'<a href="{html.escape(target)}">{shown}</a>' if target else shown
        inner = f"<strong>{inner}</strong>" if (row, column) in best else inner
        number = number_in(str(value)) if sortable else None
        order = "" if number is None else f' data-value="{number!r}"'
        kind = ' class="text"' if len(shown) > LONG else ' class="word"' if column in words else ""
        return f"<td{kind}{order}>{inner}</td>"

    names = [html.escape(str(column)) for column in columns]
    words = {i for i in range(len(columns)) if rows and all(number_in(str(row[i])) is None for row in rows)}
    head = "".join(
        f"<th{' class=word' * (i in words or any(len(html.escape(str(row[i]))) > LONG for row in rows))}>"
        + (f"<button>{name}</button></th>" if sortable and len(rows) > 1 else f"{name}</th>")
        for i, name in enumerate(names)
    )
    body = "".join(
        "<tr>" + "".join(cell(value, i, j) for j, value in enumerate(row)) + "</tr>" for i, row in enumerate(rows)
    )
    kind = ' class="sortable"' if sortable else ""
    return f'<div class="wide"><table{kind}><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def whole(text: str) -> str:
    """A cell with spaces that no line ends at, in `0.72 ± 0.11 %`, `z = 1.9` and `57 s`."""
    return GLUE.sub("\N{NO-BREAK SPACE}", text)


def number_in(text: str) -> float | None:
    """The number that a cell begins with: 0.72 of `0.72 ± 0.11 %`, 7.61e-4 of `(7.61 ± 0.02)e-4`; None: no number."""
    found = NUMBER.match(text)
    return float(found[1].replace(",", "") + (found[2] or "")) if found else None


def html_figure(path: Path) -> str:
    """A figure within the page, its caption below; the numbers it draws lie beside it as CSV."""
    content = path.read_bytes()
    width = int.from_bytes(content[16:20], "big") * CSS_INCH // DOTS_PER_INCH  # PNG: the header holds the width
    name = html.escape(path.stem.replace("_", " "))
    kind = ' class="both"' if width > WIDE else ""
    source = f"data:image/png;base64,{base64.b64encode(content).decode()}"
    return (
        f'<figure{kind}><div class="wide"><img alt="{name}" width="{width}" src="{source}"></div><figcaption>'
        f"<b>{name[:1].upper()}{name[1:]}.</b> "
        f'{html.escape(caption(path))} <span class="numbers">Numbers: figures/{html.escape(path.stem)}.csv</span>'
        f"</figcaption></figure>"
    )


def caption(path: Path) -> str:
    """What the function that drew a figure says of it, from the PNG; empty where it says nothing."""
    with Image.open(path) as picture:
        return str(getattr(picture, "text", {}).get("Description", ""))


def html_note(text: str) -> str:
    return f'<p class="note">{html.escape(text)}</p>'


def folded(title: str, content: str) -> str:
    return f"<details><summary>{html.escape(title)}</summary>{content}</details>"


def preformatted(path: Path) -> str:
    return f"<pre>{html.escape(path.read_text())}</pre>" if path.exists() else ""


def page(title: str, what: str, parts: Sequence[str], found: tuple[str, str] = ("", ""), script: str = "") -> bytes:
    """A whole page.

    Args:
        title: of the window, and of the page where there is no question.
        what: where it comes from, in one line.
        parts: HTML.
        found: (question, answer); the answer begins with its number.
        script: JavaScript of the page itself.
    """
    question, sentence = found
    head = f"<h1>{html.escape(question or title)}</h1>" + (
        f'<p class="answer">{emphasised(sentence)}</p>' if sentence else ""
    )
    code = f"<script>{script}</script>" if script else ""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" href="data:,"><style>{STYLE}</style></head><body><main><header>{head}'
        f'<p class="what">{html.escape(what)}</p></header>{"".join(parts)}</main>{code}</body></html>\n'
    ).encode()


def emphasised(sentence: str) -> str:
    """The number that an answer begins with, with its error and percent sign, is set in bold."""
    number = re.match(r"^\(?[-+]?[\d.,]+(?:e[-+]?\d+)?(?: ± [\d.]+\)?(?:e[-+]?\d+)?)?(?: %)?", sentence)
    end = number.end() if number else 0
    return f"<b>{html.escape(sentence[:end])}</b>{html.escape(sentence[end:])}" if end else html.escape(sentence)


def grid(figures: Sequence[str]) -> str:
    """Figures side by side where the screen is wide enough."""
    return f'<div class="figures">{"".join(figures)}</div>'


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


def reproduction(directory: Path) -> str:
    """What to type, at which revision, on which data."""
    typed, facts = directory / "overrides.txt", read_json(directory / "provenance.json")
    lines = typed.read_text().splitlines() if typed.exists() else []
    words = [word for line in lines for word in (line.split() if line.startswith("--") else [line])]
    git = facts.get("git") or {}
    changed = " with changes that are not committed" if git.get("dirty") else ""
    rows = [("revision", f"{git['revision']}{changed}")] if git.get("revision") else []
    rows += [(f"SHA-256 of {name}", value) for name, value in checksums(facts)]
    rows += [(key, facts[key]) for key in ("seed", "threads", "device", "precision") if key in facts]
    return f'<div class="facts">{command(words)}{html_table(("", ""), rows)}</div>'


def command(words: Sequence[str]) -> str:
    """What to type, these words behind the program's name."""
    return f"<pre><code>{html.escape(shlex.join(['python', '-m', 'physlearn', *words]))}</code></pre>"


def checksums(facts: Mapping[str, Any], within: str = "") -> Iterator[tuple[str, str]]:
    """(name, SHA-256) of everything in provenance.json that has one: data, plugins, runs that were read."""
    for key, value in facts.items():
        if key == "sha256" and isinstance(value, str):
            yield str(facts.get("name") or within), value
        elif isinstance(value, Mapping):
            yield from checksums(value, key)


def write_report(directory: Path) -> None:
    """The page of one run, from the files in its directory alone."""
    summary, result = read_json(directory / "summary.json"), read_json(directory / "result.json")
    notes = directory / "notes.txt"
    parts = []
    if summary:
        parts += ["<section><h2>Result</h2>", html_table(summary["columns"], summary["rows"]), "</section>"]
    if said := list(map(html_note, notes.read_text().splitlines() if notes.exists() else [])):
        parts += ["<section><h2>What was run</h2>", *said, "</section>"]
    if pictures := figures_in(directory):
        parts += ["<section><h2>Figures</h2>", grid(pictures), "</section>"]
    parts += ["<section><h2>How to reproduce</h2>", reproduction(directory), "</section>"]
    rows = [(key, "null" if value is None else value) for key, value in result.items()]
    parts += [
        '<section class="machine"><h2>Everything else</h2>',
        folded("result.json", html_table(("result", "value"), rows)),
    ]
    parts += [folded("config.yaml", preformatted(directory / "config.yaml"))]
    parts += [folded("provenance.json: the environment", preformatted(directory / "provenance.json")), "</section>"]
    title = f"physlearn: {summary.get('title', 'a run')}"
    found = answer(str(read_config(directory).task.name), result)
    write_atomically(directory / "report.html", page(title, origin(directory, result["seconds"]), parts, found))
