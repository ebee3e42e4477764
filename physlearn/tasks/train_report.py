"""What task=train says before its first step, and what it reads off after its last."""

import math
from typing import Any

import numpy as np
import torch
from omegaconf import DictConfig
from torch import nn

from physlearn.data.dataset import Dataset
from physlearn.ensemble import predict, probabilities
from physlearn.instruments import calibration, figures
from physlearn.instruments.statistics import autocorrelation_time, blocking_error, effective_sample_size
from physlearn.lab.metrics import read_metrics
from physlearn.lab.progress import percent
from physlearn.tasks.furnish import is_thermal


def announce(
    cfg: DictConfig, bench: Any, model: nn.Module, examples: int, steps: int, T: float, first: dict[str, float]
) -> None:
    """Says once, in plain words, what is about to be sampled, and warns where that cannot be reached."""
    parameters = sum(p.numel() for p in model.parameters())
    bench.say(f"{name(cfg.model)}, {parameters:,} parameters, {examples:,} training examples.")
    if not is_thermal(cfg):
        bench.say(f"{name(cfg.optimizer)} finds weights at T = 0; h = lr = {cfg.optimizer.lr:g}.")
    elif T == 0:
        bench.say(f"T = 0: no thermal noise, the motion is gradient descent; h = lr = {cfg.optimizer.lr:g}.")
    else:
        posterior = f"{T * examples:.3g} of the posterior's 1/N = {1 / examples:.3g}"
        bench.say(f"Sampling exp(-E/T) at T = {T:.3g} nats per example, {posterior}; h = lr = {cfg.optimizer.lr:g}.")
    heat = first.get("temperature_minibatch", 0.0)
    if heat:
        bench.say(f"At the first weights minibatch noise adds {heat:.2g} to T (hC/2; reshuffled epochs: a bound).")
    if not is_thermal(cfg) or T == 0:
        return
    if heat > T:
        bench.say(
            f"Warning: that is {heat / T:.2g} T. If it stays so, the law is hotter than asked: lower optimizer.lr."
        )
    decay, pace = cfg.optimizer.weight_decay, cfg.optimizer.lr * cfg.optimizer.weight_decay
    if decay == 0:
        bench.say("Warning: with optimizer.weight_decay=0 exp(-E/T) has no norm: there is nothing to equilibrate to.")
    elif pace * steps < 3:
        bench.say(
            f"Warning: weights that the data leave free forget their start in 1/(h lambda) = {1 / pace:,.0f} steps, "
            f"the run has {steps:,}: their thermometer still shows it."
        )


def name(group: DictConfig) -> str:
    """The class that a group builds."""
    return str(group._target_).rpartition(".")[2]


def scores(probability: torch.Tensor, labels: torch.Tensor, prefix: str) -> dict[str, float]:
    """Error, NLL and ECE of class probabilities (example, class)."""
    floor = torch.finfo(probability.dtype).tiny
    return {
        f"{prefix}_error": calibration.error(probability, labels),
        f"{prefix}_nll": calibration.nll(probability.clamp_min(floor).log(), labels),
        f"{prefix}_ece": calibration.ece(probability, labels),
    }


def report(
    cfg: DictConfig,
    bench: Any,
    model: nn.Module,
    data: Dataset,
    samples: list[dict[str, torch.Tensor]],
    burn_in: int,
    steps: int,
    T: float,
) -> dict[str, Any]:
    """Reads the test set, once; draws; returns what result.json holds. `burn_in`: the first sample's step."""
    lines = read_metrics(bench.directory / "metrics.jsonl")
    names = lines[0].keys() if lines else ()
    history = {name: np.array([line[name] for line in lines], dtype=float) for name in names}
    after = {name: values[history["step"] >= burn_in] for name, values in history.items()}

    last, mean = probabilities(model, data.test_x), predict(model, samples, data.test_x)
    result: dict[str, Any] = scores(last, data.test_y, "test") | scores(mean, data.test_y, "ensemble_test")
    result |= {"validation_error": None, "ensemble_validation_error": None}
    if data.validation_x is not None:
        result |= scores(probabilities(model, data.validation_x), data.validation_y, "validation")
        result |= scores(predict(model, samples, data.validation_x), data.validation_y, "ensemble_validation")
    result |= {
        "parameters": sum(p.numel() for p in model.parameters()),
        "examples": len(data.train_y),
        "steps": steps,
        "ensemble_samples": len(samples),
        "temperature_set": T,
        "temperature_posterior": 1 / len(data.train_y),
        "energy": lines[-1]["energy"] if lines else None,
        "train_error": calibration.error(probabilities(model, data.train_x), data.train_y),
    }
    readings = {name: mean_and_error(series) for name, series in after.items() if name.startswith("temperature_")}
    for name, (value, error) in readings.items():
        result |= {name: value, f"{name}_se": error}
    for name in ("temperature_configurational", "temperature_minibatch", "temperature_dropout"):
        result.setdefault(name, None)
    result |= memory(after.get("energy", np.array([])), cfg.task.log_every)

    draw(cfg, bench, model, data, history, readings, burn_in, T, {"last sample": last, "ensemble": mean})
    bench.summary(*table(result, readings))
    return result


def mean_and_error(series: np.ndarray) -> tuple[float, float]:
    """Mean of a correlated series and its standard error by blocking; NaN where it is too short."""
    return (float(series.mean()) if len(series) else math.nan), (
        blocking_error(series) if len(series) > 1 else math.nan
    )


def memory(energy: np.ndarray, log_every: int) -> dict[str, float]:
    """Autocorrelation time of the energy in steps, and how many independent energies were seen after the burn-in."""
    if len(energy) < 4 or energy.std() == 0:
        return {"energy_autocorrelation_steps": math.nan, "energy_ess": math.nan}
    return {
        "energy_autocorrelation_steps": autocorrelation_time(energy) * log_every,
        "energy_ess": effective_sample_size(energy),
    }


def draw(cfg, bench, model, data, history, readings, burn_in, T, predictions) -> None:
    """The figures of a training run."""
    if history:
        bench.figure("training", figures.training(history, burn_in))
        bench.figure("thermometers", figures.thermometers(history, readings))
        if "temperature_dropout" in history and (history["dropout"] > 0).any():
            bench.figure(
                "dropout_temperature", figures.dropout_temperature(history["dropout"], history["temperature_dropout"])
            )
    layers = {name: p.detach().cpu().numpy().ravel() for name, p in model.named_parameters() if p.ndim > 1}
    decay = cfg.optimizer.weight_decay
    bench.figure("weights", figures.weights(layers, T / decay if decay > 0 and T > 0 else None))
    curves = {
        name: tuple(np.asarray(part.cpu()) for part in calibration.reliability(probability, data.test_y))
        for name, probability in predictions.items()
    }
    bench.figure("reliability", figures.reliability(curves))


def table(
    result: dict[str, Any], readings: dict[str, tuple[float, float]]
) -> tuple[str, tuple[str, ...], list[tuple[str, ...]]]:
    """The table that ends a run: last sample beside ensemble, then the temperatures."""
    rows = [
        ("test error", percent(result["test_error"]), percent(result["ensemble_test_error"])),
        ("test NLL (nats)", f"{result['test_nll']:.4f}", f"{result['ensemble_test_nll']:.4f}"),
        ("test ECE", percent(result["test_ece"]), percent(result["ensemble_test_ece"])),
    ]
    if result["validation_error"] is not None:
        rows.append(
            ("validation error", percent(result["validation_error"]), percent(result["ensemble_validation_error"]))
        )
    rows.append(("temperature set", f"{result['temperature_set']:.3g}", ""))
    for name, (value, error) in readings.items():
        shown = "-" if math.isnan(value) else f"{value:.3g} ± {error:.1g}"
        rows.append((name.replace("temperature_", "temperature, "), shown, ""))
    ess = result["energy_ess"]
    rows.append(("independent energies", f"{ess:.1f}" if ess == ess else "-", f"{result['ensemble_samples']} samples"))
    return "Training", ("", "last sample", "ensemble"), rows
