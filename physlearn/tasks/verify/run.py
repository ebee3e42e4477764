"""task=verify: the exact laws of every physics package, measured on this machine, in units of the standard error.

A package that has a file `laws.py` takes part; nothing here names one. The laws hold at any seed: all their random
numbers follow `seed`. A |z| above 5 anywhere ends the run as failed.
"""

import importlib
import importlib.util
import pkgutil
from typing import Any

import torch
from omegaconf import DictConfig

import physlearn
from physlearn.instruments.law import Law
from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.lab.errors import Failed, UserError

LIMIT = 5.0  # standard errors; chance alone passes it once in 1.7 million rows


def run(cfg: DictConfig, bench: BenchProtocol) -> dict[str, Any]:
    """Measures every law; returns exact, mean, standard error and z of each, as lists in the order of `laws`."""
    saved = bench.restore() or {"rows": []}
    rows: list[list[float]] = saved["rows"]
    laws = collect(cfg.task.packages, bench.device, cfg.seed)
    for step in bench.steps(len(laws), lambda: {"rows": rows}, every=1):
        mean, error = laws[step].measure()
        z = (mean - laws[step].exact) / error
        rows.append([float(mean), float(error), float(z)])
        bench.log(step + 1, law=laws[step].name, z=float(z))

    table = [
        (law.package, law.name, f"{law.exact:.6g}", f"{mean:.6g} ± {error:.1g}", f"{z:+.2f}")
        for law, (mean, error, z) in zip(laws, rows, strict=True)
    ]
    bench.summary("Exact laws on this machine", ("package", "law", "exact", "measured", "z"), table)
    broken = [law for law, (_, _, z) in zip(laws, rows, strict=True) if abs(z) > LIMIT]
    bench.say(verdict(len(laws) - len(broken), len(laws)))
    result = {
        "laws": [f"{law.package}: {law.name}" for law in laws],
        "exact": [law.exact for law in laws],
        "mean": [row[0] for row in rows],
        "se": [row[1] for row in rows],
        "z": [row[2] for row in rows],
        "z_largest": max(abs(row[2]) for row in rows),
        "laws_held": len(laws) - len(broken),
    }
    if broken:
        raise Failed(f"{broken[0].package}: {broken[0].name} is off by more than {LIMIT:g} standard errors", result)
    return result


def verdict(held: int, number: int) -> str:
    """How many laws held, and how z is to be read."""
    return (
        f"{held} of {number} laws held, |z| <= {LIMIT:g}. |z| is the distance from the exact value in standard errors: "
        "by chance alone it exceeds 3 once in 370 rows, 4 once in 16,000, 5 once in 1.7 million."
    )


def collect(packages: list[str] | None, device: torch.device, seed: int = 0) -> list[Law]:
    """The laws of the packages asked for; of all that have any where None.

    Raises:
        UserError: a package that does not exist or has no laws.
    """
    known = [entry.name for entry in pkgutil.iter_modules(physlearn.__path__) if entry.ispkg and has_laws(entry.name)]
    for package in packages or []:
        if package not in known:
            raise UserError(f"task.packages=[{package}] is not allowed: packages with laws are {', '.join(known)}")
    modules = [importlib.import_module(f"physlearn.{package}.laws") for package in packages or known]
    return [law for module in modules for law in module.laws(device, seed)]


def has_laws(package: str) -> bool:
    return importlib.util.find_spec(f"physlearn.{package}.laws") is not None
