"""The figures of learning from examples. Each function takes arrays, returns the Figure and the table that it draws."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from physlearn.instruments.style import COLOURS, LINES, MARKERS, figure, house_style, over
from physlearn.learning.annealed import annealed_spinodal, annealed_state, high_temperature, high_temperature_spinodal
from physlearn.learning.linear import generalisation_error
from physlearn.learning.theory import freezing_end, line, quenched, spinodal, transition

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
def hysteresis(
    neurons: Sequence[int],
    rate: Sequence[int],
    loads: Sequence[Sequence[float]],
    up: Sequence[Sequence[float]],
    down: Sequence[Sequence[float]],
    medians: np.ndarray,
    errors: np.ndarray,
    temperature: float,
) -> tuple[Figure, Table]:
    """R against alpha, up and down, at the slowest rate; and the median jumps against the sweep rate.

    Args:
        neurons, rate: N, sweeps at every load: (row,).
        loads, up, down: alpha and the mean R on the way up and down, of every row.
        medians, errors: of the jumps up and down, NaN where unknown: (row, 2).
        temperature: T.
    """
    sizes, rate_of = sorted(set(neurons)), np.asarray(rate)
    first, last = transition(temperature), spinodal(temperature)
    drawing, (left, right) = figure(1, 2, size=(10.4, 4.0))
    for i, size in enumerate(sizes):
        own = [k for k, n in enumerate(neurons) if n == size]
        slow = max(own, key=lambda k: rate[k])
        left.plot(loads[slow], up[slow], "-", color=COLOURS[i])
        left.plot(loads[slow], down[slow], "--", color=COLOURS[i])
        for way, style in ((0, "-"), (1, "--")):
            right.errorbar(rate_of[own], medians[own, way], errors[own, way], fmt=MARKERS[i] + style, color=COLOURS[i],
                           label=f"N = {size}" if way == 0 else None)  # fmt: skip
    for place, style, label in ((first, ":", "transition"), (last, "-.", "spinodal")):
        left.axvline(place, color="black", linestyle=style, linewidth=1.2, label=label)
        right.axhline(place, color="black", linestyle=style, linewidth=1.2, label=label)
    left.set(xlabel="examples per weight α", ylabel="mean overlap R with the teacher", ylim=(0, 1.05), xlim=(0, None))
    right.set(xlabel="sweeps at every load", ylabel="median load of the jump", xscale="log")
    right.set_xticks(sorted(set(rate)), [f"{r:,}" for r in sorted(set(rate))], minor=False)
    right.set_xticks([], minor=True)
    left.set_title(f"slowest rate: {max(rate):,} sweeps at every load")
    right.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), title="solid: up\ndashed: down")
    table = {"neurons": np.repeat(neurons, [len(x) for x in loads]), "rate": np.repeat(rate, [len(x) for x in loads]),
             "load": np.concatenate(loads), "overlap_up": np.concatenate(up), "overlap_down": np.concatenate(down),
             "median_up": np.repeat(medians[:, 0], [len(x) for x in loads]),
             "median_down": np.repeat(medians[:, 1], [len(x) for x in loads])}  # fmt: skip
    drawing.set_label(
        "On the way up students stay poor beyond the transition, up to the spinodal; slower sweeps jump "
        "closer to the transition."
    )
    return drawing, table


@house_style
def diagram(
    temperature: np.ndarray,
    first_order: np.ndarray,
    spinodal_line: np.ndarray,
    freezing: np.ndarray,
    annealed: np.ndarray,
    replicon: np.ndarray,
    replicon_end: np.ndarray,
) -> tuple[Figure, Table]:
    """The (alpha, T) plane of Ising students, its cold corner, and the stability of replica symmetry.

    Args:
        temperature: T: (row,).
        first_order, spinodal_line, freezing, annealed: alpha of the transition, the spinodal, zero entropy (NaN where
            there is none), and of the annealed transition: (row,).
        replicon, replicon_end: the de Almeida-Thouless product up to the transition, and at the spinodal: (row,).
    """
    columns = (temperature, first_order, spinodal_line, freezing, annealed, replicon, replicon_end)
    T, first, last, frozen, rough, stable, edge = (np.asarray(v, dtype=float) for v in columns)
    drawing, axes = figure(1, 3, size=(12.6, 4.0))
    end, cold = freezing_end(), T <= 0.5
    for axis, part in ((axes[0], T >= 0), (axes[1], cold)):
        axis.plot(first[part], T[part], "-", color=COLOURS[0], label="transition")
        axis.plot(last[part], T[part], "--", color=COLOURS[1], label="spinodal of the poor branch")
        axis.plot(rough[part], T[part], ":", color=COLOURS[5], label="annealed transition")
        there = part & np.isfinite(frozen)
        axis.plot(
            np.append(frozen[there], end[0]), np.append(T[there], end[1]), "-.", color=COLOURS[2], label="zero entropy"
        )
        axis.set(xlabel="examples per weight α", ylabel="temperature T")
    high = np.array([T[T > 0].min(), T.max()])
    x = float(high_temperature_spinodal())
    axes[0].plot(x * high, high, linestyle=(0, (1, 3)), color="black", label="high-temperature spinodal, α = 2.082 T")
    axes[0].set(xscale="log", yscale="log")
    drawing.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    axes[2].plot(T, stable, "-o", color=COLOURS[0], markersize=3, label="largest up to the transition")
    axes[2].plot(T, edge, "--s", color=COLOURS[1], markersize=3, label="at the spinodal")
    axes[2].axhline(1, color="black", linewidth=1, linestyle=":", label="AT line: stable below 1")
    axes[2].set(xlabel="temperature T", ylabel="α γ$_0$ γ$_1$ of the poor branch", xlim=(-0.02, 1.5), ylim=(0, 1.1))
    axes[2].legend(loc="center right")
    names = ("temperature", "transition", "spinodal", "freezing", "annealed_transition", "replicon", "replicon_end")
    drawing.set_label(
        "Poor students are stable to the left of the transition and trapped up to the spinodal; right: "
        "below 1 replica symmetry is stable."
    )
    return drawing, dict(zip(names, (T, first, last, frozen, rough, stable, edge), strict=True))


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
def entropy(
    neurons: np.ndarray, load: np.ndarray, values: np.ndarray, errors: np.ndarray, temperature: float
) -> tuple[Figure, Table]:
    """Entropy per weight against alpha: counted students of several sizes, the quenched and the annealed theory.

    Args:
        neurons, load, values, errors: N, alpha, s and its standard error over samples: (point,).
        temperature: T.
    """
    neurons, load, values, errors = (np.asarray(v, dtype=float) for v in (neurons, load, values, errors))
    drawing, axis = figure(size=(6.0, 4.0))
    for state, end, style, label in (
        (quenched, spinodal(temperature), "-", "quenched, poor branch"),
        (annealed_state, annealed_spinodal(temperature), "--", "annealed"),
    ):
        loads = np.linspace(0.02, min(end, 1.05 * load.max()), POINTS)
        axis.plot(loads, [state(a, temperature, "ising").entropy for a in loads], style, color="black", label=label)
    axis.axvline(transition(temperature), color="grey", linestyle=":", label="transition")
    for i, size in enumerate(sorted(set(neurons.tolist()))):
        own = neurons == size
        axis.errorbar(load[own], values[own], errors[own], fmt=MARKERS[i], color=COLOURS[i], label=f"N = {size:.0f}")
    axis.set(xlabel="examples per weight α", ylabel="entropy per weight s (nats)")
    axis.legend(title=f"T = {temperature:g}")
    table = {"neurons": neurons, "load": load, "entropy": values, "entropy_se": errors}
    drawing.set_label(
        "Students that fit run out as examples come: counted entropies of finite students lie on the "
        "quenched line, above it the annealed bound."
    )
    return drawing, table


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
    drawing, (left, right) = figure(1, 2, size=(10.4, 4.2), sharey=True)
    drawn_se = np.nan_to_num(error_se)
    levels = sorted(set(temperature.tolist()))
    for i, (T, colour) in enumerate(zip(levels, over(levels), strict=True)):
        own = np.flatnonzero(temperature == T)
        own = own[np.argsort(examples[own])]
        left.errorbar(examples[own], error[own], drawn_se[own], fmt=MARKERS[i % 8] + "-", color=colour,
                      label=f"T = {T:g}")  # fmt: skip
        left.plot(examples[own], ensemble[own], MARKERS[i % 8] + ":", color=colour, markerfacecolor="none")
    for i, P in enumerate(sorted(set(examples.tolist()))):
        own = np.flatnonzero((examples == P) & (temperature > 0))
        own = own[np.argsort(temperature[own])]
        right.errorbar(temperature[own], error[own], drawn_se[own], fmt=MARKERS[i % 8] + "-", color=COLOURS[i % 8],
                       label=f"P = {P:,.0f}")  # fmt: skip
        if len(own) and temperature[own[0]] <= 1 / P <= temperature[own[-1]]:
            near = np.interp(np.log(1 / P), np.log(temperature[own]), np.log(error[own]))
            right.plot(1 / P, np.exp(near), "*", color=COLOURS[i % 8], markersize=13, markeredgecolor="black")
    left.set(xlabel="training examples P", ylabel="error of single samples", xscale="log", yscale="log")
    right.set(xlabel="temperature T (nats per example); stars: the posterior 1/P", xscale="log")
    left.legend(title="filled: samples\nopen: their average", loc="lower left")
    right.legend(title="one line where T alone decides", loc="lower right")
    drawing.set_label(
        "More examples lower the error where T is below 1/P (stars: T = 1/P); where T is far above it they should "
        "hardly matter."
    )
    return drawing, {"examples": examples, "temperature": temperature, "error": error, "error_se": error_se,
                     "ensemble_error": ensemble}  # fmt: skip
