"""What task=generalize reads off its rows: figures, tables, and the numbers beside those of the theory."""

from typing import Any

import numpy as np

from physlearn.instruments.notation import plus_minus
from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.learning import figures, transition_figures
from physlearn.learning.curves import extrapolated
from physlearn.learning.measurements import Row
from physlearn.learning.theory import barriers, spinodal, transition

Settings = dict[str, Any]
NONE = "-"
LOOPS = ("loop", "loop_alone", "narrower")


def curve(bench: BenchProtocol, rows: list[Row], settings: Settings) -> dict[str, Any]:
    """eps(alpha) beside the quenched theory, extrapolated in 1/N where there are two sizes or more."""
    c, T, weights = columns(rows), settings["temperature"], settings["weights"]
    loads = sorted(set(settings["loads"]))
    limits = []
    for load in loads:
        own = np.abs(c["load"] - load) <= 0.5 / c["neurons"]
        exact = figures.theory_error(load, T, weights)
        if len(set(c["neurons"][own].tolist())) > 1 and (c["error_se"][own] > 0).all():
            limits.append((load, *extrapolated(c["neurons"][own], c["error"][own], c["error_se"][own])[:2], exact))
    limit = np.array(limits).reshape(-1, 4)
    drawn = [c[name] for name in ("neurons", "load", "error", "error_se")]
    bench.figure("learning_curve", figures.learning_curve(*drawn, T, weights, tuple(limit.T[:3]) if limits else None))
    largest = c["neurons"] == c["neurons"].max()
    theory = np.array([figures.theory_error(load, T, weights) for load in c["load"]])
    table = [
        (f"{a:.4g}", pm(e, s), f"{d:.2g}", f"{t:.2g}", f"{exact:.5f}", f"{w:.4f}")
        for a, e, s, d, t, exact, w in zip(
            *(c[k][largest] for k in ("load", "error", "error_se", "disorder_se", "thermal_se")),
            theory[largest], c["training_error"][largest], strict=True,
        )
    ]  # fmt: skip
    names = ("alpha", "error", "± disorder", "± thermal", "theory", "training error")
    bench.summary(f"{weights} students, T = {T:g}, N = {c['neurons'].max():.0f}", names, table)
    z = (limit[:, 1] - limit[:, 3]) / limit[:, 2] if limits else np.array([])
    if limits:
        lines = [(f"{a:.4g}", pm(e, s), f"{t:.5f}", f"{g:+.1f}") for (a, e, s, t), g in zip(limit, z, strict=True)]
        bench.summary("Extrapolated to 1/N = 0", ("alpha", "error", "theory", "z"), lines)
    return lists(c) | {
        "theory": theory,
        "limit_load": limit[:, 0],
        "limit_error": limit[:, 1],
        "limit_error_se": limit[:, 2],
        "limit_theory": limit[:, 3],
        "limit_z": z,
        "largest_starts_z": float(np.abs(c["starts_z"]).max()),
    }


def temperatures(bench: BenchProtocol, rows: list[Row], settings: Settings) -> dict[str, Any]:
    """eps against alpha/T at every temperature, beside the quenched theory and the high-temperature limit."""
    c, weights = columns(rows), settings["weights"]
    drawn = [c[name] for name in ("temperature", "load", "error", "error_se")]
    drawing, table = figures.collapse(*drawn, weights)
    bench.figure("high_temperature", (drawing, table))
    lines = [
        (f"{T:g}", f"{a / T:.3g}", pm(e, s), f"{exact:.4f}", f"{high:.4f}")
        for T, a, e, s, exact, high in zip(*drawn, table["theory"], table["high_temperature"], strict=True)
    ]
    bench.summary(
        f"{weights} students, N = {rows[0]['neurons']}",
        ("T", "alpha/T", "error", "quenched", "high temperature"),
        lines,
    )
    return lists(c) | {"theory": table["theory"], "high_temperature": table["high_temperature"]}


def hysteresis(bench: BenchProtocol, rows: list[Row], settings: Settings) -> dict[str, Any]:
    """The loop, and the median jumps beside transition and spinodal."""
    T = settings["temperature"]
    names = ("up_median", "up_se", "down_median", "down_se")
    medians = {name: np.array([np.nan if row[name] is None else row[name] for row in rows], float) for name in names}
    sizes, rates = ([row[name] for row in rows] for name in ("neurons", "rate"))
    both = np.stack([medians["up_median"], medians["down_median"]], 1)
    errors = np.stack([medians["up_se"], medians["down_se"]], 1)
    loops = ([row[name] for row in rows] for name in ("load", "overlap_up", "overlap_down"))
    bench.figure("hysteresis", transition_figures.hysteresis(sizes, rates, *loops, both, errors, T))
    first, last = transition(T), spinodal(T)
    over = [[None if row[way] is None else row["neurons"] * barriers(row[way], T)[i] for row in rows]
            for i, way in enumerate(("up_median", "down_median"))]  # fmt: skip
    table = [
        (str(row["neurons"]), str(row["rate"]), pm(row["up_median"], row["up_se"]), f"{row['up_jumped']}",
         pm(row["down_median"], row["down_se"]), f"{row['down_jumped']}", pm(row["loop"], row["loop_se"]),
         *(NONE if height is None else f"{height:.1f}" for height in heights))
        for row, *heights in zip(rows, *over, strict=True)
    ]  # fmt: skip
    bench.summary(
        f"T = {T:g}, {rows[0]['samples']} samples; transition {first:.4f}, spinodal {last:.4f}",
        ("N", "sweeps", "jump up", "jumped", "jump down", "jumped", "area of the loop", "barrier there, up", "down"),
        table,
    )
    if "narrower" in rows[0]:
        compared = [(str(row["neurons"]), str(row["rate"]), *(pm(row[name], row[f"{name}_se"]) for name in LOOPS))
                    for row in rows]  # fmt: skip
        bench.summary("Area of the loop", ("N", "sweeps", "exchange", "alone, as many sweeps", "difference"), compared)
    names = ("neurons", "rate", *names, "up_jumped", "down_jumped")
    names += tuple(f"{name}{end}" for name in LOOPS for end in ("", "_se") if name in rows[0])
    result = {name: [row[name] for row in rows] for name in names} | {"transition": first, "spinodal": last}
    return result | {"up_barrier": over[0], "down_barrier": over[1]}


def diagram(bench: BenchProtocol, rows: list[Row], settings: Settings) -> dict[str, Any]:
    """The lines of the (alpha, T) plane."""
    c = columns(rows)
    names = ("temperature", "transition", "spinodal", "freezing", "annealed_transition", "replicon", "replicon_end")
    bench.figure("phase_diagram", transition_figures.diagram(*(c[name] for name in names)))
    table = [
        (f"{T:g}", f"{a:.5f}", f"{s:.5f}", NONE if np.isnan(f) else f"{f:.5f}", f"{r:.5f}", f"{e:.3f}")
        for T, a, s, f, r, _, e in zip(*(c[name] for name in names), strict=True)
    ]
    bench.summary("Ising students", ("T", "transition", "spinodal", "zero entropy", "annealed", "replicon"), table)
    return lists(c)


def double_descent(bench: BenchProtocol, rows: list[Row], settings: Settings) -> dict[str, Any]:
    """E_g under Langevin beside the exact value of its samples at this step, and beside the formula."""
    c = columns(rows)
    names = ("load", "ridge", "noise", "temperature", "error", "error_se", "exact")
    bench.figure("double_descent", figures.double_descent(*(c[name] for name in names)))
    z = np.divide(c["gap"], c["gap_se"], out=np.zeros(len(rows)), where=c["gap_se"] > 0)
    table = [
        (f"{row['load']:.3g}, {row['ridge']:g}, {row['noise']:g}, {row['temperature']:g}",
         pm(row["error"], row["error_se"]), f"{row['exact']:.5f}", f"{score:+.1f}", f"{row['exact_without_step']:.5f}",
         f"{row['formula']:.5f}")
        for row, score in zip(rows, z, strict=True)
    ]  # fmt: skip
    bench.summary(
        f"Langevin, N = {rows[0]['neurons']}, h = {settings['step']:g}, {rows[0]['samples']} samples a point",
        ("alpha, lambda, sigma, T", "E_g", "exact at this h", "z of E_g - exact", "exact, h = 0", "formula"),
        table,
    )
    within = np.abs(c["exact_without_step"] - c["formula"]) <= 4 * c["error_se"] + 0.005 * c["formula"]
    return lists(c) | {"z": z, "within_formula": int(within.sum())}


def enumeration(bench: BenchProtocol, rows: list[Row], settings: Settings) -> dict[str, Any]:
    """Entropy over disorder beside the quenched and the annealed curve."""
    c, T = columns(rows), settings["temperature"]
    drawn = [c[name] for name in ("neurons", "load", "entropy", "entropy_se")]
    bench.figure("entropy", transition_figures.entropy(*drawn, T))
    table = [
        (f"{row['neurons']}", f"{row['load']:.3g}", pm(row["entropy"], row["entropy_se"]),
         number(row["entropy_quenched"]), number(row["entropy_annealed"]))
        for row in rows
    ]  # fmt: skip
    bench.summary(
        f"All Ising students, T = {T:g}, {rows[0]['samples']} samples a point",
        ("N", "alpha", "entropy per weight", "quenched", "annealed"),
        table,
    )
    return lists(c)


def network_curves(bench: BenchProtocol, rows: list[Row], settings: Settings) -> dict[str, Any]:
    """Error against P and against T; the power law eps ~ P^-a at each T."""
    c = columns(rows)
    drawn = [c[name] for name in ("examples", "temperature", "error", "error_se", "ensemble_error")]
    bench.figure("network_curves", figures.network_curves(*drawn))
    found = [(T, *power_law(c, T)) for T in sorted(set(c["temperature"].tolist()))]
    table = [
        (f"{row['examples']:,}", f"{row['temperature']:g}", f"{row['examples'] * row['temperature']:.3g}",
         percent(row["error"], row["error_se"]), percent(row["ensemble_error"], row["ensemble_error_se"]),
         str(row["seeds"]))
        for row in rows
    ]  # fmt: skip
    names = ("P", "T", "T in 1/P", "error of samples %", "ensemble test error %", "n")
    bench.summary("Learning curves of a network", names, table)
    bench.summary(
        "Power law, error ~ P^-a",
        ("T", "a", "chi^2 per degree"),
        [(f"{T:g}", pm(a, s), f"{x:.1f}") for T, a, s, x in found],
    )
    powers = np.array(found)
    return lists(c) | {
        "power_temperature": powers[:, 0],
        "power": powers[:, 1],
        "power_se": powers[:, 2],
        "power_chi2": powers[:, 3],
    }


def power_law(c: dict[str, np.ndarray], temperature: float) -> tuple[float, float, float]:
    """a of ensemble_error ~ P^-a at one T, its error, and chi^2 per degree of freedom, by which the error is scaled.

    A weighted straight line through ln error against ln P. All points of a T have one relative deviation of a run from
    the mean of its seeds, which is pooled over them: two or three seeds alone tell no error. 2 % where nothing does.
    """
    own = c["temperature"] == temperature
    x, y = np.log(c["examples"][own]), np.log(c["ensemble_error"][own])
    if own.sum() < 3:
        return (float("nan"),) * 3
    seeds = c["seeds"][own]
    spread = seeds * np.square(c["ensemble_error_se"][own] / c["ensemble_error"][own])  # variance of a run; NaN of one
    several = seeds > 1
    pooled = (spread[several] * (seeds[several] - 1)).sum() / (seeds[several] - 1).sum() if several.any() else 0.0
    relative = np.sqrt((pooled or 0.02**2) / seeds)
    design = np.stack([np.ones(len(x)), x], 1) / relative[:, None]
    covariance = np.linalg.inv(design.T @ design)
    fit = covariance @ design.T @ (y / relative)
    chi2 = float(np.square(y / relative - design @ fit).sum() / (len(x) - 2))
    return -float(fit[1]), float(np.sqrt(covariance[1, 1] * max(1.0, chi2))), chi2


def columns(rows: list[Row]) -> dict[str, np.ndarray]:
    return {name: np.array([np.nan if row[name] is None else row[name] for row in rows]) for name in rows[0]}


def lists(c: dict[str, np.ndarray]) -> dict[str, Any]:
    return dict(c)


def pm(value: float | None, error: float | None) -> str:
    return NONE if value is None or np.isnan(value) else plus_minus(value, error)


def percent(value: float, error: float | None) -> str:
    return f"{100 * value:.2f}" if error is None else plus_minus(100 * value, 100 * error)


def number(value: float | None) -> str:
    return NONE if value is None else f"{value:.4f}"
