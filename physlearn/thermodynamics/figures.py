"""Figures of the thermodynamics of learning; each function returns the figure and the table it draws."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from physlearn.instruments.style import COLOURS, LINES, MARKERS, figure, house_style

Drawn = tuple[Figure, dict[str, np.ndarray]]


@house_style
def ledger(history: Mapping[str, np.ndarray]) -> Drawn:
    """The books of a run against its step: energies above, the entropy that went to the bath below.

    Args:
        history: step, ledger_work, ledger_heat, ledger_shadow_work, ledger_entropy, each (line,).
    """
    drawing, (above, below) = figure(2, 1, size=(6.0, 6.0), sharex=True)
    names = {"work": "work W", "heat": "heat Q, absorbed", "shadow_work": "shadow work"}
    for i, (name, label) in enumerate(names.items()):
        above.plot(history["step"], history[f"ledger_{name}"], LINES[i], color=COLOURS[i], label=label)
    above.set(ylabel="since the start (nats per example)")
    above.legend()
    below.plot(history["step"], history["ledger_entropy"], LINES[0], color=COLOURS[3])
    below.set(xlabel="step", ylabel="entropy to the bath (nats)")
    columns = ("step", *(f"ledger_{name}" for name in (*names, "entropy")))
    drawing.set_label(
        "Work and heat of the run add up to the change of its energy, step by step; the entropy given to "
        "the bath only rises on average."
    )
    return drawing, {name: np.asarray(history[name]) for name in columns}


@house_style
def theorems(pace: np.ndarray, averages: Mapping[str, tuple[np.ndarray, np.ndarray]], alone: np.ndarray) -> Drawn:
    """Exponential averages over their exact values, against the step: 1 where a theorem holds.

    Args:
        pace: h kappa, kappa the largest stiffness, (setting,).
        averages: label -> (value, standard error), each (setting,).
        alone: exact <exp(-W/T)> over Z_K/Z_0, without shadow work, (setting,).
    """
    drawing, axes = figure()
    axes.axhline(1, color="0.6", linewidth=0.8)
    table = {"pace": pace, "work_alone_exact": alone}
    for i, (label, (value, error)) in enumerate(averages.items()):
        axes.errorbar(pace, value, error, fmt=MARKERS[i], mfc="none", color=COLOURS[i], label=label)
        table |= {label: value, f"{label}, SE": error}
    axes.plot(pace, alone, LINES[1], color="0.3", label="work alone, exact")
    axes.set(xlabel=r"$h\kappa$ at the end of the protocol", ylabel="average / exact value", ylim=(0, None))
    axes.legend(loc="lower left")
    drawing.set_label(
        "A theorem that holds stays at 1 for any step; the work alone, without the shadow work of the "
        "finite step, leaves it."
    )
    return drawing, table


@house_style
def work_histograms(forward: np.ndarray, backward: np.ndarray, difference: float, bins: int = 80) -> Drawn:
    """Densities of A forwards and of -A backwards; they cross at A = -ln(Z_K/Z_0).

    Args:
        forward, backward: exponents of the ledger, (trajectory,).
        difference: -ln(Z_K/Z_0), exact.
    """
    drawing, axes = figure()
    both = np.concatenate([forward, -backward])
    edges = np.linspace(*np.quantile(both, [0.001, 0.999]), bins + 1)
    table = {"exponent": (edges[1:] + edges[:-1]) / 2}
    for i, (name, values) in enumerate({"forward": forward, "backward, mirrored": -backward}.items()):
        density, _ = np.histogram(values, edges)
        density = density / len(values) / np.diff(edges)
        axes.stairs(density, edges, color=COLOURS[i], linestyle=("-", "--")[i], label=name)
        table[name] = density
    axes.axvline(difference, color="0.4", linestyle=":", label=r"exact $-\ln(Z_K/Z_0)$")
    axes.set(xlabel=r"$A = (W + W_\mathrm{sh})/T$", ylabel="probability density", ylim=(0, None))
    axes.legend()
    drawing.set_label(f"The two histograms cross at the free energy difference, {difference:.4g}.")
    return drawing, table


@house_style
def crooks(exponent: np.ndarray, logarithm: np.ndarray, error: np.ndarray, difference: float) -> Drawn:
    """ln p_F(A)/p_B(-A) bin by bin, with the exact line A - f.

    Args:
        exponent, logarithm, error: of `fluctuations.crooks`, (bin,).
        difference: f = -ln(Z_K/Z_0), exact.
    """
    drawing, axes = figure()
    axes.errorbar(exponent, logarithm, error, fmt=MARKERS[0], mfc="none", color=COLOURS[0], label="measured")
    axes.plot(exponent, exponent - difference, LINES[1], color=COLOURS[1], label="exact, slope 1")
    axes.set(xlabel=r"$A = (W + W_\mathrm{sh})/T$", ylabel=r"$\ln\, p_F(A)/p_B(-A)$")
    axes.legend()
    drawing.set_label(
        "The logarithm of the ratio of the histograms is a line of slope 1 through the free energy difference."
    )
    return drawing, {"exponent": exponent, "log_ratio": logarithm, "log_ratio_se": error}


@house_style
def efficiency(steps: np.ndarray, curves: Mapping[str, np.ndarray], ylabel: str = "efficiency") -> Drawn:
    """Curves against the steps that a training takes.

    Args:
        steps: (setting,).
        curves: label -> (setting,).
        ylabel: what they are.
    """
    drawing, axes = figure()
    for i, (label, values) in enumerate(curves.items()):
        axes.plot(steps, values, LINES[i % len(LINES)], color=COLOURS[i], label=label)
    axes.set(xlabel="steps K", ylabel=ylabel, xscale="log", ylim=(0, None))
    axes.legend()
    drawing.set_label(
        f"The slower the training, the higher its {ylabel}: "
        + ", ".join(f"{name} ends at {values[-1]:.3g}" for name, values in curves.items())
        + "."
    )
    return drawing, {"steps": steps, **curves}


@house_style
def sharpness(temperatures: np.ndarray, found: Mapping[str, np.ndarray]) -> Drawn:
    """M-info, L-info and I(Theta; X) of the Gaussian model against T: the last is L-info only where Theta is sharp.

    Args:
        temperatures: (setting,).
        found: m_info, l_info, readout, each (setting,).
    """
    drawing, axes = figure()
    labels = {"m_info": "M-info", "l_info": "L-info", "readout": r"$I(\Theta; X)$"}
    for i, (name, label) in enumerate(labels.items()):
        axes.plot(temperatures, found[name], LINES[i], color=COLOURS[i], label=label)
    axes.set(xlabel="temperature T", ylabel="information (nats)", xscale="log", ylim=(0, None))
    axes.legend()
    drawing.set_label(
        "L-info and the information that is read out agree where the parameters are sharp, at low "
        "temperature, and only there."
    )
    return drawing, {"temperature": temperatures, **found}


@house_style
def heat_capacity(found: Mapping[str, np.ndarray]) -> Drawn:
    """Heat capacity against width, and how long the parameters take to relax.

    Args:
        found: width, parameters (d); likelihood (C_L) and posterior (C - d/2) by fluctuations, the same with
            `_difference`; relaxation_loss and relaxation_prior in units of 1/lambda; each with `_se`; all (width,).
    """
    drawing, (left, middle, right) = figure(1, 3, size=(13.5, 3.8))
    width, half = found["width"], found["parameters"] / 2
    table = {"width": width, "half_parameters": half}
    left.plot(width, half, LINES[1], color="0.4", label="d/2, the prior alone")
    left.plot(width, half + found["posterior"], MARKERS[0], mfc="none", color=COLOURS[0], label="C, family=posterior")
    left.plot(width, found["likelihood"], MARKERS[1], mfc="none", color=COLOURS[1], label="$C_L$, family=likelihood")
    left.set(xlabel="hidden neurons", ylabel="heat capacity ($k_B$)", xscale="log", yscale="log")
    left.legend()
    middle.axhline(0, color="0.6", linewidth=0.8)
    for i, (name, label) in enumerate({"posterior": "$C - d/2$, posterior", "likelihood": "$C_L$, likelihood"}.items()):
        for how, words, beside in (("", "fluctuations", 0.94), ("_difference", "two temperatures", 1.06)):
            value, error = found[f"{name}{how}"], found[f"{name}{how}_se"]
            shape = dict(mfc="none") if how else {}
            middle.errorbar(
                width * beside, value, error, fmt=MARKERS[i], color=COLOURS[i], label=f"{label}: {words}", **shape
            )
            table |= {f"{name}{how}": value, f"{name}{how}_se": error}
    middle.set(xlabel="hidden neurons", ylabel="heat capacity ($k_B$)", xscale="log")
    middle.legend(loc="center right", bbox_to_anchor=(1.0, 0.55))
    right.axhline(0.5, color="0.4", linestyle=LINES[1], linewidth=1, label="prior energy, no data")
    for i, (name, label) in enumerate({"prior": "prior energy", "loss": "training loss L"}.items()):
        value, error = found[f"relaxation_{name}"], found[f"relaxation_{name}_se"]
        right.errorbar(width, value, error, fmt=MARKERS[i] + LINES[0], mfc="none", color=COLOURS[i], label=label)
        table |= {f"relaxation_{name}": value, f"relaxation_{name}_se": error}
    right.set(xlabel="hidden neurons", ylabel=r"relaxation time (units of $1/\lambda$)", xscale="log", ylim=(0, None))
    right.legend()
    drawing.set_label(
        f"Of d/2 = {half[-1]:,.0f} at the largest width the data change {found['posterior'][-1]:.3g} (C - "
        f"d/2) in one prior family "
        f"and add {found['likelihood'][-1]:.3g} (C_L) in the other; filled and open marks, two ways to "
        f"measure, must agree."
    )
    return drawing, table
