"""The figures of the sampling studies. Each function takes columns of rows, returns the Figure and its table."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from physlearn.instruments.style import COLOURS, LINES, MARKERS, figure, house_style, name_ticks

Drawn = tuple[Figure, dict[str, np.ndarray]]
SCALED = {  # family: what stands on its axis
    "posterior": r"$\tau = NT$, likelihood and prior scaled: $[p(D|W)\,p(W)]^{1/\tau}$",
    "likelihood": r"$\tau = NT$, likelihood alone scaled: $p(D|W)^{1/\tau}\,p(W)$",
}


@house_style
def truth(samplers: Sequence[str], h: np.ndarray, distance: np.ndarray, error: np.ndarray, floor: float) -> Drawn:
    """Total variation from the exact predictions by sampler, at h (filled) and h/2 (open), and that of exact halves.

    Args:
        samplers, h, distance, error: of each run, (run,). floor: between the two halves of the exact chains.
    """
    names = list(dict.fromkeys(samplers))
    drawing, axis = figure(size=(7.0, 3.9))
    seen: dict[str, int] = {}
    for name, value, se in zip(samplers, distance, error, strict=True):
        second = seen.get(name, 0)
        seen[name] = second + 1
        label = ("step h", "step h/2")[second] if name == names[0] else None
        axis.errorbar(
            value, names.index(name) + 0.2 * (second - 0.5), xerr=se, fmt=MARKERS[second], label=label,
            color=COLOURS[second], mfc=COLOURS[0] if not second else "none",
        )  # fmt: skip
    axis.axvline(floor, color="0.4", linestyle=":", label="two halves of the exact chains")
    axis.set_yticks(range(len(names)), [name.replace("_", " ") for name in names])
    axis.invert_yaxis()
    axis.set(xlabel="total variation from the posterior's predictions, test images", xscale="log")
    name_ticks(axis.xaxis)
    drawing.legend(*axis.get_legend_handles_labels(), loc="outside upper center", ncols=3)
    best = int(np.argmin(distance))
    table = {"sampler": np.array(samplers), "h": h, "total_variation": distance, "total_variation_se": error}
    nearest = f"{samplers[best].replace('_', ' ')} at {distance[best]:.3f}"
    drawing.set_label(
        f"Further left is nearer to the posterior: {nearest}; two halves of the exact chains have {floor:.4f}. "
        "Points that move with h have not converged in the step."
    )
    return drawing, table


@house_style
def cold(columns: Mapping[str, np.ndarray], families: Sequence[str]) -> Drawn:
    """NLL and error against tau, a column of panels for each family; sampled points are filled; T = 0 controls dashed.

    Args:
        columns: family, variance, tau, sampled, test_nll, test_error, control_test_nll, control_test_error, and `_se`.
    """
    drawing, axes = figure(2, len(families), size=(5.4 * len(families), 6.4), sharex=True, sharey="row", squeeze=False)
    for panel, family in zip(axes.T, families, strict=True):
        for i, variance in enumerate(sorted(set(columns["variance"].tolist()))):
            own = (columns["family"] == family) & (columns["variance"] == variance)
            tau, sampled = columns["tau"][own], columns["sampled"][own] > 0
            for axis, score, scale in zip(panel, ("nll", "error"), (1, 100), strict=True):
                value, error, still = (
                    scale * columns[name][own]
                    for name in (f"test_{score}", f"test_{score}_se", f"control_test_{score}")
                )
                axis.errorbar(tau, value, error, fmt=LINES[0], color=COLOURS[i])
                for kind, fill in ((sampled, COLOURS[i]), (~sampled, "white")):
                    axis.plot(tau[kind], value[kind], MARKERS[i], color=COLOURS[i], mfc=fill)
                axis.plot([], [], LINES[0] + MARKERS[i], color=COLOURS[i], label=rf"$\sigma^2$ = {variance:g}")
                axis.plot(tau, still, LINES[1], color=COLOURS[i], label=rf"T = 0, $\sigma^2$ = {variance:g}")
        panel[0].set(xscale="log", title=f"family={family}")
        panel[1].set(xlabel=SCALED[family])
    axes[0, 0].set(ylabel="test NLL of the average (nats)", yscale="log")
    name_ticks(axes[0, 0].yaxis)
    axes[1, 0].set(ylabel="test error of the average (%)")
    axes[0, 0].legend()
    names = ("family", "variance", "tau", "sampled", "test_nll", "test_nll_se", "test_error", "test_error_se",
             "control_test_nll", "control_test_error")  # fmt: skip
    lowest = int(np.argmin(columns["test_nll"]))
    drawing.set_label(
        f"NLL is lowest, {columns['test_nll'][lowest]:.3g} nats, at tau = {columns['tau'][lowest]:g}. Filled marks "
        f"were sampled ({int((columns['sampled'] > 0).sum())} of {len(columns['tau'])}), open ones were not; where a "
        "line meets the dashed one of T = 0, the temperature adds nothing."
    )
    return drawing, {name: columns[name] for name in names}


@house_style
def replicas(curves: Mapping[int, tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]) -> Drawn:
    """NLL of the average against processor seconds and against the steps of a chain, for each number of chains.

    Args:
        curves: chains -> steps, seconds, NLL and its standard error, (reading,) each.
    """
    drawing, (left, right) = figure(1, 2, size=(10.5, 3.9), sharey=True)
    table: dict[str, list] = {"chains": [], "steps": [], "seconds": [], "nll": [], "nll_se": []}
    for i, (chains, (steps, seconds, nll, error)) in enumerate(curves.items()):
        label = f"{chains} chain" + "s" * (chains > 1)
        for axis, x in ((left, seconds), (right, steps)):
            axis.errorbar(
                x, nll, error, fmt=LINES[i % len(LINES)] + MARKERS[i], mfc="none", color=COLOURS[i], label=label
            )
        for name, values in zip(table, (np.full(len(steps), chains), steps, seconds, nll, error), strict=True):
            table[name] += np.asarray(values).tolist()
    left.set(
        xlabel="processor time of one thread (s)", ylabel="test NLL of the average (nats)", xscale="log", yscale="log"
    )
    right.set(xlabel="steps of each chain", xscale="log")
    name_ticks(left.xaxis, left.yaxis, right.xaxis)
    left.legend()
    ends = ", ".join(f"{nll[-1]:.3f} with {chains}" for chains, (_, _, nll, _) in curves.items())
    drawing.set_label(
        f"Left: at equal processor time the number of chains matters where curves differ; {ends} chains at the end."
    )
    return drawing, {name: np.array(values) for name, values in table.items()}
