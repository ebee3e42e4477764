"""report.html: whole in itself; what was run and found is on it, and nothing that a run says can break it."""

import base64
import html
import shutil
import subprocess
from html.parser import HTMLParser

import pytest

VOID = {"meta", "link", "img", "br"}
FETCHING = {"src", "href", "data", "poster", "srcset", "action", "background"}
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "headless_shell")


class Page(HTMLParser):
    """Collects what a page would fetch, its pictures, its text, and tags that are left open."""

    def __init__(self, text: str):
        super().__init__()
        self.fetched, self.pictures, self.open, self.stray, self.text, self.scripts = [], [], [], [], [], 0
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.scripts += tag == "script"
        self.fetched += [value for name, value in attributes if name in FETCHING and not value.startswith("data:")]
        if tag == "img":
            self.pictures.append(dict(attributes))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.stray.append(tag)

    def handle_data(self, data):
        self.text.append(data)


@pytest.fixture
def run(start, quick, tmp_path):
    """A small run with its pictures; what was typed holds signs that HTML reads as its own."""
    process = start(*quick, "task.epochs=3", "hydra.run.dir=a <b> & c", pictures=True)
    assert process.wait() == 0, process.text
    return tmp_path / "a <b> & c"


def test_the_page_is_whole_in_itself(run):
    text = (run / "report.html").read_text()
    page = Page(text)
    assert page.fetched == []
    assert page.scripts == 0
    assert "url(" not in text
    assert "@import" not in text
    assert page.open == page.stray == []
    assert {html.escape(path.stem.replace("_", " ")) for path in run.glob("figures/*.png")} == {
        picture["alt"] for picture in page.pictures
    }
    for picture in page.pictures:
        kind, content = picture["src"].split(",")
        assert kind == "data:image/png;base64"
        assert base64.b64decode(content, validate=True) in [path.read_bytes() for path in run.glob("figures/*.png")]
    shown = "".join(page.text)
    for part in ("ensemble", "a <b> & c", "python -m physlearn threads=1", "config.yaml", "result.json"):
        assert part in shown
    for path in run.glob("figures/*.png"):
        assert path.with_suffix(".csv").exists()


def test_the_page_of_a_sweep_links_its_runs_and_nothing_else(start, quick, tmp_path):
    process = start("--multirun", *quick, "task.epochs=1", "seed=0,1", "hydra.sweep.dir=sweep", pictures=True)
    assert process.wait() == 0, process.text
    page = Page((tmp_path / "sweep/report.html").read_text())
    assert page.open == page.stray == []
    assert page.pictures
    assert page.fetched
    for link in page.fetched:
        assert (tmp_path / "sweep" / link).exists(), link


def test_a_browser_shows_it_without_a_complaint(run):
    """In headless Chromium: no console message, and every picture has a size."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        pytest.skip(f"no browser here to open the page: none of {', '.join(BROWSERS)}")
    probe = run / "probe.html"
    script = "<script>onload = () => document.title = [...document.images].filter(i => !i.naturalWidth).length</script>"
    probe.write_text((run / "report.html").read_text().replace("</body>", f"{script}</body>"))
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    flags += [f"--user-data-dir={run.parent / 'browser'}", "--enable-logging=stderr", "--v=0", "--dump-dom"]
    seen = subprocess.run([browser, *flags, probe.as_uri()], capture_output=True, text=True, timeout=120, check=True)
    assert "CONSOLE" not in seen.stderr
    assert "<title>0</title>" in seen.stdout
