"""task=rate: test error against the bits per pixel or sample that a codec left; nothing is trained here.

Runs of task=train that differ in the seed alone are a point, mean +- standard error. What differs beside the quality or
the level of the codec makes a curve of its own. Runs without a codec stand at the bits of the data as they are.
"""

from pathlib import Path
from typing import Any

import numpy as np
from omegaconf import DictConfig

from physlearn.codecs.figures import RateCurve, error_against_rate
from physlearn.instruments.notation import plus_minus
from physlearn.instruments.statistics import mean_and_error
from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.lab.collect import Group, Run, group, read_run, run_directories
from physlearn.lab.errors import UserError
from physlearn.lab.files import read_json

SETTINGS = ("codec.quality", "data.level")  # along a curve
ERROR, CHOSEN = "test_error", "test_error_selected_on_validation"


def run(cfg: DictConfig, bench: BenchProtocol) -> dict[str, Any]:
    """Looks through `runs`; prints the table and draws the curves."""
    paths = [Path(path) for path in ([cfg.runs] if isinstance(cfg.runs, str) else cfg.runs)]
    found = [read_run(directory) for directory in run_directories(paths)]
    tested = [entry for entry in found if entry.state == "done" and entry.result.get(ERROR) is not None]
    facts = {entry.directory: read_json(entry.directory / "provenance.json").get("codec") for entry in tested}
    raw_bits = {own["raw_bits"] for own in facts.values() if own}
    if len(raw_bits) != 1:
        what = "none went through a codec" if not raw_bits else "codecs of images and of sound do not go together"
        raise UserError(
            f"runs={cfg.runs}: {what}. Type e.g. python -m physlearn --multirun codec=jpeg codec.quality=5,20,none"
        )
    raw = raw_bits.pop()
    points: dict[str, list[tuple[Any, ...]]] = {}
    for own in group(tested):
        bits, setting = rate(facts, own, raw)
        errors = [error_of(entry) for entry in own.done]
        points.setdefault(name_of(own), []).append((bits, *mean_and_error(errors), len(errors), setting))
    curves = [curve(name, rows) for name, rows in points.items()]
    per = "sample" if any(entry.config.get("data.format") for entry in tested) else "pixel"
    bench.figure("error_against_rate", error_against_rate(curves, raw, per))
    columns = ("what", "setting", f"bits per {per}", "test error", "n")
    bench.summary("Test error against rate", columns, [line for own in curves for line in lines(own)])
    bench.say(
        "± is the standard error of the mean over n seeds. With task.select: the network that the validation set chose."
    )
    best = min(curves, key=lambda own: min(own.mean))
    at = int(np.argmin(best.mean))
    return {
        "curves": len(curves),
        "runs": len(tested),
        "best_error": float(best.mean[at]),
        "best_error_se": None if np.isnan(best.error[at]) else float(best.error[at]),
        "best_bits": float(best.bits[at]),
        "best_curve": best.name,
    }


def error_of(entry: Run) -> float:
    """Of the network that the validation set chose, where a choice was made; else of the last one."""
    return entry.result.get(CHOSEN, entry.result[ERROR])


def rate(facts: dict[Path, dict[str, float] | None], own: Group, raw: float) -> tuple[float, str]:
    """Bits per pixel or sample of a group, and the codec's setting in words."""
    config, fact = own.runs[0].config, facts[own.done[0].directory]
    quality, level, format = (config.get(key) for key in (*SETTINGS, "data.format"))
    if fact is None or fact["scan_bits"] == fact["raw_bits"]:
        return raw, "uncoded"
    return fact["scan_bits"], f"{format}, level {level}" if format else f"quality {quality}"


def name_of(own: Group) -> str:
    """What a curve is called: all that was swept beside the codec's setting."""
    words = [str(value) for key, value in own.label.items() if key not in (*SETTINGS, "experiment")]
    return ", ".join(words) or "all runs"


def curve(name: str, rows: list[tuple[Any, ...]]) -> RateCurve:
    """Points in the order of their bits."""
    bits, mean, error, count, settings = zip(*sorted(rows, key=lambda row: row[0]), strict=True)
    return RateCurve(name, *(np.array(part) for part in (bits, mean, error, count)), list(settings))


def lines(own: RateCurve) -> list[tuple[str, ...]]:
    """The rows of a curve."""
    parts = zip(own.settings, own.bits, own.mean, own.error, own.count, strict=True)
    return [
        (own.name, setting, f"{bits:.3g}", f"{plus_minus(100 * mean, 100 * error)} %", f"{count}")
        for setting, bits, mean, error, count in parts
    ]
