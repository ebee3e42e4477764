"""task=fluctuations: a trap is driven many times, with a ledger on every trajectory, forwards and backwards.

    <exp(-(W + Wsh)/T)> = Z_K/Z_0      <exp(-s_tot)> = 1      p_F(A)/p_B(-A) = exp(A - f), A = (W + Wsh)/T

at any step h. The control is the textbook's <exp(-W/T)>, which leaves the shadow work of the finite step out.
"""

import math
from typing import Any

import numpy as np
import torch
from omegaconf import DictConfig

from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.lab.build import build
from physlearn.lab.errors import blame
from physlearn.streams import stream, stream_seed
from physlearn.tasks.fluctuations.report import report
from physlearn.thermodynamics import exact
from physlearn.thermodynamics.fluctuations import bar, crooks, exponential_average, integral_theorem, jarzynski
from physlearn.thermodynamics.traps import Driven, Trap, drive


def run(cfg: DictConfig, bench: BenchProtocol) -> dict[str, Any]:
    """Drives the trap at each pace; returns what result.json holds."""
    trap: Trap = build("protocol", cfg.protocol)
    T, rows = cfg.task.temperature, cfg.task.trajectories
    difference = exact.free_energy_difference(trap, T)
    measured: list[dict[str, float]] = []
    drawn: dict[str, np.ndarray] = {}  # of the last pace: what its figures need
    if saved := bench.restore():
        measured, drawn = saved["measured"], {key: value.cpu().numpy() for key, value in saved["drawn"].items()}
    else:
        bench.say(
            f"{trap.steps} Euler steps, kappa {trap.stiffness[0]:g} to {trap.stiffness[-1]:g}, centre "
            f"{trap.centre[0]:g} to {trap.centre[-1]:g}, T = {T:g}: exact Delta F = {difference:.4f}; "
            f"{rows:,} trajectories at each pace, and as many backwards."
        )

    def state() -> dict[str, Any]:
        return {"measured": measured, "drawn": {key: torch.as_tensor(value) for key, value in drawn.items()}}

    for k in bench.steps(len(cfg.task.paces), state, cfg.task.checkpoint_every):
        pace = cfg.task.paces[k]
        h = pace / float(trap.stiffness.max())
        forward = drive(trap, h, T, rows, stream(cfg.seed, f"forward {k}", bench.device))
        backward = drive(trap.reversed(), h, T, rows, stream(cfg.seed, f"backward {k}", bench.device), backward=True)
        rng = np.random.default_rng(stream_seed(cfg.seed, f"bootstrap {k}"))
        measured.append({"pace": pace} | measure(bench, trap, h, T, forward, backward, rng))
        drawn = {"forward": forward.exponent.cpu().numpy(), "backward": backward.exponent.cpu().numpy()}
        bench.log(k + 1, **measured[-1])
    return report(cfg, bench, measured, drawn, difference / T)


def measure(
    bench: BenchProtocol, trap: Trap, h: float, T: float, forward: Driven, backward: Driven, rng: np.random.Generator
) -> dict[str, float]:
    """Every average over its exact value, with its standard error; warnings are said."""
    difference = exact.free_energy_difference(trap, T) / T
    scale = math.exp(difference)
    log_start = log_normal(forward.start, float(trap.centre[0]), T / float(trap.stiffness[0]))
    log_end = log_normal(forward.end, *exact.law_of_end(trap, h, T))
    with_shadow = jarzynski(forward.exponent.cpu().numpy(), rng)
    alone = exponential_average((forward.work / T).cpu().numpy(), rng)
    integral = integral_theorem(log_start, log_end, forward.entropy.cpu().numpy(), rng)
    for name, average in (("Jarzynski", with_shadow), ("integral theorem", integral)):
        if average.warning:
            bench.say(f"{name}, h kappa = {h * float(trap.stiffness.max()):g}: {average.warning}.")
    found = {
        "jarzynski": with_shadow.mean * scale,
        "jarzynski_se": with_shadow.error * scale,
        "jarzynski_ess": with_shadow.ess,
        "integral": integral.mean,
        "integral_se": integral.error,
        "work_alone": alone.mean * scale,
        "work_alone_se": alone.error * scale,
        "work_alone_exact": exact.work_alone(trap, h, T) * scale,
        "work": float(forward.work.mean()),
        "shadow_work": float(forward.shadow_work.mean()),
        "first_law_defect": float(forward.defect.abs().max() / (forward.work.abs() + forward.heat.abs()).mean()),
    }
    with blame("protocol"):
        found["bar"], found["bar_se"] = bar(forward.exponent.cpu().numpy(), backward.exponent.cpu().numpy())
        a, logarithm, error = crooks(forward.exponent.cpu().numpy(), backward.exponent.cpu().numpy())
    found["crooks_chi2"] = float(np.square((logarithm - a + difference) / error).sum() / max(len(a), 1))
    return {key: float(value) for key, value in found.items()}


def log_normal(x: torch.Tensor, mean: float, variance: float) -> np.ndarray:
    """ln N(x; mean, variance), (row,)."""
    return (-(x - mean).square() / (2 * variance) - math.log(2 * math.pi * variance) / 2).cpu().numpy()
