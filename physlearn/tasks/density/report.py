"""What task=density says before its first sweep, and what it reports after its last step."""

import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from omegaconf import DictConfig

from physlearn.instruments.notation import plus_minus
from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.lab.build import name_of
from physlearn.orbitals import figures
from physlearn.orbitals.averages import Average, worst
from physlearn.orbitals.orbital import Orbital
from physlearn.tasks.density.study import Study

LIMIT = 4  # standard errors
NAMES = {"r": "<r> (a_0)", "r2": "<r^2> (a_0^2)", "inverse_r": "<1/r> (1/a_0)", "virial": "virial <x.grad E>/3"}


def announce(bench: BenchProtocol, cfg: DictConfig, orbitals: Sequence[Orbital], study: Study) -> None:
    """Says once, in plain words, what is sampled and how, and what learns it."""
    T, ladders = study.chains.ladder.temperatures.tolist(), cfg.tempering.ladders
    names = ", ".join(orbital.name for orbital in orbitals)
    bench.say(f"Orbitals of hydrogen: {names}. E = -ln |psi|^2 in nats, lengths in a_0.")
    if cfg.tempering.swap == "none":
        bench.say(f"{ladders} chains at T = 1, no swaps: a chain stays on its side of a node as long as its steps do.")
    else:
        bench.say(
            f"{ladders} ladders of {len(T)} temperatures, T = {T[0]:g} to {T[-1]:g}, by {name_of(cfg.optimizer)}."
        )
    if cfg.tempering.swap != "none" and T[-1] <= 2 and any(orbital.regions > 1 for orbital in orbitals):
        bench.say("The highest temperature is not above 2: small steps cross no node at any of them.")
    bench.say(f"{study.model.words} Box: {cfg.task.coordinates}, r < {study.box.radius:.3g} a_0, holds all but 1e-6.")


def report(
    bench: BenchProtocol, cfg: DictConfig, orbitals: Sequence[Orbital], finished: list[dict[str, Any]]
) -> dict[str, Any]:
    """Results, figures and table; one number for each orbital, a list where there are several."""
    averages = [{name: Average(*values) for name, values in one["averages"].items()} for one in finished]
    columns: dict[str, list[Any]] = {"orbital": [one["name"] for one in finished]}
    for key in ("entropy", "held_out_nll", "above_entropy"):
        columns[key] = [one[key] for one in finished]
        if key != "entropy":
            columns[f"{key}_se"] = [one[f"{key}_se"] for one in finished]
    columns |= {key: [one[key] for one in finished] for key in ("parameters", "training_samples")}
    for name in NAMES:
        columns[f"chain_{name}"] = [own[name].mean for own in averages]
        columns[f"chain_{name}_se"] = [own[name].error for own in averages]
        columns[f"exact_{name}"] = [own[name].exact for own in averages]
    columns["largest_z"] = [worst(own) for own in averages]
    pictures = torch.stack([one["pictures"] for one in finished]).numpy()  # (orbital, exact or learned, view, z, x)
    extents = [one["extent"] for one in finished]
    for i, view in enumerate(figures.VIEWS):
        bench.figure(view, figures.gallery(columns["orbital"], pictures[:, :, i], extents, view))
    if len(finished) > 1:
        several(bench, cfg, columns)
        return columns
    one, own = finished[0], averages[0]
    shares = {name: average for name, average in own.items() if name.startswith("region")}
    single(bench, orbitals[0], one, own)
    result = {key: values[0] for key, values in columns.items()}
    result |= {"shares": [a.mean for a in shares.values()], "shares_se": [a.error for a in shares.values()]}
    return result | {"exact_shares": [a.exact for a in shares.values()]}


def single(bench: BenchProtocol, orbital: Orbital, one: dict[str, Any], averages: dict[str, Average]) -> None:
    """Figures and table of one orbital."""
    extent, radii = one["extent"], one["radii"].numpy()
    r = (torch.arange(radii.shape[1], dtype=torch.float64) + 0.5) * extent / radii.shape[1]
    exact = (2 * r.log() + orbital.log_radial(r)).exp().numpy()
    bench.figure("radial", figures.radial(extent, exact, {"chains": radii[0], "model": radii[1]}, orbital.name))
    steps, training = np.array(one["history"]).T
    above = (one["above_entropy"], one["above_entropy_se"])
    bench.figure("learning", figures.learning(steps, training, one["entropy"], above, orbital.name))
    rows = [
        (NAMES.get(name, name.replace("_", " ") + ", share"), plus_minus(a.mean, a.error), f"{a.exact:.5g}", z_of(a))
        for name, a in averages.items()
    ]
    nll = plus_minus(one["held_out_nll"], one["held_out_nll_se"])
    rows.append(("held-out NLL of the model (nats)", nll, f"{one['entropy']:.5f}", ""))
    rows.append(("  above the exact entropy", plus_minus(*above), "0", ""))
    bench.summary(f"{orbital.name}: chains and model", ("", "measured", "exact", "z"), rows)
    bench.say(verdict(averages))


def several(bench: BenchProtocol, cfg: DictConfig, columns: dict[str, list[Any]]) -> None:
    """The table of several orbitals, and the figure of their NLL."""
    above, error = np.array(columns["above_entropy"]), np.array(columns["above_entropy_se"])
    drawn = figures.nll_against_entropy(
        columns["orbital"], np.array(columns["entropy"]), {in_words(name_of(cfg.density)): (above, error)}
    )
    bench.figure("nll", drawn)
    rows = [
        (name, f"{entropy:.4f}", plus_minus(nll, se), plus_minus(a, e), f"{z:.1f}")
        for name, entropy, nll, se, a, e, z in zip(
            *(columns[key] for key in ("orbital", "entropy", "held_out_nll", "held_out_nll_se", "above_entropy",
                                       "above_entropy_se", "largest_z")), strict=True,
        )
    ]  # fmt: skip
    heads = ("orbital", "exact entropy", "held-out NLL (nats)", "above the entropy", "largest |z| of the chains")
    bench.summary("Orbitals of hydrogen, learned", heads, rows)


def in_words(name: str) -> str:
    """A class's name as words: GridBornMachine -> Grid Born Machine."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)


def z_of(average: Average) -> str:
    return f"{average.z:+.2f}" if math.isfinite(average.z) else "stuck"


def verdict(averages: dict[str, Average]) -> str:
    """Whether the chains sampled the orbital."""
    off = [name for name, average in averages.items() if abs(average.z) > LIMIT]
    if not off:
        return f"The chains' averages agree with the exact values within {LIMIT} standard errors."
    return (
        f"The chains' averages are wrong by more than {LIMIT} standard errors: {', '.join(off)}. Where shares of "
        "regions are wrong, nodes were not crossed: type tempering=exchange, and a tempering.maximum above 2"
    )
