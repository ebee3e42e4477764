"""task=compare: runs side by side, from their files alone, whenever and wherever they were made.

Runs that differ in nothing but the seed are one row: mean +- standard error over the seeds, n stated, with what failed
or diverged counted beside it.
"""

import csv
import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from omegaconf import DictConfig

from physlearn.instruments.notation import plus_minus
from physlearn.instruments.statistics import binomial_error, mean_and_error
from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.lab.collect import (
    Group,
    Run,
    differing,
    group,
    read_run,
    repeated_seeds,
    run_directories,
)
from physlearn.lab.files import write_atomically
from physlearn.lab.present import print_table, save_figure
from physlearn.lab.progress import counted, percent
from physlearn.lab.report import figures_in, html_note, html_table, page
from physlearn.tasks.compare.figures import draw, is_fraction, names_of_columns, values_of

STATES = ("done", "failed", "diverged", "interrupted", "running")
ALWAYS = ("failed", "diverged")  # columns that stand even where they are zero
TESTED = ("test_error", "test_error_after_load")
SHOWN = 5  # results of a task that the table has no names for


def run(cfg: DictConfig, bench: BenchProtocol) -> dict[str, Any]:
    """Compares `runs`; the page is written into the run directory and, where one sweep was named, into its folder."""
    paths = [Path(path) for path in ([cfg.runs] if isinstance(cfg.runs, str) else cfg.runs)]
    groups = compare(paths, bench.directory, quiet=bench.quiet)
    if len(paths) == 1 and (paths[0] / "0" / "config.yaml").exists():
        compare(paths, paths[0], quiet=True)
        bench.say(f"Also in {paths[0]}: comparison.csv, comparison.md, figures/, report.html")
    counts = {state: sum(group.count(state) for group in groups) for state in STATES}
    return {"groups": len(groups), "runs": sum(len(group.runs) for group in groups), **counts}


def compare(paths: list[Path], into: Path, quiet: bool = False) -> list[Group]:
    """Reads the runs below `paths`; writes comparison.csv, comparison.md, figures/ and report.html into a folder."""
    runs = [read_run(directory) for directory in run_directories(paths)]
    groups = group(runs)
    keys = shown_keys(groups)
    columns, rows = summary(groups, keys)
    title = f"Comparison of {counted(len(runs), 'run')} in {counted(len(groups), 'group')}"
    remarks = list(notes(runs, groups))
    if not quiet:
        print_table(title, columns, rows)
        print("\n".join(remarks))
    write_csv(into / "comparison.csv", groups)
    write_atomically(into / "comparison.md", markdown(columns, rows).encode())
    for name, drawn in draw(groups, keys).items():
        save_figure(into / "figures", name, drawn)
    write_page(into, title, columns, rows, runs, remarks)
    return groups


def notes(runs: list[Run], groups: list[Group]) -> Iterator[str]:
    """What a reader of the table must know: what ± is, where the runs differ, what was counted twice."""
    yield "± is the standard error of the mean over the n runs that are done"
    if any(tested(entry) for entry in groups):
        yield "(±) behind a test error is the binomial error of the test set, common to all runs tested on the same one"
    if len(runs) > 1:
        yield f"The runs differ in: {', '.join(differing(runs)) or 'nothing'}"
    if seeds := repeated_seeds(groups):
        listed = ", ".join(map(str, seeds))
        yield f"Warning: a group has several runs of one seed ({listed}): they are no independent draws, ± is too small"


def shown_keys(groups: list[Group]) -> list[str]:
    """The results that are shown: the named ones that any run has, else the first few numbers of result.json."""
    there = dict.fromkeys(key for entry in groups for run in entry.done for key in run.result if values_of(entry, key))
    columns = names_of_columns()
    named = [key for key in columns if key in there]
    return named if len(named) > 1 else [*[key for key in there if key not in columns][:SHOWN], *named]


def summary(groups: list[Group], keys: list[str]) -> tuple[list[str], list[list[str]]]:
    """The table on the screen: a row per group, n the runs that are done, and what became of the others."""
    names, columns = list(groups[0].label) or ["runs"], names_of_columns()
    states = [state for state in STATES[1:] if state in ALWAYS or any(entry.count(state) for entry in groups)]
    rows = []
    for entry in groups:
        label = [str(value) for value in entry.label.values()] or ["all"]
        cells = [with_error(key, values_of(entry, key), tested(entry)) for key in keys]
        rows.append([*label, *cells, *(str(entry.count(state)) for state in ("done", *states))])
    return [*names, *(columns.get(key, key) for key in keys), "n", *states], rows


def with_error(key: str, values: list[float], examples: int | None = None) -> str:
    """mean ± standard error, the mean rounded to its error: errors in percent, the rest as they are.

    A test error has the binomial error of its test set in parentheses behind it, where the size of the set is known.
    """
    if not values:
        return ""
    mean, error = mean_and_error(values)
    if is_fraction(key):
        text = percent(mean) if math.isnan(error) else f"{plus_minus(100 * mean, 100 * error)} %"
        of_set = binomial_error(mean, examples) if key.endswith(TESTED) else math.nan
        return text if math.isnan(of_set) else f"{text} (± {100 * of_set:.1g})"
    if math.isnan(error) and abs(mean) >= 1000:
        return f"{mean:,.0f}"
    return plus_minus(mean, error)


def tested(group: Group) -> int | None:
    """The number of test examples that the runs of a group have in common; None where it is not known."""
    known = {run.result.get("test_examples") for run in group.done}
    return known.pop() if len(known) == 1 else None


def write_csv(path: Path, groups: list[Group]) -> None:
    """comparison.csv: one row per group, mean and standard error of every number that results hold, as fractions.

    The standard error is over the runs; one that a run states itself stays in that run's result.json.
    """
    known = {key for g in groups for run in g.done for key in run.result if values_of(g, key)}
    keys = sorted(key for key in known if key.removesuffix("_se") not in known - {key})
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        names = list(groups[0].label)
        writer.writerow([*names, "n", *STATES[1:], *(f"{key}{part}" for key in keys for part in ("", "_se"))])
        for entry in groups:
            numbers = [number for key in keys for number in mean_and_error(values_of(entry, key))]
            counts = [entry.count(state) for state in STATES]
            writer.writerow([*entry.label.values(), *counts, *("" if math.isnan(x) else x for x in numbers)])


def markdown(columns: list[str], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    body = ("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows)
    return "\n".join([*lines, *body]) + "\n"


def write_page(
    into: Path, title: str, columns: list[str], rows: list[list[str]], runs: list[Run], remarks: list[str]
) -> None:
    """report.html of a comparison, with a link to the page of every run."""
    lines, links = [], {}
    for run in runs:
        place = os.path.relpath(run.directory, into)
        typed = " ".join(f"{key}={value}" for key, value in run.overrides.items())
        lines.append([place, run.state, typed, run.message or ""])
        links[place] = quote(f"{place}/report.html" if (run.directory / "report.html").exists() else place)
    parts = ["<h2>Result</h2>", html_table(columns, rows), *map(html_note, remarks)]
    parts += ["<h2>Figures</h2>", *figures_in(into)]
    parts += ["<h2>Runs</h2>", html_table(("run", "state", "typed", "message"), lines, links)]
    heading = f"physlearn: {title[0].lower()}{title[1:]}"
    write_atomically(into / "report.html", page(heading, into.resolve().name, parts))
