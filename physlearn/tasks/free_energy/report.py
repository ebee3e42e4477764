"""What task=free_energy reports: four estimates of ln Z_K/Z_0, and from the prior what is left of them at T = 1/N."""

import math
from typing import Any

import numpy as np
from omegaconf import DictConfig

from physlearn.instruments.notation import plus_minus
from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.thermodynamics import figures
from physlearn.thermodynamics.fluctuations import bar, exponential_average, jarzynski, reweighted

LIMIT = 4  # standard errors


def report(
    cfg: DictConfig, bench: BenchProtocol, found: dict[str, np.ndarray], rng: np.random.Generator, title: str
) -> dict[str, Any]:
    """Table, figure, results; `found` holds the stages' exponents, (row,)."""
    direct = reweighted(found["direct_start"], found["direct"], rng)
    work = jarzynski(found["forward"], rng)
    difference, error = bar(found["forward"], found["backward"])
    _, shares = np.polynomial.legendre.leggauss(cfg.task.nodes)
    nodes = [found[f"node_{i}"] for i in range(cfg.task.nodes)]
    count = len(found["forward"])
    integral = -sum(share / 2 * node.mean() for share, node in zip(shares, nodes, strict=True))
    # the rows keep their networks from node to node: the error is that of each row's own sum
    integral_error = np.std(sum(s / 2 * node for s, node in zip(shares, nodes, strict=True)), ddof=1) / math.sqrt(count)
    alone = exponential_average(found["forward_work"], rng)
    estimates = {
        "ledger": (work.log, work.log_error),
        "BAR": (-difference, error),
        "thermodynamic integration": (integral, integral_error),
        "average over the prior": (direct.log, direct.log_error),
        "work alone, W/T at the end": (alone.log, alone.log_error),
    }
    variance = float(found["forward_work"].var(ddof=1))
    bench.say(f"Var(W/T) = {variance:.3g}, Var of (W + Wsh)/T = {found['forward'].var(ddof=1):.3g}.")
    if work.warning:
        bench.say(f"At T: {work.warning}.")
    if direct.warning:
        bench.say(f"Over the prior: {direct.warning}.")
    bench.figure("work", figures.work_histograms(found["forward"], found["backward"], -direct.log, bins=40))
    rows = [(name, plus_minus(value, deviation)) for name, (value, deviation) in estimates.items()]
    bench.summary(title, ("by", "nats"), rows)
    keys = ("ledger", "bar", "integration", "direct", "work_alone")
    result: dict[str, Any] = {}
    for key, (value, deviation) in zip(keys, estimates.values(), strict=True):
        result |= {f"{key}_log_z": float(value), f"{key}_log_z_se": float(deviation)}
    z = {
        key: (result[f"{key}_log_z"] - direct.log) / math.hypot(result[f"{key}_log_z_se"], direct.log_error)
        for key in ("ledger", "bar", "integration", "work_alone")
    }
    result |= {f"{key}_z": float(value) for key, value in z.items()}
    if "posterior" in found:
        cold, spread = jarzynski(found["posterior"], rng), float(found["posterior_work"].var(ddof=1))
        bench.say(
            f"At the posterior T = 1/N: Var(W/T) = {spread:.3g}, effective sample size {cold.ess:.2f} of {count}; "
            + (f"{cold.warning}." if cold.warning else "the average is reliable.")
        )
        result |= {"posterior_work_variance": spread, "posterior_ess": cold.ess}
    return result | {
        "work_variance": variance,
        "exponent_variance": float(found["forward"].var(ddof=1)),
        "ess": work.ess,
        "first_law_defect": float(max(np.abs(found[f"{name}_defect"]).max() for name in ("forward", "backward"))),
        "estimates_agree": all(abs(z[key]) < LIMIT for key in ("ledger", "bar", "integration")),
    }
