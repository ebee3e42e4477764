"""README, CONTRIBUTING, CHANGELOG and docs: links lead to a file and a heading; commands can be typed in any shell."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")] + sorted(
    (ROOT / "docs").glob("*.md")
)
CODE = re.compile(r"^```.*?^```|^    [^\n]*$|`[^`\n]*`", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(<?([^)\s>]+)>?\)|(?:src|href)=\"([^\"]+)\"")


def anchors(text: str) -> set[str]:
    """The anchors of GitHub: lower case, punctuation left out, spaces to hyphens; repeated headings are numbered."""
    found: list[str] = []
    for heading in re.findall(r"^#{1,6} +(.*?) *$", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S), re.M):
        plain = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading)
        found.append(re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-"))
    return {f"{name}-{n}" if (n := found[:i].count(name)) else name for i, name in enumerate(found)}


def links(text: str) -> Iterator[str]:
    for found in LINK.finditer(CODE.sub("", text)):
        if not re.match(r"\w+:", target := found[1] or found[2]):
            yield target


def broken(page: Path, text: str) -> list[str]:
    wrong = []
    for target in links(text):
        path, _, heading = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        there = file.exists() and file.is_relative_to(ROOT)
        if there and heading:
            there = heading in anchors(text if file == page else file.read_text())
        if not there:
            wrong.append(target)
    return wrong


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    assert broken(page, page.read_text()) == []


def test_every_page_and_figure_of_docs_is_linked():
    """A page that nothing links is not found by a reader; a figure that no page shows is not needed."""
    reached = {
        (page.parent / target.partition("#")[0]).resolve() for page in PAGES for target in links(page.read_text())
    }
    assert [page.name for page in (ROOT / "docs").glob("*.md") if page not in reached] == []
    shown = {path for path in (ROOT / "docs/figures").iterdir() if path.suffix in (".png", ".svg")}
    assert sorted(path.name for path in shown - reached) == []


def test_control_broken_links_are_seen():
    page = ROOT / "docs/physics.md"
    text = "# One thing\n[a](nowhere.md) [b](runs.md#nothing) [c](#one-thing) [d](#two) `[e](g.md)`\n"
    assert broken(page, text) == ["nowhere.md", "runs.md#nothing", "#two"]
    assert broken(page, "[a](https://example.org) ![b](figures/packages.svg) [c](../README.md)") == []
    assert anchors("# A b: c?\n## A b: c\n```\n# no heading\n```\n") == {"a-b-c", "a-b-c-1"}


def test_the_site_names_pages_that_are_there():
    generated = {"index.md", "notebook.md", "contributing.md", "changelog.md"}
    nav = yaml.safe_load((ROOT / "mkdocs.yml").read_text())["nav"]
    named = {page for part in nav for pages in part.values() for page in ([pages] if isinstance(pages, str) else pages)}
    assert named - generated <= {page.name for page in (ROOT / "docs").glob("*.md")}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_command_has_brackets_without_quotes(page):
    """zsh takes [a,b] for a pattern of file names, and every shell $ for a variable of its own."""
    commands = [line.strip() for line in page.read_text().splitlines() if line.startswith("    python -m physlearn")]
    bare = [re.sub(r"'[^']*'|\"[^\"$]*\"|  #.*", "", line) for line in commands]
    assert [line for line in bare if re.search(r"[\[\]{}*]|\$(?!\w)", line)] == []
