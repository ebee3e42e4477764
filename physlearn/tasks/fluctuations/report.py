"""What task=fluctuations reports: a table and a figure of averages over exact values, and Crooks' theorem."""

from typing import Any

import numpy as np
from omegaconf import DictConfig

from physlearn.instruments.notation import plus_minus
from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.thermodynamics import figures
from physlearn.thermodynamics.fluctuations import crooks

LIMIT = 4  # standard errors


def report(
    cfg: DictConfig,
    bench: BenchProtocol,
    measured: list[dict[str, float]],
    drawn: dict[str, np.ndarray],
    difference: float,
) -> dict[str, Any]:
    """Figures, table and results; `difference` is the exact -ln(Z_K/Z_0)."""
    columns = {key: np.array([row[key] for row in measured]) for key in measured[0]}
    averages = {
        label: (columns[key], columns[f"{key}_se"])
        for label, key in (
            ("with shadow work", "jarzynski"), ("total entropy", "integral"), ("work alone", "work_alone")
        )
    }  # fmt: skip
    bench.figure("theorems", figures.theorems(columns["pace"], averages, columns["work_alone_exact"]))
    bench.figure("work", figures.work_histograms(drawn["forward"], drawn["backward"], difference))
    bench.figure("crooks", figures.crooks(*crooks(drawn["forward"], drawn["backward"]), difference))
    bench.summary(
        f"Averages over exact values; exact Delta F/T = {difference:.4f}",
        ("h kappa", "with shadow work", "total entropy", "work alone", "work alone, exact", "BAR", "ESS"),
        [
            (
                f"{row['pace']:g}",
                *(plus_minus(row[key], row[f"{key}_se"]) for key in ("jarzynski", "integral", "work_alone")),
                f"{row['work_alone_exact']:.4f}",
                plus_minus(row["bar"], row["bar_se"]),
                f"{row['jarzynski_ess']:,.0f}",
            )
            for row in measured
        ],
    )
    z = {key: (columns[key] - 1) / columns[f"{key}_se"] for key in ("jarzynski", "integral", "work_alone")}
    z["bar"] = (columns["bar"] - difference) / columns["bar_se"]
    worst = {key: float(np.abs(values).max()) for key, values in z.items()}
    held = all(worst[key] < LIMIT for key in ("jarzynski", "integral", "bar"))
    bench.say(
        f"The theorems {'hold' if held else 'do not hold'} within {LIMIT} standard errors (largest: "
        f"{max(worst[key] for key in ('jarzynski', 'integral', 'bar')):.1f}); the work alone is off by up to "
        f"{worst['work_alone']:.0f}."
    )
    result: dict[str, Any] = {key: values.tolist() for key, values in columns.items()}
    result |= {f"{key}_z_max": value for key, value in worst.items()}
    return result | {"theorems_hold": held, "free_energy_exact": difference * cfg.task.temperature}
