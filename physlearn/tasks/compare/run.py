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

from physlearn.instruments.notation import ROUNDING, plus_minus
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
    typed_for_sweep,
)
from physlearn.lab.files import write_atomically
from physlearn.lab.present import print_table, save_figure
from physlearn.lab.progress import counted, percent
from physlearn.lab.report import command, figures_in, grid, html_note, html_table, page
from physlearn.lab.report_style import SORT
from physlearn.lab.shown import shown
from physlearn.tasks.compare.figures import draw, is_fraction, names_of_columns, values_of
from physlearn.tasks.compare.shown import QUESTION, SEEDS

STATES = ("done", "failed", "diverged", "interrupted", "running")
ALWAYS = ("failed", "diverged")  # columns that stand even where they are zero
TESTED = ("test_error", "test_error_after_load")
CLEAR = 2.0  # standard errors of a difference from which on a best value is marked
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
    best = best_rows(groups, keys)
    marked = {(row, len(groups[0].label or ["runs"]) + keys.index(key)) for key, row in best.items()}
    found = (QUESTION if len(groups) > 1 else SEEDS, verdict(groups, rows, keys, best))
    write_page(into, title, (columns, rows, marked), runs, remarks, found)
    return groups


def best_rows(groups: list[Group], keys: list[str]) -> dict[str, int]:
    """Result -> the row that has the best mean of it, where no other row is as good within errors.

    Best is the lowest or the highest value, as the result's task says. The row is marked where it differs from every
    other by more than `CLEAR` standard errors of the difference, sqrt(SE_1^2 + SE_2^2), over the seeds of each; a row
    of one seed has no error, and where there is one nothing is marked.
    """
    found = {}
    for key, entry in shown().items():
        sign = {"low": 1, "high": -1}.get(entry.better)
        if key not in keys or sign is None:
            continue
        rows = [(sign * mean, error, i) for i, group in enumerate(groups) if (values := values_of(group, key))
                for mean, error in [mean_and_error(values)]]  # fmt: skip
        if len(rows) < 2:
            continue
        mean, error, row = min(rows)
        if all(other - mean > CLEAR * math.hypot(error, spread) for other, spread, i in rows if i != row):
            found[key] = row
    return found


def verdict(groups: list[Group], rows: list[list[str]], keys: list[str], best: dict[str, int]) -> str:
    """The answer of a comparison: the best row in the first result that has a better side, or that there is none."""
    named = [key for key, entry in shown().items() if key in keys and entry.better]
    first = len(groups[0].label or ["runs"])
    if not named:
        return ""
    if len(groups) == 1:
        name, value = names_of_columns().get(named[0], named[0]), rows[0][first + keys.index(named[0])]
        return f"{value} {name}, the mean over {len(groups[0].done)} runs that differ in the seed alone." * bool(value)
    key = next((key for key in named if key in best), named[0])
    name = names_of_columns().get(key, key)
    if key not in best:
        return (
            f"0 of {len(groups)} settings are clearly the best: {name} of no row differs from all others beyond errors."
        )
    row = best[key]
    value, setting = rows[row][first + keys.index(key)], ", ".join(rows[row][:first])
    return f"{value} {name} with {setting}, the best of {len(groups)} rows."


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
    if abs(mean) >= 1000 and not error > ROUNDING * abs(mean):
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
    into: Path,
    title: str,
    table: tuple[list[str], list[list[str]], set[tuple[int, int]]],
    runs: list[Run],
    remarks: list[str],
    found: tuple[str, str],
) -> None:
    """report.html of a comparison, with a link to the page of every run.

    Args:
        table: columns, rows, and (row, column) of the cells that are set in bold.
        found: question and answer.
    """
    columns, rows, best = table
    lines, links = [], {}
    for run in runs:
        place = os.path.relpath(run.directory, into)
        typed = " ".join(f"{key}={value}" for key, value in run.overrides.items())
        lines.append([place, run.state, typed, run.message or ""])
        links[place] = quote(f"{place}/report.html" if (run.directory / "report.html").exists() else place)
    bold = "Bold: better than every other row by more than 2 standard errors of the difference, over seeds."
    parts = ["<section><h2>Result</h2>", html_table(columns, rows, sortable=True, best=best)]
    parts += [*map(html_note, [*remarks, *([bold] if best else [])]), "</section>"]
    parts += ["<section><h2>Figures</h2>", grid(figures_in(into)), "</section>"]
    shown_of_runs = 4 if any(run.message for run in runs) else 3
    names, lines = ("run", "state", "typed", "message")[:shown_of_runs], [line[:shown_of_runs] for line in lines]
    parts += ["<section><h2>Runs</h2>", html_table(names, lines, links, sortable=True), "</section>"]
    if words := typed_for_sweep(into):
        parts += ["<section><h2>How to reproduce</h2>", command(words), "</section>"]
    found, place = found if found[1] else (title, ""), into.resolve().name
    heading = f"physlearn: {title[0].lower()}{title[1:]}"
    what = f"{title} · {place}" if found[1] else place
    write_atomically(into / "report.html", page(heading, what, parts, found, SORT))
