"""What task=sampling reads off its rows: figures, tables and the sentence on what was found."""

from typing import Any

import numpy as np

from physlearn.instruments.notation import plus_minus
from physlearn.instruments.statistics import mean_and_error
from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.prior_families import FAMILIES
from physlearn.sampling import figures
from physlearn.sampling.problem import Row

Settings = dict[str, Any]
MIXED = 1.01  # R-hat


def columns(rows: list[Row]) -> dict[str, np.ndarray]:
    """The numbers and words that all rows have, each (row,)."""
    names = [name for name in rows[0] if all(name in row and not isinstance(row[name], list) for row in rows)]
    return {name: np.array([row[name] for row in rows]) for name in names}


def pm(row: Row, name: str, scale: float = 1.0) -> str:
    return plus_minus(scale * row[name], scale * row[f"{name}_se"])


def truth(bench: BenchProtocol, rows: list[Row], settings: Settings) -> dict[str, Any]:
    """Distances from the exact predictions; which sampler is nearest on the validation images."""
    exact, runs = rows[0], rows[1:]
    lines = [
        (row["sampler"], f"{row['h']:.3g}" if row["h"] else "", pm(row, "total_variation"),
         f"{row['total_variation_together']:.4f}", pm(row, "agreement", 100), pm(row, "test_nll"),
         pm(row, "test_error", 100))
        for row in runs
    ]  # fmt: skip
    floor = (f"{exact['total_variation']:.4f}", f"{100 * exact['agreement']:.4g}")
    lines.insert(0, ("exact, half and half", "", floor[0], "", floor[1], f"{exact['test_nll']:.4f}",
                     f"{100 * exact['test_error']:.4g}"))  # fmt: skip
    bench.summary(
        f"Samplers beside exact chains, n = {settings['repeats']} runs each",
        ("sampler", "h", "total variation", "of all runs together", "agreement %", "test NLL", "test error %"),
        lines,
    )
    worst = max(exact["r_hat_loss"], exact["r_hat_largest"])
    bench.say(
        f"Exact chains: R-hat of L {exact['r_hat_loss']:.4f}, of p of each label {exact['r_hat_median']:.4f} in the "
        f"median and {exact['r_hat_largest']:.4f} at most; acceptance {exact['acceptance']:.2f}."
    )
    if not worst <= MIXED:
        bench.say(
            f"R-hat above {MIXED}: the truth is not known well enough. Type sampling.moves={4 * settings['moves']}"
        )
    if not runs:
        return {key: exact[key] for key in exact}
    c = columns(runs)
    bench.figure("samplers", figures.truth(c["sampler"].tolist(), c["h"], c["total_variation"], c["total_variation_se"],
                                           exact["total_variation"]))  # fmt: skip
    nearest = runs[int(np.argmin(c["validation_total_variation"]))]
    bench.say(f"Nearest on the validation images: {nearest['sampler']} at h = {nearest['h']:.3g}.")
    found = {name: values.tolist() for name, values in c.items()}
    return found | {f"exact_{name}": value for name, value in exact.items()} | {"nearest": nearest["sampler"]}


def cold(bench: BenchProtocol, rows: list[Row], settings: Settings) -> dict[str, Any]:
    """Scores against tau; the best temperature of each family and prior by validation NLL; whether it is sampled."""
    c = columns(rows)
    families = [family for family in FAMILIES if family in c["family"]]
    bench.figure("cold_posterior", figures.cold(c, families))
    bench.summary(
        f"n = {settings['chains']} chains at each temperature; control: T = 0 under the same lambda",
        ("family", "variance", "tau", "test NLL", "test error %", "test ECE %", "NLL of the control",
         "error of the control %", "tau measured", "thermometers (by layer)", "R-hat of L", "of p: median", "largest",
         "sampled"),
        [
            (row["family"], f"{row['variance']:g}", f"{row['tau']:g}", pm(row, "test_nll"), pm(row, "test_error", 100),
             pm(row, "test_ece", 100), pm(row, "control_test_nll"), pm(row, "control_test_error", 100),
             f"{row['tau_measured']:.3g}", ", ".join(map(plus_minus, row["thermometer"], row["thermometer_se"])),
             f"{row['r_hat_loss']:.3f}",
             f"{row['r_hat_median']:.3f}", f"{row['r_hat_largest']:.2f}", "yes" if row["sampled"] else "no")
            for row in rows
        ],
    )  # fmt: skip
    best: dict[str, list] = {f"best_{name}": [] for name in ("family", "variance", "tau", "test_nll", "sampled")}
    for family, variance in dict.fromkeys((row["family"], row["variance"]) for row in rows):
        own = [row for row in rows if (row["family"], row["variance"]) == (family, variance)]
        first = min(own, key=lambda row: row["validation_nll"])
        for name in best:
            best[name].append(first[name.removeprefix("best_")])
        bench.say(
            f"{family}, variance {variance:g}: smallest validation NLL at tau = {first['tau']:g}, test NLL "
            f"{pm(first, 'test_nll')}; {'sampled' if first['sampled'] else 'not sampled'} there."
        )
    return {name: values.tolist() for name, values in c.items()} | best


def replicas(bench: BenchProtocol, rows: list[Row], settings: Settings) -> dict[str, Any]:
    """NLL against processor time of each number of chains, R-hats between them."""
    curves, lines, result = {}, [], {}
    for chains in settings["chains"]:
        own = [row for row in rows if row["chains"] == chains]
        seconds = np.median([row["seconds"] for row in own], axis=0)
        nll, error = mean_and_error(np.array([row["nll"] for row in own]))
        curves[chains] = (np.array(own[0]["steps"]), seconds, nll, error)
        hats = [mean_and_error(np.array([row[name] for row in own])) for name in ("r_hat_loss", "r_hat_median")]
        wrong = mean_and_error(np.array([row["error"][-1] for row in own]))
        lines.append((f"{chains}", f"{own[0]['steps'][-1]:,}", f"{seconds[-1]:.3g}", plus_minus(nll[-1], error[-1]),
                      plus_minus(100 * wrong[0], 100 * wrong[1]), *(plus_minus(*hat) for hat in hats)))  # fmt: skip
        names = ("steps", "seconds", "nll", "nll_se")
        result |= {f"{name}_{chains}": v.tolist() for name, v in zip(names, curves[chains], strict=True)}
        result |= {f"r_hat_loss_{chains}": hats[0][0], f"r_hat_median_{chains}": hats[1][0]}
    bench.figure("replicas", figures.replicas(curves))
    bench.summary(
        f"Chains as rows of one batch, n = {settings['repeats']} runs",
        ("chains", "steps of each", "seconds", "test NLL", "test error %", "R-hat of L", "of p, median"),
        lines,
    )
    return result
