"""report.html: whole in itself; what was run and found is on it, and nothing that a run says can break it."""

import base64
import html
import shutil
import subprocess
from html.parser import HTMLParser

import pytest
from matplotlib.figure import Figure

from physlearn.lab import report
from physlearn.lab.present import save_figure
from physlearn.lab.report_style import SORT

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
    question = "How well does a network predict when its weights are sampled at a temperature T?"
    captions = ("Energy", "Farthest from its prediction", "SHA-256 of digits")
    for part in (
        "ensemble",
        "a <b> & c",
        "python -m physlearn threads=1",
        "config.yaml",
        "result.json",
        question,
        *captions,
    ):
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
    typed = next(text for text in page.text if text.startswith("python -m physlearn"))
    assert {"--multirun", "seed=0,1", "task.epochs=1"} <= set(typed.split())
    assert "message" not in page.text  # no run said anything: there is no column of it
    for link in page.fetched:
        assert (tmp_path / "sweep" / link).exists(), link


def open_in_browser(page, folder):
    """(DOM after its scripts, what the browser logged) of a page in headless Chromium."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        pytest.skip(f"no browser here to open the page: none of {', '.join(BROWSERS)}")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    flags += [f"--user-data-dir={folder / 'browser'}", "--enable-logging=stderr", "--v=0", "--dump-dom"]
    seen = subprocess.run([browser, *flags, page.as_uri()], capture_output=True, text=True, timeout=120, check=True)
    return seen.stdout, seen.stderr


def test_a_browser_shows_it_without_a_complaint(run):
    """In headless Chromium: no console message, and every picture has a size."""
    probe = run / "probe.html"
    script = "<script>onload = () => document.title = [...document.images].filter(i => !i.naturalWidth).length</script>"
    probe.write_text((run / "report.html").read_text().replace("</body>", f"{script}</body>"))
    shown, said = open_in_browser(probe, run.parent)
    assert "CONSOLE" not in said
    assert "<title>0</title>" in shown


CLICKS = """<script>
const names = () => [...document.querySelectorAll("tbody tr")].map(row => row.cells[0].textContent).join("");
const heads = document.querySelectorAll("th button"), found = [names()];
for (const column of [1, 1, 0, 2]) { heads[column].click(); found.push(names()); }
found.push([...document.querySelectorAll("th")].map(head => head.getAttribute("aria-sort") || "-").join(" "));
document.title = found.join("|");
</script>"""


def test_a_click_on_a_column_sorts_the_rows_of_a_comparison(tmp_path):
    """Numbers as numbers, once up and once down, empty cells last both times, words as words."""
    rows = [("b", "10 ± 2 %", "x"), ("a", "9.5 %", "z"), ("d", "", "w"), ("c", "(1.0 ± 0.1)e-3", "y")]
    table = report.html_table(("name", "error", "word"), rows, sortable=True)
    page = report.page("comparison", "", [table], script=SORT).decode()
    (tmp_path / "page.html").write_text(page.replace("</body>", f"{CLICKS}</body>"))
    shown, said = open_in_browser(tmp_path / "page.html", tmp_path)
    assert "CONSOLE" not in said
    assert "<title>badc|cabd|bacd|abcd|dbca|- - ascending</title>" in shown


@pytest.mark.parametrize(
    ("text", "number"),
    [("0.72 ± 0.11 %", 0.72), ("(7.61 ± 0.02)e-4", 7.61e-4), ("1.4e-05", 1.4e-5), ("12,345", 12345), ("-3 nats", -3),
     ("5.2 ± 0.5 % (± 0.8)", 5.2), ("langevin", None), ("", None)],
)  # fmt: skip
def test_cells_are_sorted_by_the_number_that_they_begin_with(text, number):
    assert report.number_in(text) == number
    cell = report.html_table(("a",), [(text,)], sortable=True)
    assert ("data-value" in cell) == (number is not None)
    assert "data-value" not in report.html_table(("a",), [(text,)])


def test_the_command_of_a_run_with_a_plugin_can_be_typed(tmp_path):
    """--plugin and its name, one line of overrides.txt, are two words of a shell."""
    (tmp_path / "overrides.txt").write_text("--plugin mylab\nmodel=mynet\ntask.layers=[a, b]\n")
    (tmp_path / "provenance.json").write_text("{}")
    expected = "python -m physlearn --plugin mylab model=mynet 'task.layers=[a, b]'"
    assert f"<code>{html.escape(expected)}</code>" in report.reproduction(tmp_path)


@pytest.mark.parametrize(
    ("text", "shown"),
    [("0.72 ± 0.11 % (± 0.4)", "0.72~±~0.11~% (±~0.4)"), ("1.004 ± 0.002 (z = 1.9)", "1.004~±~0.002 (z~=~1.9)"),
     ("26.6 MB", "26.6~MB"), ("12 min", "12~min"), ("SHA-256 of digits", "SHA-256 of digits"), ("a = b", "a~=~b")],
)  # fmt: skip
def test_a_number_is_not_broken_into_lines(text, shown):
    assert report.whole(text) == shown.replace("~", "\N{NO-BREAK SPACE}")
    assert shown.replace("~", "\N{NO-BREAK SPACE}") in report.html_table(("a",), [(text,)])


def test_columns_of_words_begin_at_the_left():
    table = report.html_table(("run", "state", "error"), [("0", "done", "1 %"), ("1", "failed", "")])
    assert "<th class=word>state" in table
    assert '<td class="word">failed' in table
    assert "<th>error" in table


def test_the_caption_of_a_figure_is_the_one_that_its_function_set(tmp_path):
    drawing = Figure(figsize=(2, 2))
    drawing.set_label("Energy falls until step 28,000 & T < 1: σ → 0.")
    save_figure(tmp_path, "named", (drawing, {"x": [1]}))
    save_figure(tmp_path, "bare", (Figure(figsize=(8, 2)), {"x": [1]}))
    assert report.caption(tmp_path / "named.png") == "Energy falls until step 28,000 & T < 1: σ → 0."
    assert report.caption(tmp_path / "bare.png") == ""
    text = report.html_figure(tmp_path / "named.png")
    assert "Energy falls until step 28,000 &amp; T &lt; 1: σ → 0." in text
    assert 'class="both"' not in text
    assert 'class="both"' in report.html_figure(tmp_path / "bare.png")  # 8 inches: both columns


@pytest.mark.parametrize(
    ("sentence", "head"),
    [("0.8 ± 0.5 % of 360 are wrong", "<b>0.8 ± 0.5 %</b> of"), ("1.2e-09 relative", "<b>1.2e-09</b> relative"),
     ("(7.6 ± 0.2)e-4 is", "<b>(7.6 ± 0.2)e-4</b> is"), ("no <number>", "no &lt;number&gt;")],
)  # fmt: skip
def test_the_answer_begins_with_its_number(sentence, head):
    assert report.emphasised(sentence).startswith(head)


def test_checksums_of_all_data_are_found():
    facts = {
        "git": {"revision": "1"},
        "data": {"name": "digits", "sha256": "ab"},
        "plugins": {"mine": {"sha256": "cd"}},
    }
    assert list(report.checksums(facts)) == [("digits", "ab"), ("mine", "cd")]
