"""task=verify: the exact laws of every physics room, measured on this machine, in units of the standard error.

A room that has a file `laws.py` takes part; nothing here names one. A |z| above 5 anywhere ends the run as failed.
"""

import importlib
import importlib.util
import pkgutil
from typing import Any

import torch
from omegaconf import DictConfig

import physlearn
from physlearn.instruments.law import Law
from physlearn.lab.errors import Failed, UserError

LIMIT = 5.0  # standard errors; chance alone passes it once in two million


def run(cfg: DictConfig, bench: Any) -> dict[str, Any]:
    """Measures every law; returns exact, mean, standard error and z of each, as lists in the order of `laws`."""
    saved = bench.restore() or {"rows": []}
    rows: list[list[float]] = saved["rows"]
    laws = collect(cfg.task.rooms, bench.device)
    for step in bench.steps(len(laws), lambda: {"rows": rows}, every=1):
        mean, error = laws[step].measure()
        z = (mean - laws[step].exact) / error
        rows.append([float(mean), float(error), float(z)])
        bench.log(step + 1, law=laws[step].name, z=float(z))

    table = [
        (law.room, law.name, f"{law.exact:.6g}", f"{mean:.6g} ± {error:.1g}", f"{z:+.2f}")
        for law, (mean, error, z) in zip(laws, rows, strict=True)
    ]
    bench.summary("Exact laws on this machine", ("room", "law", "exact", "measured", "z"), table)
    worst = max(laws, key=lambda law: abs(rows[laws.index(law)][2]))
    result = {
        "laws": [f"{law.room}: {law.name}" for law in laws],
        "exact": [law.exact for law in laws],
        "mean": [row[0] for row in rows],
        "se": [row[1] for row in rows],
        "z": [row[2] for row in rows],
        "z_largest": max(abs(row[2]) for row in rows),
    }
    if result["z_largest"] > LIMIT:
        raise Failed(f"{worst.room}: {worst.name} is off by more than {LIMIT:g} standard errors", result)
    return result


def collect(rooms: list[str] | None, device: torch.device) -> list[Law]:
    """The laws of the rooms asked for; of all that have any where None.

    Raises:
        UserError: a room that does not exist or has no laws.
    """
    known = [entry.name for entry in pkgutil.iter_modules(physlearn.__path__) if entry.ispkg and has_laws(entry.name)]
    for room in rooms or []:
        if room not in known:
            raise UserError(f"task.rooms=[{room}] is not allowed: rooms with laws are {', '.join(known)}")
    modules = [importlib.import_module(f"physlearn.{room}.laws") for room in rooms or known]
    return [law for module in modules for law in module.laws(device)]


def has_laws(room: str) -> bool:
    return importlib.util.find_spec(f"physlearn.{room}.laws") is not None
