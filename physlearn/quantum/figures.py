"""The figures of ground states. Each function takes arrays, returns the Figure and the table that it draws."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from matplotlib.figure import Figure

from physlearn.instruments.style import COLOURS, LINES, MARKERS, figure, house_style

Table = dict[str, np.ndarray]
FEW = 6  # places on an axis that are all named
ROUNDING = 1e-12  # drawn for all that is below it: energies that agree up to rounding; the table has the number


@house_style
def convergence(
    steps: Sequence[int], energies: Sequence[float], exact: float | None, unit: str
) -> tuple[Figure, Table]:
    """|E - E_0|/|E_0| along a run, or E itself where E_0 is not known.

    Args:
        steps: where energies were read.
        energies: E.
        exact: E_0, or None.
        unit: of the steps, e.g. "sweeps".
    """
    drawing, axis = figure(size=(5.6, 3.7))
    steps, energies = np.asarray(steps), np.asarray(energies, dtype=float)
    table: Table = {unit: steps, "energy": energies}
    marker = "o-" if len(steps) <= 40 else "-"
    if exact is None:
        drawing.set_label(f"The energy ends at {energies[-1]:.8g}; a variational energy can only be too high.")
        axis.plot(steps, energies, marker, color=COLOURS[0])
        axis.set(xlabel=unit, ylabel="energy E")
        return drawing, table
    table["relative error"] = (energies - exact) / abs(exact)
    axis.plot(steps, np.abs(table["relative error"]).clip(ROUNDING), marker, color=COLOURS[0], linewidth=1.1)
    axis.set(xlabel=unit, ylabel=r"relative error $|E - E_0|/|E_0|$", yscale="log")
    drawing.set_label(
        f"The energy ends {abs(table['relative error'][-1]):.1e} of its value away from the exact one, "
        f"above which every variational energy lies."
    )
    return drawing, table


@house_style
def entropy(
    entropies: Sequence[float], exact: Sequence[float] | None, charge: float | None, periodic: bool
) -> tuple[Figure, Table]:
    """Entanglement entropy of the first l sites against l, beside the exact one and the law of Calabrese and Cardy.

    Args:
        entropies: S at l = 1 ... N - 1, nats.
        exact: the same from the exact solution, or None.
        charge: c of S = (c/3) ln sin(pi l/N) + constant (c/6 on open chains), drawn through the middle; None: not.
        periodic: of the chain.
    """
    drawing, axis = figure(size=(5.6, 3.7))
    length = np.arange(1, len(entropies) + 1)
    table: Table = {"block length": length, "entropy": np.asarray(entropies)}
    if charge is not None:
        chord = np.log(np.sin(np.pi * length / (len(length) + 1)))
        table["conformal"] = entropies[len(length) // 2] + charge / (3 if periodic else 6) * (
            chord - chord[len(length) // 2]
        )
        axis.plot(length, table["conformal"], LINES[1], color=COLOURS[1], label=f"conformal, c = {charge:g}")
    if exact is not None:
        table["exact"] = np.asarray(exact)
        axis.plot(length, exact, "-", color="black", linewidth=1, label="exact")
    axis.plot(length, entropies, "o", color=COLOURS[0], markersize=3.5, label="matrix product state")
    axis.set(xlabel="block length l (sites)", ylabel="entropy S (nats)", ylim=(0, 1.12 * max(entropies) + 1e-9))
    axis.legend(loc="lower center")
    drawing.set_label(
        f"Entropy of a block is largest in the middle, {max(entropies):.3f} nats; of a gapped chain it is "
        f"flat, at a critical point it follows the conformal curve."
    )
    return drawing, table


@house_style
def local_energies(kept: Mapping[str, np.ndarray], exact: float | None, sites: int) -> tuple[Figure, Table]:
    """Histograms of local energies per site after so many steps: for an eigenstate they shrink to a line.

    Args:
        kept: steps -> E_loc of every chain.
        exact: E_0, or None.
        sites: N.
    """
    drawing, axis = figure(size=(5.6, 3.7))
    values = {step: np.asarray(energies) / sites for step, energies in kept.items()}
    table: Table = {"chain": np.arange(max(map(len, values.values())))}
    every = np.concatenate(list(values.values()))
    edges = np.linspace(every.min() - 1e-9, every.max() + 1e-9, 101)
    for i, (step, own) in enumerate(values.items()):
        spread = max(float(own.std()), 1e-6)
        label = f"{int(step):,} steps, standard deviation {spread:.1e}"
        axis.hist(own, bins=edges, density=True, histtype="step", color=COLOURS[i % 8], linewidth=1.5, label=label)
        table[f"{step} steps"] = own
    if exact is not None:
        axis.axvline(exact / sites, color="black", linestyle=":", label=r"$E_0/N$")
    axis.set(xlabel="local energy per site", ylabel="density", yscale="log")
    axis.locator_params(axis="x", nbins=6)
    drawing.legend(loc="outside lower center")
    drawing.set_label(
        "The better the state, the narrower the histogram: every local energy of an eigenstate is its eigenvalue."
    )
    return drawing, table


@house_style
def against_parameters(
    curves: Mapping[str, tuple[Sequence[float], Sequence[float], Sequence[float], Sequence[str]]],
    whole: Mapping[str, float],
    name: str = "parameters",
) -> tuple[Figure, Table]:
    """Relative error of the energy against the size of the state, a line for each kind of state.

    Args:
        curves: label -> sizes, mean relative errors, their standard errors (NaN: one run), a word at each point.
        whole: label -> numbers of an exact vector, 2^N: a vertical line.
        name: of the axis of sizes.
    """
    drawing, axis = figure(size=(7.4, 4.2))
    table: dict[str, list] = {"curve": [], name: [], "relative error": [], "standard error": [], "width": []}
    named = {label.partition(",")[0]: label for label in curves}.values()  # the last curve of a kind has words
    kinds = list(dict.fromkeys(label.partition(",")[0] for label in curves))
    settings = list(dict.fromkeys(label.partition(",")[2] for label in curves))
    for label, (sizes, errors, spread, words) in curves.items():
        kind, i = kinds.index(label.partition(",")[0]), settings.index(label.partition(",")[2])
        filled = {} if kind == 0 else {"markerfacecolor": "none"}
        style = dict(fmt=MARKERS[kind] + LINES[kind], color=COLOURS[i % 8], label=label, **filled)
        shown = np.asarray(errors, dtype=float).clip(ROUNDING)
        axis.errorbar(sizes, shown, yerr=np.nan_to_num(np.asarray(spread, dtype=float)), **style)
        for x, y, word in zip(sizes, shown, words, strict=True) if label in named else ():
            axis.annotate(word, (x, y), textcoords="offset points", xytext=(5, 5))
        for column, values in zip(table.values(), ([label] * len(words), sizes, errors, spread, words), strict=True):
            column += list(values)
    for i, (label, count) in enumerate(whole.items()):
        axis.axvline(count, color="grey", linestyle=LINES[1 + i % 3], linewidth=0.8 + 0.4 * i, label=label)
    axis.set(xlabel=name, ylabel="relative error of the energy", xscale="log", yscale="log")
    places = sorted(set(table[name]))
    if len(places) <= FEW and all(b > 1.5 * a for a, b in pairwise(places)):
        axis.set_xticks(places, [f"{place:g}" for place in places])
        axis.minorticks_off()
    axis.margins(x=0.09)
    handles, labels = axis.get_legend_handles_labels()
    order = sorted(range(len(labels)), key=lambda k: labels[k] in whole)  # lines of whole vectors last
    drawing.legend([handles[k] for k in order], [labels[k] for k in order], loc="outside right upper")
    best = min(table["relative error"])
    lowest = f"the best: {best:.1e}" if best >= ROUNDING else f"what is below {ROUNDING:.0e} is drawn there"
    drawing.set_label(
        f"Lower is a better energy ({lowest}), further left a smaller state; one colour per chain."
        + (" Grey lines: the number of entries of the exact vector." if whole else "")
    )
    return drawing, {column: np.asarray(values) for column, values in table.items()}
