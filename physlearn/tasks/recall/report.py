"""What task=recall says before its first sweep, and what it reads off after its last."""

from dataclasses import dataclass
from typing import Any

import torch
from omegaconf import DictConfig
from torch import Tensor

from physlearn.hopfield import figures
from physlearn.hopfield.memory import Memory
from physlearn.hopfield.patterns import overlap
from physlearn.hopfield.theory import order_parameters, spinodal_load
from physlearn.instruments.notation import plus_minus
from physlearn.instruments.statistics import standard_error
from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.lab.progress import percent
from physlearn.schedules import Schedule

RECALLED = 0.95  # the share of pixels that must be right


def announce(cfg: DictConfig, bench: BenchProtocol, patterns: Tensor, memory: Memory, temperature: Schedule) -> None:
    """Says once, in plain words, what is stored, what is known of it, and at which temperature it is recalled."""
    count, neurons = patterns.shape
    load, group = count / neurons, cfg.hopfield
    bench.say(f"{name(group)}: {count} images of {neurons} pixels, load {load:.3g} patterns per neuron.")
    if count > 1:
        bench.say(f"Mean pairwise overlap {correlation(patterns):.2f}; of random patterns 0 ± {neurons**-0.5:.2f}.")
    if not memory.thermal:
        return
    first, last = temperature(0, cfg.task.sweeps), temperature(cfg.task.sweeps - 1, cfg.task.sweeps)
    if first == last == 0:
        bench.say("T = 0: every update lowers the energy.")
    elif group.dynamics == "synchronous":
        bench.say(
            f"T from {first:.3g} to {last:.3g}, all spins at once: Little's model, which does not sample exp(-E/T)."
        )
    else:
        bench.say(f"Heat bath from T = {first:.3g} to {last:.3g}: at a constant T it samples exp(-E/T).")
    if group.rule == "hebb":
        highest = spinodal_load(last)
        found = f"m = {order_parameters(load, last).m:.4f}" if load <= highest and last < 1 else "none is recalled"
        bench.say(
            f"Theory for as many random patterns at T = {last:.3g} (retrieval up to load {highest:.4f}): {found}."
        )


def name(group: DictConfig) -> str:
    """The memory in words."""
    if "rule" in group:
        return {"hebb": "Hebb's rule", "projection": "Projection rule", "storkey": "Storkey's rule"}[group.rule]
    if "function" not in group:
        return "Modern memory"
    return "Dense memory, exp" if group.function == "exponential" else f"Dense memory, {group.function} x^{group.power}"


def correlation(patterns: Tensor) -> float:
    """Mean overlap of two different patterns."""
    count, neurons = patterns.shape
    products = (patterns @ patterns.T / neurons).double()
    return float((products.sum() - products.trace()) / (count * (count - 1)))


@dataclass(frozen=True)
class Recalled:
    """What a recall leaves to be reported.

    Args:
        patterns: the stored ones, (pattern, neuron) of +-1.
        shape: of an image.
        known: neurons that the mask leaves, bool (neuron,); None: there is no mask.
        states: sweeps done -> states (pattern, neuron), at the moments that the figure has.
        energies: per neuron, (sweep, pattern).
        energy_stored: mean energy per neuron of the stored patterns.
        unstable: share of the stored pixels that an update would turn over.
    """

    patterns: Tensor
    shape: tuple[int, int]
    known: Tensor | None
    states: dict[str, Tensor]
    energies: Tensor
    energy_stored: float
    unstable: float


def report(cfg: DictConfig, bench: BenchProtocol, recalled: Recalled) -> dict[str, Any]:
    """Results, figures and table of a recall; errors over the patterns."""
    patterns, known, energies = recalled.patterns, recalled.known, recalled.energies
    start, end = recalled.states["0"], recalled.states[str(cfg.task.sweeps)]
    right = (end.sign() == patterns).double()  # (pattern, neuron)
    m = overlap(end, patterns)
    count, neurons = patterns.shape
    hidden = None if known is None or known.all() else ~known
    result = {
        "overlap": float(m.mean()),
        "pixel_error": float(1 - right.mean()),
        "hidden_pixel_error": None if hidden is None else float(1 - right[:, hidden].mean()),
        "recalled": float((right.mean(1) >= RECALLED).double().mean()),
        "energy": float(energies[-1].mean()),
        "overlap_se": error(m),
        "pixel_error_se": error(right.mean(1)),
        "overlap_start": float(overlap(start, patterns).mean()),
        "pixel_error_start": float((start.sign() != patterns).double().mean()),
        "hidden_pixel_error_dark": None if hidden is None else float((patterns[:, hidden] > 0).double().mean()),
        "energy_start": float(energies[0].mean()),
        "energy_stored": recalled.energy_stored,
        "unstable_pixels": recalled.unstable,
        "distinct_states": len(torch.unique(end.sign(), dim=0)),
        "patterns": count,
        "neurons": neurons,
        "load": count / neurons,
        "correlation": correlation(patterns) if count > 1 else None,
        "sweeps": cfg.task.sweeps,
    }
    draw(bench, recalled, {name(cfg.hopfield): energies.cpu().numpy()})
    bench.summary(*table(result))
    return result


def error(values: Tensor) -> float | None:
    """Standard error of the mean; None of a single value."""
    return float(standard_error(values.double().cpu().numpy())) if len(values) > 1 else None


def draw(bench: BenchProtocol, recalled: Recalled, traces: dict[str, Any]) -> None:
    """The strip of images, and the energy against the sweep: `traces`, memory -> (sweep, pattern)."""
    states = recalled.states
    names = ["stored", "corrupted", *(f"{s} sweep{'s' if s != '1' else ''}" for s in states if s != "0")]
    panels = torch.stack([recalled.patterns, *states.values()]).cpu().numpy()  # (moment, pattern, neuron)
    bench.figure("recall", figures.recall_strip(panels, names, recalled.shape))
    bench.figure("energy", figures.energy_trace(traces, recalled.energy_stored))


def table(result: dict[str, Any]) -> tuple[str, tuple[str, ...], list[tuple[str, ...]]]:
    """The table that ends a run: corrupted beside recalled."""
    rows = [
        ("energy per spin", f"{result['energy_start']:.4f}", f"{result['energy']:.4f}"),
        ("the same of the stored patterns", "", f"{result['energy_stored']:.4f}"),
        ("overlap m", f"{result['overlap_start']:.4f}", plus_minus(result["overlap"], result["overlap_se"])),
        ("pixels wrong", percent(result["pixel_error_start"]), percent(result["pixel_error"])),
    ]
    if result["hidden_pixel_error"] is not None:
        dark = percent(result["hidden_pixel_error_dark"])
        rows.append((f"of the hidden ones (all dark: {dark})", "", percent(result["hidden_pixel_error"])))
    rows.append((f"images with {100 * RECALLED:.0f} % of the pixels right", "", percent(result["recalled"])))
    rows.append(("pixels unstable in the stored images", "", percent(result["unstable_pixels"])))
    rows.append(("distinct final states", "", f"{result['distinct_states']} of {result['patterns']}"))
    return "Recall", ("", "corrupted", "recalled"), rows
