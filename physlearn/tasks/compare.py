"""task=compare: runs side by side, from their files alone, whenever and wherever they were made.

Runs that differ in nothing but the seed are one row: mean +- standard error over the seeds, n stated, with what failed
or diverged counted beside it.
"""

import csv
import math
import os
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from physlearn.lab.collect import SEED, Group, Run, differing, group, mean_and_error, read_run, run_directories
from physlearn.lab.files import write_atomically
from physlearn.lab.present import print_table, save_figure
from physlearn.lab.progress import percent
from physlearn.lab.report import figures_in, folded, html_table, page
from physlearn.tasks.compare_figures import COLUMNS, draw


def run(cfg: DictConfig, bench: Any) -> dict[str, Any]:
    """Compares `runs`; the page is written into the run directory and, where one sweep was named, into its folder."""
    bench.restore()
    paths = [Path(path) for path in ([cfg.runs] if isinstance(cfg.runs, str) else cfg.runs)]
    groups = compare(paths, bench.directory, quiet=bench.quiet)
    if len(paths) == 1 and not (paths[0] / "config.yaml").exists():
        compare(paths, paths[0], quiet=True)
        bench.say(f"Also in {paths[0]}: comparison.csv, comparison.md, figures/, report.html")
    counts = {state: sum(g.count(state) for g in groups) for state in ("done", "failed", "diverged", "interrupted")}
    return {"groups": len(groups), "runs": sum(len(g.runs) for g in groups), **counts}


def compare(paths: list[Path], into: Path, quiet: bool = False) -> list[Group]:
    """Reads the runs below `paths`; writes comparison.csv, comparison.md, figures/ and report.html into a folder."""
    runs = [read_run(directory) for directory in run_directories(paths)]
    groups = group(runs)
    columns, rows = summary(groups)
    keys = [key for key in differing(runs) if key != SEED]
    title = f"Comparison of {len(runs)} runs in {len(groups)} groups"
    if not quiet:
        print_table(title, columns, rows)
        if len(paths) > 1:
            print(f"They differ in: {', '.join(keys) or 'the seed alone'}")
    write_csv(into / "comparison.csv", groups)
    write_atomically(into / "comparison.md", markdown(columns, rows).encode())
    for name, drawn in draw(groups).items():
        save_figure(into / "figures", name, drawn)
    write_page(into, title, columns, rows, runs, keys)
    return groups


def values_of(group: Group, key: str) -> list[float]:
    """The finite numbers that the finished runs of a group have for one key of result.json."""
    found = [run.result.get(key) for run in group.done]
    return [float(v) for v in found if isinstance(v, int | float) and not isinstance(v, bool)]


def summary(groups: list[Group]) -> tuple[list[str], list[list[str]]]:
    """The table on the screen: the columns of `COLUMNS` that any run has."""
    keys = [key for key in COLUMNS if any(values_of(group, key) for group in groups)]
    names = list(groups[0].label) or ["runs"]
    shown = [*names, *(COLUMNS[key] for key in keys), "n", "failed", "diverged"]
    rows = []
    for entry in groups:
        label = [str(value) for value in entry.label.values()] or ["all"]
        cells = [with_error(key, values_of(entry, key)) for key in keys]
        failed = len(entry.runs) - len(entry.done) - entry.count("diverged")
        rows.append([*label, *cells, str(len(entry.done)), str(failed), str(entry.count("diverged"))])
    return shown, rows


def with_error(key: str, values: list[float]) -> str:
    """mean ± standard error: errors in percent, the rest to three digits."""
    if not values:
        return ""
    mean, error = mean_and_error(values)
    if key.endswith(("error", "ece")):
        return percent(mean) if math.isnan(error) else f"{100 * mean:.2f} ± {100 * error:.2f} %"
    return f"{mean:.3g}" if math.isnan(error) else f"{mean:.4g} ± {error:.1g}"


def write_csv(path: Path, groups: list[Group]) -> None:
    """comparison.csv: one row a group, mean and standard error of every number that results hold, as fractions."""
    keys = sorted({key for g in groups for run in g.done for key in run.result if values_of(g, key)})
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        names = list(groups[0].label)
        counts = ["n", "failed", "diverged", "interrupted"]
        writer.writerow([*names, *counts, *(f"{key}{part}" for key in keys for part in ("", "_se"))])
        for entry in groups:
            numbers = [number for key in keys for number in mean_and_error(values_of(entry, key))]
            counted = [len(entry.done), *(entry.count(state) for state in counts[1:])]
            writer.writerow([*entry.label.values(), *counted, *("" if math.isnan(x) else x for x in numbers)])


def markdown(columns: list[str], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)]) + "\n"


def write_page(
    into: Path, title: str, columns: list[str], rows: list[list[str]], runs: list[Run], keys: list[str]
) -> None:
    """report.html of a comparison, with a link to the page of every run."""
    rows_of_runs, links = [], {}
    for entry in runs:
        place = os.path.relpath(entry.directory, into)
        typed = " ".join(f"{key}={value}" for key, value in entry.overrides.items())
        rows_of_runs.append([place, entry.state, typed, entry.message or ""])
        links[place] = f"{place}/report.html" if (entry.directory / "report.html").exists() else place
    parts = ["<h2>Result</h2>", html_table(columns, rows), "<h2>Figures</h2>", *figures_in(into)]
    parts += ["<h2>Runs</h2>", html_table(("run", "state", "typed", "message"), rows_of_runs, links)]
    parts += [folded("Config keys that differ", f"<p>{', '.join(keys) or 'the seed alone'}</p>")]
    write_atomically(
        into / "report.html", page(f"physlearn: {title[0].lower()}{title[1:]}", into.resolve().name, parts)
    )
