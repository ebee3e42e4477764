"""From a config and a directory to a finished run: files at the start, the task, its end in status.json."""

import importlib
import shutil
import traceback
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from physlearn.lab import signals
from physlearn.lab.claim import FINAL, lock, refuse_other_config, state_of
from physlearn.lab.errors import EXIT, Diverged, Failed, Interrupted, Refused, UserError
from physlearn.lab.files import write_atomically, write_json

Task = Callable[[DictConfig, Any], dict[str, Any]]  # run(config, bench) -> result

outcome: dict[str, Any] = {}  # how the last run of this process ended: {"code": exit code, "message": one line}


def job(config: DictConfig) -> None:
    """What Hydra calls, for a single run and for each job of a sweep. It never raises: status.json tells the end."""
    from hydra.core.hydra_config import HydraConfig

    hydra = HydraConfig.get()
    in_sweep = "MULTIRUN" in str(hydra.mode)
    typed = list(hydra.overrides.task)
    if in_sweep:
        signals.die_with_parent()
    run_in(Path(hydra.runtime.output_dir), config, typed, quiet=in_sweep)


def run_in(directory: Path, config: DictConfig, typed: list[str], quiet: bool = False) -> None:
    """Runs the config's task in a directory, or goes on with the run that lies there; the end is left in `outcome`."""
    outcome.clear()
    if signals.received is not None:  # a sweep that was told to stop begins no further job
        outcome.update(code=128 + signals.received, message="interrupted before it began")
        return
    try:
        with lock(directory):
            state = state_of(directory)
            if state in FINAL:
                code = EXIT[state]
                outcome.update(code=code, message=f"{directory} is {state} already: nothing to do")
            else:
                refuse_other_config(directory, OmegaConf.to_container(config, resolve=True))
                outcome.update(conduct(directory, config, typed, quiet))
    except Refused as refusal:
        outcome.update(code=EXIT["bad input"], message=str(refusal))


def conduct(directory: Path, config: DictConfig, typed: list[str], quiet: bool) -> dict[str, Any]:
    """One run under its lock. Returns the exit code and, where there is something to say, one line."""
    fresh = not (directory / "config.yaml").exists()
    signals.listen()

    def ended(state: str, code: int, message: str | None = None, **more: Any) -> dict[str, Any]:
        with suppress(OSError):  # a full disk: what is already there stays
            write_json(directory / "status.json", {"state": state, "message": message, **more})
        return {"code": code, "message": message}

    bench = None
    try:
        from physlearn.lab.bench import Bench

        prepare(directory, config, typed)
        bench = Bench(directory, config, quiet)
        result = load_task(config.task.name)(config, bench)
        finish(bench, result)
        return ended("done", EXIT["done"], step=bench.step)
    except Failed as end:
        finish(bench, end.result)
        return ended("failed", EXIT["failed"], str(end), step=bench.step)
    except Diverged as end:
        message = (
            f"diverged: not finite at step {end.step}; status.json has the last finite figures. Lower optimizer.lr"
        )
        return ended("diverged", EXIT["diverged"], message, step=end.step, figures=bench.metrics.last)
    except Interrupted as end:
        message = f"interrupted after step {end.step} and saved; go on with: python -m physlearn resume={directory}"
        return ended("interrupted", 128 + end.signal, message, step=end.step)
    except UserError as refusal:
        message = str(refusal)
        if fresh and not quiet:  # nothing was measured: leave no half-made run
            shutil.rmtree(directory, ignore_errors=True)
            return {"code": EXIT["bad input"], "message": message}
        return ended("failed", EXIT["bad input"], message)
    except Exception as defect:
        message = f"{type(defect).__name__}: {' '.join(str(defect).split())} (traceback in {directory / 'status.json'})"
        step = bench.step if bench else 0
        return ended("failed", EXIT["failed"], message, step=step, traceback=traceback.format_exc())
    finally:
        if bench is not None:
            bench.metrics.close()


def prepare(directory: Path, config: DictConfig, typed: list[str]) -> None:
    """What stands in a run directory before the first step."""
    import torch

    from physlearn.lab.provenance import provenance

    torch.set_num_threads(config.threads)
    warnings.showwarning = lambda message, *rest, **more: print(f"physlearn: {message}", flush=True)
    if not (directory / "config.yaml").exists():
        (directory / "overrides.txt").write_text("".join(f"{override}\n" for override in typed))
        write_atomically(directory / "config.yaml", OmegaConf.to_yaml(config, resolve=True).encode())
    write_json(directory / "status.json", {"state": "running", "step": 0})
    write_json(directory / "provenance.json", provenance(OmegaConf.to_container(config, resolve=True)))
    (directory / "notes.txt").unlink(missing_ok=True)


def finish(bench: Any, result: dict[str, Any]) -> None:
    """result.json, then the page that shows everything."""
    from physlearn.lab.report import write_report

    write_json(bench.directory / "result.json", result | {"seconds": bench.seconds})
    write_report(bench.directory)


def load_task(name: str) -> Task:
    """The `run` function of physlearn/tasks/<name>.py."""
    return importlib.import_module(f"physlearn.tasks.{name}").run
