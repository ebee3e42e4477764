"""The command `task=runs`: prints the list, writes index.html beside the runs, deletes what is named, after asking."""

import shutil
import sys
from pathlib import Path

from physlearn.lab.errors import EXIT, UserError
from physlearn.lab.files import write_atomically
from physlearn.lab.progress import counted
from physlearn.lab.run_directory import CONFIG, is_living
from physlearn.lab.run_list import COLUMNS, entries, megabytes, size_and_time

USAGE = """task=runs: what lies in outputs/, newest first; outputs/index.html holds the same with links to the reports

usage: python -m physlearn task=runs [word] ... [in=FOLDER] [delete=RUN[,RUN]...]

  word          only runs that hold it in their path, task, state or what was typed, e.g. mnist, done
  in=FOLDER     the folder that is searched; outputs if it is not typed
  delete=RUN    deletes these run directories, and no others, after asking"""
PAGE = "index.html"


def manage(arguments: list[str]) -> int:
    """Does what was typed beside `task=runs` and returns the exit code.

    Raises:
        UserError: another key, no such folder, or a run that cannot be deleted.
    """
    keys = dict(word.split("=", 1) for word in arguments if "=" in word)
    if unknown := sorted(keys.keys() - {"in", "delete"}):
        raise UserError(f"{unknown[0]}={keys[unknown[0]]}: task=runs takes words, in=FOLDER and delete=RUN alone")
    root = Path(keys.get("in", "outputs"))
    if not root.is_dir():
        raise UserError(f"in={root}: there is no such folder. Type e.g. task=runs in=outputs")
    if "delete" in keys:
        return delete([Path(name) for name in keys["delete"].strip("[]").split(",")], root)
    return show(root, [word for word in arguments if "=" not in word])


def show(root: Path, words: list[str]) -> int:
    """The table on the screen, and index.html where no words choose among the runs."""
    from physlearn.lab.present import print_table

    found = entries(root, words)
    chosen = f" with {' '.join(words)}" if words else ""
    if not found:
        print(f"No runs{chosen} in {root}.")
        return EXIT["done"]
    rows = [entry.row(root) for entry in found]
    total = f"{counted(len(found), 'run')}{chosen} in {root}, {megabytes(sum(entry.size for entry in found))}"
    print_table(total, COLUMNS, rows)
    if not words:
        write_page(root, total, rows)
    return EXIT["done"]


def write_page(root: Path, title: str, rows: list[tuple[str, ...]]) -> None:
    """index.html in the folder, each run a link to its report where it has one."""
    from physlearn.lab.report import html_table, page

    links = {row[0]: f"{row[0]}/report.html" for row in rows if (root / row[0] / "report.html").exists()}
    write_atomically(root / PAGE, page(title, "Newest first.", [html_table(COLUMNS, rows, links)]))
    print(f"The same with links to the reports: {root / PAGE}")


def delete(runs: list[Path], root: Path) -> int:
    """Deletes run directories, named from here or from the folder, after asking.

    Raises:
        UserError: one is no run, is in use, or there is nobody to ask.
    """
    places = []
    for run in runs:
        place = next((place for place in (run, root / run) if (place / CONFIG).is_file()), None)
        if place is None:
            raise UserError(f"delete={run}: no run lies there (no config.yaml). Nothing was deleted")
        if is_living(place):
            raise UserError(f"delete={run}: a living run is using it. Nothing was deleted")
        places.append(place)
    if not sys.stdin.isatty():
        raise UserError(f"delete={runs[0]}: deleting asks first, and there is no terminal to ask. Nothing was deleted")
    size = sum(size_and_time(place)[0] for place in places)
    print("\n".join(str(place) for place in places))
    if input(f"Delete {counted(len(places), 'run')}, {megabytes(size)}? [y/N] ").strip().lower() not in ("y", "yes"):
        print("Nothing was deleted.")
        return EXIT["done"]
    for place in places:
        shutil.rmtree(place)
    print(f"Deleted {counted(len(places), 'run')}.")
    return EXIT["done"]
