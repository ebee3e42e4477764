"""task=evaluate: a network as it comes, from a run or a file, measured on the test set and trained no further."""

from pathlib import Path
from typing import Any

import torch
from omegaconf import DictConfig, OmegaConf
from torch import Tensor

from physlearn.data.dataset import Dataset
from physlearn.ensemble import outputs
from physlearn.instruments import mistakes
from physlearn.lab import plugin_use
from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.lab.errors import UserError
from physlearn.lab.run_directory import CONFIG, read_config
from physlearn.tasks.setup.make import make_data, make_likelihood, make_model
from physlearn.tasks.setup.scores import WORDS, words
from physlearn.tasks.setup.source import load_trained


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

    likelihood = make_likelihood(cfg, data)
    sets = {"test": (data.test_x, data.test_y)}
    if data.validation_x is not None:
        sets["validation"] = (data.validation_x, data.validation_y)
    found = {name: outputs(model, x) for name, (x, _) in sets.items()}  # (example, output) each
    if not all(bool(torch.isfinite(f).all()) for f in found.values()):
        raise UserError(f"{source}: the network's outputs are not finite on these data")
    result: dict[str, Any] = {"parameters": parameters} | {f"{name}_examples": len(y) for name, (_, y) in sets.items()}
    for name, (_, y) in sets.items():
        scores = likelihood.scores(likelihood.predict([found[name]]), y)
        result |= {f"{name}_{score}": value for score, value in scores.items()}
    if data.classes is None:
        for name, drawn in likelihood.figures({"network": likelihood.predict([found["test"]])}, data.test_y).items():
            bench.figure(name, drawn)
    else:
        result |= mistaken(cfg, bench, data, found)
    bench.summary(*table(result, likelihood.SCORES))
    return result


def mistaken(cfg: DictConfig, bench: BenchProtocol, data: Dataset, found: dict[str, Tensor]) -> dict[str, Any]:
    """How many are wrong, the confusion matrix row by row, its figure, and that of the worst images."""
    sets = {"test": data.test_y, "validation": data.validation_y}
    wrong = {f"{name}_wrong": int((f.argmax(1) != sets[name]).sum()) for name, f in found.items()}
    p = torch.softmax(found["test"], dim=-1)  # (example, class)
    matrix = mistakes.confusion(p.argmax(1), data.test_y, data.classes)  # (label, predicted)
    bench.figure("confusion", mistakes.draw_confusion(matrix))
    if len(data.shape) == 3:
        worst = mistakes.worst(p, data.test_y, cfg.task.worst)
        bench.figure("worst", mistakes.draw_worst(data.test_x[worst].cpu(), data.test_y[worst], p[worst], worst))
    return wrong | {"confusion": matrix.flatten().tolist()}


def with_model_of_run(cfg: DictConfig) -> DictConfig:
    """The config with the model that the run in `from` had: its weights fit no other."""
    path = Path(cfg["from"] or "")
    if cfg["from"] is None or not (path / CONFIG).exists() or "model" not in (there := read_config(path)):
        return cfg
    plugin_use.refuse_missing(path, f"from={path}")
    merged = OmegaConf.create(OmegaConf.to_container(cfg))
    merged.model = there.model
    return merged


def table(result: dict[str, Any], scores: tuple[str, ...]) -> tuple[str, tuple[str, ...], list[tuple[str, ...]]]:
    """The table on the screen; the error with the binomial error of the test set."""
    count = result["test_examples"]
    rows = [(f"test {WORDS[score]}", words(score, result[f"test_{score}"], count)) for score in scores]
    if "test_wrong" in result:
        rows.insert(1, ("wrong", f"{result['test_wrong']:,} of {count:,}"))
    if (validation := result.get(f"validation_{scores[0]}")) is not None:
        rows.append((f"validation {WORDS[scores[0]]}", words(scores[0], validation, result["validation_examples"])))
    return "Evaluation", ("", "measured"), rows
