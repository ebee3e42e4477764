"""Writes the caption that each figure carries below it, in README.md and docs/: `python docs/figures/captions.py`.

A figure has one caption, set by the function that draws it; lab/ writes it into the PNG (keyword Description). This
copies it into the pages, in italics below the figure. After a figure was drawn again: copy the PNG here and type the
command. tests/instruments/test_style.py fails where a page and a figure differ.
"""

import html
import re
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
IMG = r'<img src="\S+\.png"[^>]*>'
FIGURES = re.compile(rf"^(?:!\[[^]]*\]\(\S+\.png\)|{IMG}(?: {IMG})*)$", re.MULTILINE)
BELOW = re.compile(r"\n\n\*[^*\n]+\*(?=\n)")
SIDES = ("Left", "Right")


def caption(path: Path) -> str:
    """What the figure in a PNG carries as its caption; empty for one that physlearn did not draw."""
    with Image.open(path) as picture:
        return str(picture.info.get("Description", ""))


def with_captions(text: str, folder: Path) -> str:
    """A page with the caption of every figure below it, in place of any that stood there.

    Args:
        text: Markdown.
        folder: of the page; figures are named relative to it.
    """
    pieces, end = [], 0
    for figures in FIGURES.finditer(text):
        pieces.append(text[end : figures.end()])
        old = BELOW.match(text, figures.end())
        end = old.end() if old else figures.end()
        found = [caption(folder / name) for name in re.findall(r'[("]([^\s("]+\.png)', figures[0])]
        sides = [f"{side}: {words}" for side, words in zip(SIDES, found, strict=True)] if len(found) == 2 else found
        words = " ".join(sides) if all(found) else ""
        pieces.append(f"\n\n*{html.escape(words, quote=False)}*" if words else "")
    return "".join([*pieces, text[end:]])


if __name__ == "__main__":
    for page in PAGES:
        page.write_text(with_captions(page.read_text(), page.parent))
