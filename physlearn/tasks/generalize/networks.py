"""Learning curves of networks from finished runs of task=train: the same axes as those of perceptrons.

High-temperature theory weighs the prior by exp(-N eps/T_eff): with the prior's variance fixed, the error depends on the
number of examples P and on t = P T through T = t/P alone, T in nats per example as everywhere in the laboratory.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from physlearn.instruments.statistics import mean_and_error
from physlearn.lab.collect import Run, read_run, run_directories
from physlearn.lab.errors import UserError
from physlearn.learning.measurements import Row, measures

TARGETS = ("network_curves",)  # what conf/learning/ may name
Key = tuple[int, float]


@measures("Finished runs of task=train: error against the number of examples and the temperature.")
def network_curves(runs: str | list[str], seed: int = 0, *, done: int = 0) -> Iterator[Row]:
    """A row for each number of examples P and temperature T.

    `error` is that of single samples of the weights, on held-out images, averaged along the second half of a run;
    `ensemble_error` is the test error of their average. Errors are standard errors over seeds, None of one seed.
    """
    for (examples, temperature), found in list(groups(runs).items())[done:]:
        single, single_se = mean_and_error([single_error(run) for run in found])
        ensemble, ensemble_se = mean_and_error([run.result["ensemble_test_error"] for run in found])
        last, _ = mean_and_error([run.result["test_error"] for run in found])
        yield {
            "examples": examples,
            "temperature": temperature,
            "seeds": len(found),
            "error": single,
            "error_se": single_se if len(found) > 1 else None,
            "ensemble_error": ensemble,
            "ensemble_error_se": ensemble_se if len(found) > 1 else None,
            "last_sample_error": last,
        }


def groups(runs: str | list[str]) -> dict[Key, list[Run]]:
    """(P, T) -> the finished runs of it, by P, then by T.

    Raises:
        UserError: no finished train run whose validation error was logged; runs of different networks or priors; two of
            one P, T and seed.
    """
    paths = [Path(path) for path in ([runs] if isinstance(runs, str) else runs)]
    found = [run for run in map(read_run, run_directories(paths)) if usable(run)]
    if not found:
        raise UserError(
            f"learning.runs={runs}: no finished run of task=train with a data.limit and a validation set lies there. "
            "Type first python -m physlearn experiment=learning_curves/mnist"
        )
    kinds = {tuple(repr(run.config.get(key)) for key in SAME) for run in found}
    if len(kinds) > 1:
        raise UserError(f"learning.runs={runs}: the runs differ in more than P, T and seed ({', '.join(SAME)})")
    keyed: dict[Key, list[Run]] = {}
    for run in found:
        same = keyed.setdefault((examples_of(run), float(run.config["temperature.value"])), [])
        for other in same:
            if other.config["seed"] == run.config["seed"]:
                raise UserError(f"learning.runs: {other.directory} and {run.directory} have one P, T, seed: name one")
        same.append(run)
    return dict(sorted(keyed.items()))


SAME = ("model._target_", "data.name", "prior.variance", "prior.family", "optimizer.lr", "task.batch_size")


def usable(run: Run) -> bool:
    config: dict[str, Any] = run.config
    held_out, value = config.get("data.validation"), config.get("temperature.value")
    whole = isinstance(held_out, int) and held_out > 0 and isinstance(config.get("data.limit"), int)
    trained = config.get("task.name") == "train" and run.state == "done"
    return trained and whole and isinstance(value, int | float) and "ensemble_test_error" in run.result


def examples_of(run: Run) -> int:
    """P: `data.limit` counts the held-out images too."""
    return run.config["data.limit"] - run.config["data.validation"]


def single_error(run: Run) -> float:
    """Mean of the logged validation errors of the second half of a run."""
    errors = [line["validation_error"] for line in run.metrics() if "validation_error" in line]
    return float(np.mean(errors[len(errors) // 2 :]))
