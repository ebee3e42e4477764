"""The figures of the transition of Ising students: hysteresis, the plane of load and temperature, entropy."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from physlearn.instruments.style import COLOURS, MARKERS, figure, house_style
from physlearn.learning.annealed import annealed_spinodal, annealed_state, high_temperature_spinodal
from physlearn.learning.figures import POINTS, Table
from physlearn.learning.theory import freezing_end, quenched, spinodal, transition


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
    largest = neurons == neurons.max()
    drawing.set_label(
        f"The entropy of finite students falls along the quenched line and leaves it near the transition "
        f"(α = {transition(temperature):.3f}), beyond it only the teacher is left: {values[largest][-1]:.3f} nats at "
        f"α = {load[largest][-1]:g}, N = {neurons.max():.0f}. The annealed line is an upper bound."
    )
    return drawing, table
