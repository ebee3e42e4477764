"""What task=memory reads off its rows: figures, tables, and the numbers beside those of the theory."""

from itertools import pairwise
from typing import Any

import numpy as np

from physlearn.hopfield import figures
from physlearn.hopfield.experiments import RETRIEVED, Row, retrieval_overlap
from physlearn.hopfield.scaling import share_from_overlap, transition_load
from physlearn.hopfield.theory import share_left, spinodal_load
from physlearn.instruments.notation import plus_minus
from physlearn.lab.bench_protocol import BenchProtocol

FINITE = 3  # in the retrieval state |m_N - m| < 3/N, as measured at N = 1000 to 4000
NEAR = 0.01  # points of the plane whose overlap is farther than this from the theory are counted
CALM = 0.75  # of the capacity: nearer to the transition finite networks remember better than infinite ones


def capacity(bench: BenchProtocol, rows: list[Row]) -> dict[str, Any]:
    """m(alpha) at T = 0 against the saddle point, and where the transition lies."""
    c = columns(rows)
    bench.figure("capacity", figures.capacity(c["neurons"], c["load"], c["overlap"], c["error"]))
    end, largest = spinodal_load(0.0), c["neurons"].max()
    theory = np.array([retrieval_overlap(load, 0.0) for load in c["load"]])
    own = c["neurons"] == largest
    low = own & (c["load"] <= 0.12)
    deviation = float(np.abs(c["overlap"] - theory)[low].max()) if low.any() else None
    found, error = locate(c)
    table = [
        (f"{a:.4g}", pm(m, e), f"{median:.4f}", f"{t:.4f}" if t else "-")
        for a, m, e, median, t in zip(*(v[own] for v in (c["load"], c["overlap"], c["error"], c["median"], theory)))  # noqa: B905
    ]
    if deviation is not None:
        table.append(("largest |m - theory| up to 0.12", f"{deviation:.5f}", "", ""))
    bench.figure("crossing", figures.crossing(c["neurons"], c["load"], c["retrieved"], c["retrieved_error"], found))
    sizes = sorted(set(c["neurons"].tolist()))
    pairs = [locate({name: v[np.isin(c["neurons"], pair)] for name, v in c.items()}) for pair in pairwise(sizes)]
    for pair, (load, se) in zip(pairwise(sizes), pairs, strict=True):
        table.append((f"transition, from N = {pair[0]:,} and {pair[1]:,}", pm(load, se), "", f"{end:.4f}"))
    table.append(("transition, from all sizes", pm(found, error), "", f"{end:.4f}"))
    bench.summary(f"T = 0, N = {largest:,}", ("load", "overlap m", "median", "theory"), table)
    return lists(c, "neurons", "load", "overlap", "error", "median", "retrieved", "retrieved_error") | {
        "theory": theory,
        "deviation_low_loads": deviation,
        "transition": found,
        "transition_se": error,
        "transition_theory": end,
        "transition_of_pairs": [load for load, _ in pairs],
        "transition_of_pairs_se": [se for _, se in pairs],
    }


def thermal(bench: BenchProtocol, rows: list[Row]) -> dict[str, Any]:
    """m in the retrieval state against the saddle point: within 4 standard errors and a finite-size term 3/N?"""
    c = columns(rows)
    theory = np.array([retrieval_overlap(a, t) for a, t in zip(c["load"], c["temperature"], strict=True)])
    allowed = 4 * c["error"] + FINITE / c["neurons"]
    gap = c["overlap"] - theory
    table = [
        (f"{a:.4g}", f"{t:.4g}", pm(m, e), f"{exact:.5f}", f"{g:+.5f}", f"{most:.5f}", f"{stay:.1%}")
        for a, t, m, e, exact, g, most, stay in zip(
            c["load"], c["temperature"], c["overlap"], c["error"], theory, gap, allowed, c["stayed"], strict=True
        )
    ]
    bench.summary(
        f"Retrieval at T > 0, N = {c['neurons'][0]:,}",
        ("load", "T", "overlap m", "theory", "difference", f"4 errors + {FINITE}/N", "stayed"),
        table,
    )
    result = lists(c, "neurons", "load", "temperature", "overlap", "error", "stayed")
    return result | {"theory": theory, "allowed": allowed, "within": bool((np.abs(gap) <= allowed).all())}


def phase_diagram(bench: BenchProtocol, rows: list[Row]) -> dict[str, Any]:
    """The plane, and how well it agrees with the theory away from the spinodal line."""
    loads, temperatures = np.array([row["load"] for row in rows]), np.array(rows[0]["temperature"])
    overlap, error = (np.array([row[name] for row in rows]) for name in ("overlap", "error"))  # (load, temperature)
    bench.figure("phase_diagram", figures.phase_diagram(loads, temperatures, overlap, error))
    theory = np.array([[retrieval_overlap(a, t) for t in temperatures] for a in loads])
    distance = loads[:, None] / np.maximum([spinodal_load(t) for t in temperatures], 1e-12)  # alpha / alpha_M(T)
    inside, outside = distance <= 0.8, distance >= 1.25
    away = inside | outside
    right = (overlap > RETRIEVED) == (theory > 0)
    gap = np.abs(overlap - theory)
    i, j = np.unravel_index(np.where(inside, gap, -1).argmax(), gap.shape)  # where it is largest inside
    result = {
        "points": overlap.size,
        "inside": int(inside.sum()),
        "deviation_inside": float(gap[inside].mean()) if inside.any() else None,
        "deviation_inside_largest": float(gap[i, j]) if inside.any() else None,
        "deviation_inside_largest_se": float(error[i, j]) if inside.any() else None,
        "deviation_inside_largest_load": float(loads[i]) if inside.any() else None,
        "deviation_inside_largest_temperature": float(temperatures[j]) if inside.any() else None,
        "deviating_inside": int((gap[inside] > NEAR).sum()),
        "phase_right": float(right.mean()),
        "phase_right_away": float(right[away].mean()) if away.any() else None,
    }
    table = [
        ("points measured", f"{overlap.size}"),
        ("points with load <= 0.8 of the spinodal's", f"{result['inside']}"),
        ("their mean |m - theory|", text(result["deviation_inside"])),
        *largest(result),
        ("points on the theory's side (m above or below 0.65)", f"{result['phase_right']:.1%}"),
        ("the same, farther than 25 % from the line", f"{100 * (result['phase_right_away'] or 0):.1f}%"),
    ]
    bench.summary(f"Phase diagram, N = {rows[0]['neurons']:,}", ("", "measured"), table)
    return result | {"load": loads, "temperature": temperatures, "overlap": overlap.ravel(), "error": error.ravel()}


def largest(result: dict[str, Any]) -> list[tuple[str, str]]:
    """Rows of the table: the largest deviation below the spinodal, where it is, and how many are not small."""
    if not result["inside"]:
        return []
    parts = ("", "_se", "_load", "_temperature")
    value, error, load, heat = (result[f"deviation_inside_largest{part}"] for part in parts)
    return [
        (f"their largest |m - theory|, at load {load:.4g}, T = {heat:.4g}", pm(value, error)),
        (f"of them with |m - theory| > {NEAR}", f"{result['deviating_inside']}"),
    ]


def dilution(bench: BenchProtocol, rows: list[Row]) -> dict[str, Any]:
    """Capacities of pruned networks, located by finite-size scaling, and the share of the signal that is left.

    Two measurements, both against c(f): the transition, and below it the c at which the theory has the overlap seen.
    """
    found, table = [], []
    for by, fraction in dict.fromkeys((row["by"], row["fraction"]) for row in rows):
        own = columns([row for row in rows if (row["by"], row["fraction"]) == (by, fraction)])
        share = share_left(by, fraction)
        exact = spinodal_load(0.0, share)
        load, load_error = locate(own)
        left, left_error = share_measured(own, exact)
        implied = spinodal_load(0.0, min(left, 1.0)) if left is not None and left > 0 else None
        found.append({"by": by, "fraction": fraction, "capacity": load, "capacity_se": load_error})
        found[-1] |= {"capacity_implied": implied, "capacity_theory": exact}
        found[-1] |= {"share": left, "share_se": left_error, "share_theory": share}
        ratio = "-" if load is None else f"{load / exact:.3f}"
        numbers = pm(load, load_error), f"{exact:.4f}", ratio, pm(left, left_error), f"{share:.4f}", text(implied)
        table.append((by, f"{fraction:.3g}", *numbers))
    names = "couplings kept", "f", "capacity", "theory", "ratio", "share of the signal", "c(f)", "its capacity"
    bench.summary("Pruned memory at T = 0", names, table)
    result = {name: [way[name] for way in found] for name in found[0]}
    drawn = (result[name] for name in ("fraction", "by", "capacity", "capacity_se", "capacity_implied"))
    bench.figure("dilution", figures.dilution(*drawn))
    c = columns([row for row in rows if row["neurons"] == max(row["neurons"] for row in rows)])
    bench.figure("pruned_overlap", figures.pruned_overlap(c["load"], c["overlap"], c["error"], c["by"], c["fraction"]))
    return result


def basin(bench: BenchProtocol, rows: list[Row]) -> dict[str, Any]:
    """Final against initial overlap; the edge of the basin is where half of the recalls still succeed."""
    c = columns(rows)
    bench.figure("basin", figures.basin(c["load"], c["initial"], c["overlap"], c["error"]))
    loads, edges, table = sorted(set(c["load"].tolist())), [], []
    for load in loads:
        own = np.flatnonzero(c["load"] == load)
        own = own[np.argsort(c["initial"][own])]
        retrieved = c["retrieved"][own]
        inside = retrieved.min() < 0.5 < retrieved.max()
        edges.append(float(np.interp(0.5, retrieved, c["initial"][own])) if inside else None)
        table.append((f"{load:.4g}", text(edges[-1]), f"{c['overlap'][own[-1]]:.4f}"))
    bench.summary(
        f"Basin of attraction, N = {rows[0]['neurons']:,}",
        ("load", "initial overlap at its edge", "m from the pattern"),
        table,
    )
    return lists(c, "load", "initial", "overlap", "error", "retrieved") | {"edge_load": loads, "edge": edges}


def locate(c: dict[str, np.ndarray]) -> tuple[float | None, float | None]:
    """The transition and its error; None where one size alone was measured, or no load on either side of it."""
    retrieved = c["retrieved"]
    if len(set(c["neurons"].tolist())) < 2 or not retrieved.min() < 0.5 < retrieved.max():
        return None, None
    return transition_load(c["neurons"], c["load"], retrieved, c["retrieved_error"])


def share_measured(c: dict[str, np.ndarray], capacity: float) -> tuple[float | None, float | None]:
    """c from the overlaps of the largest networks at loads up to CALM capacities, and its standard error."""
    use = (c["neurons"] == c["neurons"].max()) & (c["load"] < CALM * capacity) & (c["state_error"] > 0)
    if not use.any():
        return None, None
    shares, errors = [], []
    for load, m, error in zip(c["load"][use], c["state_overlap"][use], c["state_error"][use], strict=True):
        shares.append(share_from_overlap(load, m))
        errors.append(abs(share_from_overlap(load, m + error / 2) - share_from_overlap(load, m - error / 2)))
    return float(np.mean(shares)), float(np.linalg.norm(errors) / len(errors))


def columns(rows: list[Row]) -> dict[str, np.ndarray]:
    return {name: np.array([np.nan if row[name] is None else row[name] for row in rows]) for name in rows[0]}


def lists(c: dict[str, np.ndarray], *names: str) -> dict[str, Any]:
    return {name: c[name] for name in names}


def pm(value: float | None, error: float | None) -> str:
    return text(value) if value is None or not error else plus_minus(value, error)


def text(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"
