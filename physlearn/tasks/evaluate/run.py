"""task=evaluate: a network as it comes, from a run or a file, measured on the test set and trained no further."""

from pathlib import Path
from typing import Any

import torch
from omegaconf import DictConfig, OmegaConf
from torch import Tensor

from physlearn.ensemble import probabilities
from physlearn.instruments import calibration, mistakes
from physlearn.instruments.notation import plus_minus
from physlearn.lab import plugin_use
from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.lab.errors import UserError
from physlearn.lab.progress import percent
from physlearn.lab.run_directory import CONFIG, read_config
from physlearn.tasks.prune.source import load_trained
from physlearn.tasks.setup.make import make_data, make_model


def run(cfg: DictConfig, bench: BenchProtocol) -> dict[str, Any]:
    """Loads, predicts the test set once; returns what result.json holds."""
    if cfg["from"] is None and cfg.weights is None:
        raise UserError("from and weights are missing: type from=outputs/train/<run>, or weights=<file> with its model")
    cfg = with_model_of_run(cfg)
    data = make_data(cfg, bench)
    model = make_model(cfg, data, bench)
    load_trained(cfg, model, bench)
    bench.restore()
    parameters = sum(p.numel() for p in model.parameters())
    source = cfg["from"] or cfg.weights
    bench.say(f"{type(model).__name__}, {parameters:,} parameters, from {source}; not trained here.")

    p = probabilities(model, data.test_x)  # (example, class)
    if not bool(torch.isfinite(p).all()):
        raise UserError(f"{source}: the network's outputs are not finite on these data")
    result = {"parameters": parameters, "test_examples": len(data.test_y)} | scores(p, data.test_y, "test")
    if data.validation_x is not None:
        result |= scores(probabilities(model, data.validation_x), data.validation_y, "validation")
    matrix = mistakes.confusion(p.argmax(1), data.test_y, data.classes)  # (label, predicted)
    result["confusion"] = matrix.flatten().tolist()
    worst = mistakes.worst(p, data.test_y, cfg.task.worst)
    bench.figure("confusion", mistakes.draw_confusion(matrix))
    bench.figure("worst", mistakes.draw_worst(data.test_x[worst].cpu(), data.test_y[worst], p[worst], worst))
    bench.summary(*table(result))
    return result


def with_model_of_run(cfg: DictConfig) -> DictConfig:
    """The config with the model that the run in `from` had: its weights fit no other."""
    path = Path(cfg["from"] or "")
    if cfg["from"] is None or not (path / CONFIG).exists() or "model" not in (there := read_config(path)):
        return cfg
    plugin_use.refuse_missing(path, f"from={path}")
    merged = OmegaConf.create(OmegaConf.to_container(cfg))
    merged.model = there.model
    return merged


def scores(p: Tensor, labels: Tensor, prefix: str) -> dict[str, float]:
    """Error, number of wrong predictions, NLL (nats per example) and ECE of probabilities (example, class)."""
    log_p = p.clamp_min(torch.finfo(p.dtype).tiny).log()
    return {
        f"{prefix}_error": calibration.error(p, labels),
        f"{prefix}_wrong": int((p.argmax(1) != labels).sum()),
        f"{prefix}_nll": calibration.nll(log_p, labels),
        f"{prefix}_ece": calibration.ece(p, labels),
    }


def table(result: dict[str, Any]) -> tuple[str, tuple[str, ...], list[tuple[str, ...]]]:
    """The table on the screen; the error with the binomial error of the test set."""
    rate, count = result["test_error"], result["test_examples"]
    spread = (rate * (1 - rate) / count) ** 0.5
    rows = [
        ("test error", f"{plus_minus(100 * rate, 100 * spread)} %"),
        ("wrong", f"{result['test_wrong']:,} of {count:,}"),
        ("test NLL (nats)", f"{result['test_nll']:.4f}"),
        ("test ECE", percent(result["test_ece"])),
    ]
    if "validation_error" in result:
        rows.append(("validation error", percent(result["validation_error"])))
    return "Evaluation", ("", "measured"), rows
