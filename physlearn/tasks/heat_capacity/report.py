"""What task=heat_capacity reports: both measurements of both families against width, and the relaxation times."""

from typing import Any

import numpy as np
from omegaconf import DictConfig

from physlearn.instruments.notation import plus_minus
from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.prior_families import FAMILIES
from physlearn.thermodynamics import figures

LIMIT = 4  # standard errors
MIXED = 1.05  # R-hat of the loss: beyond it the chains of one temperature have not sampled one law


def report(cfg: DictConfig, bench: BenchProtocol, measured: list[dict[str, float]]) -> dict[str, Any]:
    """Figure, table, the sentence on what was seen, results."""
    columns = {key: np.array([row[key] for row in measured]) for key in measured[0]}
    bench.figure("heat_capacity", figures.heat_capacity(columns))

    def pair(row: dict[str, float], key: str) -> str:
        return plus_minus(row[key], row[f"{key}_se"])

    bench.summary(
        "Heat capacity: C_L of family=likelihood, C - d/2 of family=posterior; times in units of 1/lambda",
        ("width", "d/2", "C_L, fluctuations", "C_L, difference", "C - d/2, fluctuations", "C - d/2, difference",
         "relaxation of L", "of the prior's energy", "acceptance", "R-hat"),
        [
            (
                f"{row['width']:,}", f"{row['parameters'] / 2:,.0f}",
                *(pair(row, f"{family}{how}") for family in FAMILIES[::-1] for how in ("", "_difference")),
                pair(row, "relaxation_loss"), pair(row, "relaxation_prior"),
                f"{row['acceptance']:.2f}", f"{row['r_hat']:.3f}",
            )
            for row in measured
        ],
    )  # fmt: skip
    for row in measured:
        apart = [family for family in FAMILIES if not abs(row[f"{family}_z"]) < LIMIT]
        if apart or not row["r_hat"] < MIXED:
            bench.say(
                f"Width {row['width']}: the chain is too short (R-hat {row['r_hat']:.3f}"
                + "".join(f"; fluctuations and difference disagree by {row[f'{f}_z']:.1f} SE, {f}" for f in apart)
                + f"). Type task.moves={4 * cfg.task.moves} task.burn_in={4 * cfg.task.burn_in}"
            )
    agree = all(np.abs(columns[f"{family}_z"]).max() < LIMIT for family in FAMILIES)
    result: dict[str, Any] = {key: values.tolist() for key, values in columns.items()}
    return result | {
        "family": list(FAMILIES),
        "measurements_agree": bool(agree and (columns["r_hat"] < MIXED).all()),
        "likelihood_widest": float(columns["likelihood"][-1]),
    }
