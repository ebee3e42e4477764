"""From a config and a directory to a finished run: files at the start, the task, its end in status.json."""

import errno
import importlib
import importlib.util
import os
import sys
import traceback
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from textwrap import shorten
from types import ModuleType
from typing import Any

from omegaconf import DictConfig, OmegaConf, open_dict

from physlearn import processes
from physlearn.lab import plugin_use, plugins, signals
from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.lab.errors import EXIT, Diverged, Failed, Interrupted, Refused, UserError
from physlearn.lab.files import read_json, write_atomically, write_json
from physlearn.lab.run_directory import (
    CONFIG,
    FINAL,
    as_dict,
    lock,
    read_config,
    refuse_other_config,
    remove_directory,
    state_of,
)
from physlearn.lab.shown import when_diverged

Task = Callable[[DictConfig, BenchProtocol], dict[str, Any]]  # run(config, bench) -> result

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
LONGEST = 200  # characters of an error's message on the screen

outcome: dict[str, Any] = {}  # how the last run of this process ended: {"code": exit code, "message": one line}


def job(config: DictConfig) -> None:
    """What Hydra calls for each job of a sweep. It never raises: status.json tells the end."""
    from hydra.core.hydra_config import HydraConfig

    hydra = HydraConfig.get()
    side_by_side = "joblib" in str(hydra.launcher.get("_target_", "")).lower()
    signals.at_work.set()
    signals.listen_as_worker()
    if side_by_side:
        signals.watch_parent()
    if not (side_by_side and signals.is_orphan()):
        run_in(Path(hydra.runtime.output_dir), config, list(hydra.overrides.task), True, side_by_side)
    signals.at_work.clear()
    if side_by_side and signals.is_orphan():
        os._exit(EXIT["failed"])


def run_in(
    directory: Path, config: DictConfig, typed: list[str], in_sweep: bool = False, side_by_side: bool = False
) -> None:
    """Runs the config's task in a directory, or goes on with the run that lies there; the end is left in `outcome`."""
    outcome.clear()
    if signals.received is not None:  # a sweep that was told to stop begins no further job
        outcome.update(code=128 + signals.received, message="interrupted before it began")
        with suppress(OSError):
            directory.rmdir()  # where nothing lies in it
        return
    try:
        with lock(directory):
            settle_threads(config, directory, side_by_side)
            refuse_other_config(directory, as_dict(config))
            state = state_of(directory)
            if state in FINAL:
                outcome.update(code=EXIT[state], message=f"{directory} is {state} already: nothing to do")
            else:
                outcome.update(run_one(directory, config, typed, in_sweep))
    except Refused as refusal:
        outcome.update(code=EXIT["bad input"], message=str(refusal))
        if in_sweep:
            print(f"physlearn: {refusal}", file=sys.stderr)


def settle_threads(config: DictConfig, directory: Path, side_by_side: bool) -> None:
    """threads=auto becomes a number, because sums, and so the results' last bits, depend on it.

    A run goes on with the threads that it began with; jobs side by side, and the processes of torchrun, have one each.
    Otherwise it is the number of cores, or what OMP_NUM_THREADS in the environment says where that is less, or what the
    task's `most_threads` says of a problem of this size: a fixed function of these, never of timing.
    """
    if config.threads == "auto":
        if (directory / CONFIG).exists():
            threads = read_config(directory).threads
        else:
            asked = os.environ.get("OMP_NUM_THREADS", "")
            threads = len(os.sched_getaffinity(0))
            threads = min(threads, int(asked)) if asked.isdigit() and int(asked) else threads
            threads = 1 if side_by_side or processes.spread() else threads
            if threads > 1 and (useful := most_threads(config)) is not None:
                threads = min(threads, useful)
        with open_dict(config):
            config.threads = threads


def most_threads(config: DictConfig) -> int | None:
    """What the task says: more threads than these do not make it faster. None where it says nothing."""
    rule = getattr(task_module(config.task.name), "most_threads", None)
    return rule(config) if rule else None


def run_one(directory: Path, config: DictConfig, typed: list[str], in_sweep: bool) -> dict[str, Any]:
    """One run under its lock. Returns the exit code and, where there is something to say, one line.

    Raises:
        Refused: what lies there cannot be gone on with; it is left as it is.
    """
    fresh = not (directory / CONFIG).exists()
    bench = None

    def ended(state: str, message: str | None = None, code: int | None = None, **more: Any) -> dict[str, Any]:
        more = {"step": bench.step} | more if bench else more
        with suppress(OSError):  # a full disk: what is already there stays
            write_json(directory / "status.json", {"state": state, "message": message, **more})
        return {"code": EXIT[state] if code is None else code, "message": message}

    with warnings.catch_warnings():
        warnings.showwarning = lambda message, *rest, **more: print(f"physlearn: {message}", file=sys.stderr)
        try:
            from physlearn.lab.bench import Bench

            task = load_task(config.task.name)
            bench = Bench(directory, config, quiet=in_sweep)
            prepare(bench, config, typed)
            processes.begin(as_dict(config))
            try:
                finish(bench, task(config, bench))
            except Failed as end:
                finish(bench, end.result)
                return ended("failed", str(end))
            return ended("done", code=EXIT["done"]) | {"report": directory / "report.html"}
        except Diverged as end:
            last = bench.metrics.last
            seen = f"status.json has the values of step {last['step']}" if last else "before anything was logged"
            message = f"diverged: not finite at step {end.step}, {seen}. {when_diverged(as_dict(config))}".rstrip()
            return ended("diverged", message, step=end.step, values=last)
        except Interrupted as end:
            message = f"interrupted after step {end.step} and saved; resume with: {again(directory)}"
            return ended("interrupted", message, 128 + end.signal)
        except processes.LostProcess as loss:
            message = f"{loss}; what was saved is whole, resume with: {again(directory, 'torchrun ...')}"
            return ended("interrupted", message, EXIT["failed"])
        except Refused:
            raise
        except UserError as refusal:
            if fresh and not in_sweep:  # nothing was measured: leave no half-made run
                remove_directory(directory)
                return {"code": EXIT["bad input"], "message": str(refusal)}
            return ended("failed", str(refusal), EXIT["bad input"])
        except Exception as defect:
            if is_full(defect) and not (directory / CONFIG).exists():
                if not in_sweep:
                    remove_directory(directory)
                return {"code": EXIT["failed"], "message": one_line(defect, directory)}
            return ended("failed", one_line(defect, directory), traceback=traceback.format_exc())
        finally:
            if bench is not None:
                bench.metrics.close()


def again(directory: Path, program: str = "python") -> str:
    """What to type to go on with a run."""
    return f"{program} -m physlearn {plugins.words()}resume={directory}"


def one_line(defect: Exception, directory: Path) -> str:
    """What went wrong: a full disk by the path that could not be written, anything else by its first sentence.

    A message of several lines, as torch writes them, is in status.json as a whole.
    """
    if is_full(defect):
        where = "" if str(directory) in str(defect) else f"could not write in {directory}: "
        if not (directory / CONFIG).exists():
            return f"{where}{defect.strerror}. Free some space and repeat the command"
        return f"{where}{defect.strerror}; what was saved is whole, resume with: {again(directory)}"
    text = next((line.strip() for line in str(defect).splitlines() if line.strip()), "")
    text = shorten(text, LONGEST, placeholder=" ...")
    return f"{type(defect).__name__}: {text} (traceback in {directory / 'status.json'})"


def is_full(defect: Exception) -> bool:
    return isinstance(defect, OSError) and defect.errno in FULL


def prepare(bench: Any, config: DictConfig, typed: list[str]) -> None:
    """What stands in a run directory before the first step. Where a run goes on, its provenance says so."""
    import torch

    from physlearn.lab.provenance import provenance

    directory, facts = bench.directory, provenance(as_dict(config), bench.device)
    torch.set_num_threads(config.threads)
    if bench.goes_on:
        begun = read_json(directory / "provenance.json")
        for change in plugin_use.changes(begun.get("plugins", {}), facts["plugins"]):
            bench.say(f"Note: {change}.")
        facts = begun | {"resumed": [*begun.get("resumed", []), facts]}
    write_json(directory / "provenance.json", facts)
    if not (directory / CONFIG).exists():
        named = [f"{plugins.FLAG} {name}" for name in facts["plugins"]]
        (directory / "overrides.txt").write_text("".join(f"{override}\n" for override in (*named, *typed)))
        write_atomically(directory / CONFIG, OmegaConf.to_yaml(config, resolve=True).encode())
    write_json(directory / "status.json", {"state": "running", "step": bench.step})


def finish(bench: Any, result: dict[str, Any]) -> None:
    """result.json, then the page that shows everything."""
    from physlearn.lab.report import write_report

    write_json(bench.directory / "result.json", result | {"seconds": bench.seconds})
    write_report(bench.directory)


def task_module(name: str) -> ModuleType:
    """physlearn/tasks/<name>/run.py, or tasks/<name>/run.py of a plugin.

    Raises:
        UserError: there is no such task.
    """
    package = f"physlearn.tasks.{name}"
    if importlib.util.find_spec(package) and importlib.util.find_spec(f"{package}.run"):
        return importlib.import_module(f"{package}.run")
    if module := plugins.task_module(name, "run"):
        return module
    raise UserError(f"task.name={name} is not a task: see python -m physlearn --help")


def load_task(name: str) -> Task:
    """The `run` function of a task.

    Raises:
        UserError: there is no such task, or it is to be spread over processes and does not say that it `SPREADS`.
    """
    module = task_module(name)
    if processes.count() > 1 and not getattr(module, "SPREADS", False):
        raise UserError(f"task={name} runs in one process: begin it with python -m physlearn, not with torchrun")
    return module.run
