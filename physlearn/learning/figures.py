"""The figures of learning from examples. Each function takes arrays, returns the Figure and the table that it draws."""

import numpy as np
from matplotlib.figure import Figure

from physlearn.instruments.style import COLOURS, LINES, MARKERS, figure, house_style, name_ticks, over
from physlearn.learning.annealed import high_temperature, high_temperature_spinodal
from physlearn.learning.linear import generalisation_error
from physlearn.learning.theory import line, quenched, transition

Table = dict[str, np.ndarray]
POINTS = 120  # of a line


def theory_line(low: float, high: float, temperature: float, weights: str) -> tuple[np.ndarray, np.ndarray]:
    """(alpha, eps) of `theory_error` between two loads, for a line."""
    drops = weights == "ising" and high > transition(temperature)
    states = line(temperature, weights, low, transition(temperature) if drops else high)
    alpha, error = np.array([(state.alpha, state.error) for state in states]).T
    return (np.append(alpha, [alpha[-1], high]), np.append(error, [0, 0])) if drops else (alpha, error)


def theory_error(load: float, temperature: float, weights: str) -> float:
    """eps of the quenched theory; of Ising students on the poor branch up to the transition, 0 beyond."""
    if weights == "ising" and load > transition(temperature):
        return 0.0
    return quenched(load, temperature, weights).error


@house_style
def learning_curve(
    neurons: np.ndarray,
    load: np.ndarray,
    error: np.ndarray,
    error_se: np.ndarray,
    temperature: float,
    weights: str,
    limit: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None,
) -> tuple[Figure, Table]:
    """eps against alpha: the theory's lines at T and at T = 0, points of finite students, their limit 1/N -> 0.

    Args:
        neurons, load, error, error_se: N, alpha, eps and its standard error: (point,).
        temperature: T.
        weights: spherical or ising.
        limit: alpha, intercept and its standard error, where sizes were extrapolated.
    """
    neurons, load, error, error_se = (np.asarray(v, dtype=float) for v in (neurons, load, error, error_se))
    drawing, (axis, below) = figure(2, 1, size=(6.2, 5.4), sharex=True, height_ratios=(3, 1))
    theory = np.array([theory_error(a, temperature, weights) for a in load])
    for T, style, colour in ((temperature, "-", "black"), (0.0, "--", "grey")):
        label = f"theory, T = {T:g}" + ("" if T else " (Gibbs)")
        axis.plot(*theory_line(0.5 * load.min(), 1.1 * load.max(), T, weights), style, color=colour, label=label)
        if temperature == 0:
            break
    for i, size in enumerate(sorted(set(neurons.tolist()))):
        own = neurons == size
        axis.errorbar(load[own], error[own], error_se[own], fmt=MARKERS[i], color=COLOURS[i], markersize=4,
                      label=f"N = {size:.0f}")  # fmt: skip
        beside = load[own] + 0.03 * (i + 1)
        ratio, ratio_se = (np.divide(v[own], theory[own], out=np.full(own.sum(), np.nan), where=theory[own] > 0)
                           for v in (error, error_se))  # fmt: skip
        below.errorbar(beside, 100 * (ratio - 1), 100 * ratio_se, fmt=MARKERS[i], color=COLOURS[i], markersize=3)
    if limit is not None:
        axis.errorbar(*limit, fmt="x", color="black", markersize=8, label="1/N → 0")
        there = np.array([theory_error(a, temperature, weights) or np.nan for a in limit[0]])
        below.errorbar(limit[0], 100 * (limit[1] / there - 1), 100 * limit[2] / there, fmt="x", color="black")
    below.axhline(0, color="black", linewidth=1)
    axis.set(ylabel="generalisation error ε", xlim=(0, None), ylim=(0, None))
    below.set(xlabel="examples per weight α", ylabel="from theory (%)")
    axis.legend(title=f"{weights} students")
    drawing.set_label(
        "Points of finite students approach the theory's line as they grow; below, the deviation in "
        "percent. Nothing is fitted."
    )
    return drawing, {"neurons": neurons, "load": load, "error": error, "error_se": error_se, "theory": theory}


@house_style
def collapse(
    temperature: np.ndarray, load: np.ndarray, error: np.ndarray, error_se: np.ndarray, weights: str
) -> tuple[Figure, Table]:
    """eps against alpha/T: points and quenched lines of each T, and the one line of the high-temperature limit.

    Args:
        temperature, load, error, error_se: T, alpha, eps and its standard error: (point,).
        weights: spherical or ising.
    """
    temperature, load, error, error_se = (np.asarray(v, dtype=float) for v in (temperature, load, error, error_se))
    x = load / temperature
    drawing, axis = figure(size=(6.2, 4.2))
    scaled = np.linspace(0.05, 1.05 * x.max(), POINTS)
    limit = np.array([high_error(value, weights) for value in scaled])
    axis.plot(scaled, limit, "-", color="black", linewidth=2.4, label="high-temperature limit")
    levels = sorted(set(temperature.tolist()))
    for i, (T, colour) in enumerate(zip(levels, over(levels), strict=True)):
        own = temperature == T
        alpha, quenched_error = theory_line(0.05 * T, 1.05 * x.max() * T, T, weights)
        axis.plot(alpha / T, quenched_error, LINES[1 + i % 3], color=colour, linewidth=1)
        axis.errorbar(x[own], error[own], error_se[own], fmt=MARKERS[i], color=colour, markersize=4,
                      label=f"T = {T:g}")  # fmt: skip
    axis.set(xlabel="α / T", ylabel="generalisation error ε", xlim=(0, None), ylim=(0, None))
    axis.legend(title=f"{weights} students; thin lines: quenched")
    theory = np.array([theory_error(a, T, weights) for a, T in zip(load, temperature, strict=True)])
    high = np.array([high_error(value, weights) for value in x])
    drawing.set_label(
        "At high temperature the error depends on α/T alone, so that all points fall on the thick line; "
        "colder students leave it."
    )
    return drawing, {"temperature": temperature, "load": load, "error": error, "error_se": error_se,
                     "theory": theory, "high_temperature": high}  # fmt: skip


def high_error(load: float, weights: str) -> float:
    """eps of the high-temperature limit; 0 beyond the spinodal of Ising students."""
    return 0.0 if weights == "ising" and load > high_temperature_spinodal() else high_temperature(load, weights).error


@house_style
def double_descent(
    load: np.ndarray,
    ridge: np.ndarray,
    noise: np.ndarray,
    temperature: np.ndarray,
    error: np.ndarray,
    error_se: np.ndarray,
    exact: np.ndarray,
) -> tuple[Figure, Table]:
    """E_g of the linear student against alpha: Langevin's points, each sample's exact value, the formula's lines.

    Args:
        load, ridge, noise, temperature, error, error_se, exact: alpha, lambda, sigma, T, E_g, its standard error over
            samples, the mean of the exact values of the samples at this step: (point,).
    """
    columns = (load, ridge, noise, temperature, error, error_se, exact)
    load, ridge, noise, temperature, error, error_se, exact = (np.asarray(v, dtype=float) for v in columns)
    drawing, axis = figure(size=(6.4, 4.4))
    loads = np.linspace(0.1, 1.15 * load.max(), 300)
    settings = dict.fromkeys(zip(ridge.tolist(), noise.tolist(), temperature.tolist(), strict=True))
    for i, (lam, sigma, T) in enumerate(settings):
        own = (ridge == lam) & (noise == sigma) & (temperature == T)
        label = f"λ = {lam:g}, σ = {sigma:g}, T = {T:g}"
        axis.plot(loads, [generalisation_error(a, lam, sigma, T) for a in loads], LINES[i % 4], color=COLOURS[i])
        axis.errorbar(load[own], error[own], error_se[own], fmt=MARKERS[i], color=COLOURS[i], label=label)
        axis.plot(
            load[own], exact[own], "+", color="black", markersize=9, label="exact, of the samples" if i == 0 else None
        )
    axis.set(xlabel="examples per weight α", ylabel="generalisation error E$_g$", ylim=(0, None))
    axis.legend(title="Langevin; lines: formula, N → ∞")
    formula = np.array([generalisation_error(*p) for p in zip(load, ridge, noise, temperature, strict=True)])
    drawing.set_label(
        "The error has its peak where there are as many examples as weights (α = 1), and a ridge or "
        "temperature changes its height."
    )
    return drawing, {"load": load, "ridge": ridge, "noise": noise, "temperature": temperature, "error": error,
                     "error_se": error_se, "exact": exact, "formula": formula}  # fmt: skip


@house_style
def network_curves(
    examples: np.ndarray, temperature: np.ndarray, error: np.ndarray, error_se: np.ndarray, ensemble: np.ndarray
) -> tuple[Figure, Table]:
    """A network's error against the number of examples at each T, and against T at each number of examples.

    Args:
        examples, temperature, error, error_se, ensemble: P, T in nats per example, the error of single samples of the
            weights, its standard error over seeds (NaN of one seed), and the error of their average: (group,).
    """
    columns = (examples, temperature, error, error_se, ensemble)
    examples, temperature, error, error_se, ensemble = (np.asarray(v, dtype=float) for v in columns)
    drawing, (left, right) = figure(1, 2, size=(10.4, 4.8), sharey=True)
    drawn_se = np.nan_to_num(error_se)
    levels = sorted(set(temperature.tolist()))
    for i, (T, colour) in enumerate(zip(levels, over(levels), strict=True)):
        own = np.flatnonzero(temperature == T)
        own = own[np.argsort(examples[own])]
        left.errorbar(examples[own], 100 * error[own], 100 * drawn_se[own], fmt=MARKERS[i % 8] + "-", color=colour,
                      label=f"T = {T:g}")  # fmt: skip
        left.plot(examples[own], 100 * ensemble[own], MARKERS[i % 8] + ":", color=colour, markerfacecolor="none")
    for i, P in enumerate(sorted(set(examples.tolist()))):
        own = np.flatnonzero((examples == P) & (temperature > 0))
        own = own[np.argsort(temperature[own])]
        style = dict(fmt=MARKERS[i % 8] + "-", color=COLOURS[i % 8], label=f"P = {P:,.0f}")
        right.errorbar(temperature[own], 100 * error[own], 100 * drawn_se[own], **style)
        if len(own) and temperature[own[0]] <= 1 / P <= temperature[own[-1]]:
            near = np.interp(np.log(1 / P), np.log(temperature[own]), np.log(error[own]))
            right.plot(1 / P, 100 * np.exp(near), "*", color=COLOURS[i % 8], markersize=13, markeredgecolor="black")
    left.set(xlabel="training examples P", ylabel="test error (%)", xscale="log", yscale="log")
    right.set(xlabel="temperature T (nats per example); stars: the posterior 1/P", xscale="log")
    name_ticks(left.xaxis, left.yaxis)
    outside = {"loc": "lower center", "bbox_to_anchor": (0.5, 1.0), "ncols": 3}
    left.legend(title="filled: single samples; open: their average", **outside)
    right.legend(title="single samples", **outside)
    drawing.set_label(
        "More examples lower the error where T is below 1/P (stars: T = 1/P), P the number of examples; where T is "
        "far above it they should hardly matter."
    )
    return drawing, {"examples": examples, "temperature": temperature, "error": error, "error_se": error_se,
                     "ensemble_error": ensemble}  # fmt: skip
