"""What task=train says before its first step, and what it reads off after its last."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from omegaconf import DictConfig
from torch import nn
from torch.optim import Optimizer

from physlearn.data.augment import Augmentation
from physlearn.data.dataset import Dataset
from physlearn.ensemble import Sample, outputs, outputs_of
from physlearn.instruments import figures, thermometer_figures
from physlearn.instruments.agreement import Agreement, agreement, stationary_mean
from physlearn.instruments.notation import plus_minus
from physlearn.instruments.rounding import rounding_warning
from physlearn.instruments.statistics import autocorrelation_time, effective_sample_size
from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.lab.build import name_of
from physlearn.lab.metrics import read_metrics
from physlearn.likelihoods import Likelihood
from physlearn.priors import layer_of
from physlearn.pruning.kept import half_bytes, unpruned
from physlearn.pruning.masks import Masks, count
from physlearn.pruning.storage import pack
from physlearn.tasks.setup.scores import WORDS, first_score, words
from physlearn.tasks.train.plan import Plan
from physlearn.thermodynamics import figures as books_figures
from physlearn.thermodynamics.ledger import COLUMNS, ledger_of

Result = dict[str, Any]


def announce(cfg: DictConfig, bench: BenchProtocol, model: nn.Module, plan: Plan, initial: dict[str, Any]) -> None:
    """Says once, in plain words, what is about to be sampled, or why nothing will be."""
    parameters, h, N = sum(p.numel() for p in model.parameters()), cfg.optimizer.lr, plan.examples
    bench.say(f"{name(cfg.model)}, {parameters:,} parameters, {N:,} training examples.")
    if words := Augmentation(cfg.task.get("shift", 0), cfg.task.get("flip", False)).words():
        bench.say(f"Each time that a training image is used it is {words}.")
    bench.say(prior_words(plan))
    if not plan.thermal:
        bench.say(f"{name(cfg.optimizer)} minimises E, there is no temperature (T = 0); h = lr = {h:g}.")
    elif plan.temperature == 0:
        bench.say(f"T = 0: no thermal noise, the motion is gradient descent; h = lr = {h:g}.")
    elif plan.samples:
        calm = max(plan.settled.values(), default=0)
        constant = f"temperature, dropout and step are constant from step {calm:,} on" if calm else "all is constant"
        bench.say(f"Burn-in: {plan.first:,} of {plan.steps:,} steps; {constant}.")
        bench.say(
            f"Then sampling exp(-E/T) at T = {plan.temperature:.3g} nats per example, {plan.temperature * N:.3g} times "
            f"the posterior temperature 1/N = {1 / N:.3g}; h = lr = {h:g}."
        )
        if plan.relaxation is not None:
            bench.say(f"Weights not constrained by the data relax in {plan.relaxation:,.0f} steps.")
    else:
        bench.say(f"Annealed SGD at T = {plan.temperature:.3g}, h = lr = {h:g}; exp(-E/T) is not sampled:")
        for reason in plan.reasons:
            bench.say(f"- {reason}.")
    heat, T = initial.get("temperature_minibatch", 0.0), plan.temperature
    if heat:
        bound = "h tr C / 2d" if plan.thermal else "at most, h tr C / 2d(1 - momentum): epochs are reshuffled"
        bench.say(f"At initialisation, minibatch noise raises T by {heat:.2g} ({bound}).")
        if plan.samples and heat > T:
            bench.say(
                f"That is {heat / T:.2g} times the temperature you set; unless it falls during training you will "
                "sample too hot: lower optimizer.lr or raise task.batch_size."
            )
    if plan.thermal and T > 0 and (words := rounding_warning(model, h, T, min(plan.decay.values()))):
        bench.say(words)


def prior_words(plan: Plan) -> str:
    """The prior in one sentence: family, variances and lambda of the layers."""
    decay = ", ".join(f"{layer} {value:.3g}" for layer, value in plan.decay.items())
    if plan.prior is None:
        return f"Prior: lambda = {next(iter(plan.decay.values())):.3g} (optimizer.weight_decay), variance T/lambda."
    variances = ", ".join(f"{layer} {value:.3g}" for layer, value in variances_of(plan).items())
    return f"Prior: Gaussian, variance {variances}; family {plan.prior.family}, lambda {decay}."


def variances_of(plan: Plan) -> dict[str, float]:
    """Layer -> sigma^2 of a prior that was chosen."""
    return {layer_of(parameter): value for parameter, value in plan.prior.variances.items()}


def name(group: DictConfig) -> str:
    """The class that a group builds."""
    return name_of(group)


@dataclass(frozen=True)
class Trained:
    """What a run leaves to be reported.

    Args:
        model: with its last weights.
        data: on which it is read.
        likelihood: of the targets.
        samples: the weights that were kept.
        plan: what the run was to sample.
        optimizer: its equation of motion, with what the optimizer remembers.
        log_every: steps between two lines of metrics.
        masks: of a pruned network whose kept weights moved, else None.
    """

    model: nn.Module
    data: Dataset
    likelihood: Likelihood
    samples: list[Sample]
    plan: Plan
    optimizer: Optimizer
    log_every: int
    masks: Masks | None = None


def report(cfg: DictConfig, bench: BenchProtocol, trained: Trained) -> Result:
    """Reads the test set, once (never with task.test=false); draws; returns what result.json holds."""
    model, data, likelihood, plan = trained.model, trained.data, trained.likelihood, trained.plan
    lines = read_metrics(bench.directory / "metrics.jsonl")
    names = lines[-1].keys() if lines else ()
    history = {key: np.array([line[key] for line in lines], dtype=float) for key in names}
    after = {key: values[history["step"] > plan.first] for key, values in history.items()}

    sets = {"test": (data.test_x, data.test_y)} if cfg.task.test else {}
    if data.validation_x is not None:
        sets["validation"] = (data.validation_x, data.validation_y)
    predictions = {key: (*predicted(trained, x), y) for key, (x, y) in sets.items()}
    result: Result = {"test_read": cfg.task.test}
    result |= {f"{key}_examples": len(sets[key][1]) if key in sets else None for key in ("test", "validation")}
    for key in ("test", "validation"):
        for i, kind in enumerate((key, f"ensemble_{key}")):
            found = likelihood.scores(predictions[key][i], sets[key][1]) if key in sets else {}
            result |= {f"{kind}_{score}": found.get(score) for score in likelihood.SCORES}
    for key in list(sets)[-1:]:  # the validation set, where there is one
        if words := likelihood.misfit(likelihood.scores(predictions[key][1], sets[key][1]), len(sets[key][1])):
            bench.say(f"{key.capitalize()} set, ensemble: {words}")
    result |= {
        "parameters": sum(p.numel() for p in model.parameters()),
        "examples": plan.examples,
        "steps": plan.steps,
        "ensemble_samples": len(trained.samples),
        "temperature_set": plan.temperature,
        "temperature_posterior": 1 / plan.examples,
        "energy": lines[-1]["energy"] if lines else None,
        f"train_{likelihood.SCORES[0]}": first_score(likelihood, model, data.train_x, data.train_y),
        "prior_family": plan.prior.family if plan.prior else None,
        "prior_variance": list(variances_of(plan).values()) if plan.prior else None,
        "weight_decay": list(plan.decay.values()),
    }
    readings = {key: stationary_mean(series) for key, series in after.items() if key.startswith("temperature_")}
    for key in ("temperature_configurational", "temperature_minibatch", "temperature_dropout"):
        result[key], result[f"{key}_se"] = readings.get(key, (None, None))
    for key, (value, error) in readings.items():
        result |= {key: value, f"{key}_se": error}
    result |= memory(after.get("energy", np.array([])), trained.log_every)
    agreed = agreement(trained.optimizer, after) if plan.temperature > 0 else None
    result |= verdict(bench, plan, agreed)
    if trained.masks:
        result |= sizes(bench, trained, sets)
    if books := ledger_of(trained.optimizer):
        result |= books.readings() | {"ledger_first_law_defect": float(books.first_law().abs().max())}

    draw(bench, trained, history, readings, agreed, predictions)
    bench.summary(*table(result, readings, plan, agreed, likelihood.SCORES))
    return result


def sizes(bench: BenchProtocol, trained: Trained, sets: dict[str, Any]) -> Result:
    """Bytes and scores of the ensembles of 1, 2, 4, ... samples of a pruned network, the last one at its end."""
    model, samples, masks = trained.model, trained.samples, trained.masks
    one = len(pack(unpruned(model), masks, "float16"))
    counts = sorted({min(2**k, len(samples)) for k in range(len(samples).bit_length() + 1)})
    result: Result = {"weights_kept": count(masks), "weights": sum(mask.numel() for mask in masks.values())}
    result["ensemble_sizes"] = counts
    result["ensemble_bytes"] = [half_bytes(masks, one, samples[:k])[-1] for k in counts]
    for key, (x, y) in sets.items():
        each = list(outputs_of(model, samples, x))
        for score in trained.likelihood.SCORES:
            result[f"ensemble_{key}_{score}s"] = [
                trained.likelihood.scores(trained.likelihood.predict(spaced(each, k)), y)[score] for k in counts
            ]
    return result


def spaced(values: list[Any], k: int) -> list[Any]:
    """k of the values, evenly spaced, the last one among them."""
    return [values[(i + 1) * len(values) // k - 1] for i in range(k)]


def predicted(trained: Trained, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """What the last sample alone predicts, and what the ensemble does."""
    model, likelihood = trained.model, trained.likelihood
    return likelihood.predict([outputs(model, x)]), likelihood.predict(outputs_of(model, trained.samples, x))


def memory(energy: np.ndarray, log_every: int) -> dict[str, float | None]:
    """Autocorrelation time of the energy in steps and its effective sample size; None for a series with a trend."""
    _, error = stationary_mean(energy)
    if error is None or len(energy) < 4 or energy.std() == 0:
        return {"energy_autocorrelation_steps": None, "energy_ess": None}
    return {
        "energy_autocorrelation_steps": autocorrelation_time(energy) * log_every,
        "energy_ess": effective_sample_size(energy),
    }


def verdict(bench: BenchProtocol, plan: Plan, agreed: Agreement | None) -> Result:
    """What the thermometers say of the law that was sampled, in result.json and in a sentence."""
    layers = list(plan.decay)
    result: Result = {"layers": layers, "sampled": bool(plan.samples and agreed and agreed.holds)}
    if agreed is None:
        return result
    result |= {
        "layers_temperature": agreed.measured,
        "layers_temperature_predicted": agreed.predicted,
        "layers_ratio": agreed.ratio,
        "layers_ratio_se": agreed.error,
        "layers_z": agreed.z,
    }
    if not plan.samples:
        return result
    added = ", ".join(
        f"{100 * (predicted / plan.temperature - 1):.1f} % in {layer}"
        for layer, predicted in zip(layers, agreed.predicted, strict=True)
    )
    if agreed.holds:
        bench.say(
            f"Sampled exp(-E/T) at T = {plan.temperature:.3g}: in every layer measured and predicted temperature agree "
            f"within 3 standard errors plus 1 %. Gradient noise and the finite step raise T by {added}."
        )
    else:
        wrong = [f"{layer} {agreed.words(i)}" for i, layer in enumerate(layers) if not agreed.within(i)]
        bench.say(f"Not the law that was set: measured / predicted temperature {', '.join(wrong)}.")
    return result


def draw(
    bench: BenchProtocol,
    trained: Trained,
    history: dict[str, np.ndarray],
    readings: dict[str, Any],
    agreed: Agreement | None,
    predictions: dict[str, Any],
) -> None:
    """The figures of a training run."""
    model, plan = trained.model, trained.plan
    if history:
        bench.figure("training", figures.training(history, plan.first))
        if "ledger_work" in history:
            bench.figure("ledger", books_figures.ledger(history))
        if "temperature_configurational" in history:
            ratios = (list(plan.decay), agreed.ratio, agreed.error) if agreed else None
            bench.figure("thermometers", thermometer_figures.thermometers(history, readings, ratios))
        if "temperature_dropout" in history and (history["dropout"] > 0).any():
            masks = thermometer_figures.dropout_temperature(history["dropout"], history["temperature_dropout"])
            bench.figure("dropout_temperature", masks)
    matrix = {name: p for name, p in model.named_parameters() if p.ndim > 1 or name in (trained.masks or {})}
    layers = {layer_of(name): p.detach().cpu().numpy().ravel() for name, p in matrix.items()}
    T, lit = plan.temperature, plan.temperature > 0 and min(plan.decay.values()) > 0
    prior = {layer: T / plan.decay[layer] for layer in layers} if lit else None
    bench.figure("weights", figures.weights(layers, prior))
    if predictions:
        last, mean, labels = next(iter(predictions.values()))
        for name, drawn in trained.likelihood.figures({"last sample": last, "ensemble": mean}, labels).items():
            bench.figure(name, drawn)


def table(
    result: Result,
    readings: dict[str, tuple[float, float | None]],
    plan: Plan,
    agreed: Agreement | None,
    scores: tuple[str, ...],
) -> tuple[str, tuple[str, ...], list[tuple[str, ...]]]:
    """The table that ends a run: last sample beside ensemble, then the temperatures."""
    rows = []
    for key in ("test", "validation"):
        if (examples := result[f"{key}_examples"]) is None:
            continue
        for score in scores:
            values = [result[f"{kind}{key}_{score}"] for kind in ("", "ensemble_")]
            rows.append((f"{key} {WORDS[score]}", *(words(score, value, examples) for value in values)))
    rows.append(("temperature set", f"{plan.temperature:.4g}", ""))
    for key, (value, error) in readings.items():
        rows.append((key.replace("temperature_", "temperature, "), plus_minus(value, error), ""))
    if agreed:
        for i, layer in enumerate(plan.decay):
            rows.append((f"{layer}: measured / predicted", agreed.words(i), ""))
    units = {"entropy": "nats, to the bath", "exponent": "sum of u and s", "heat": "nats per example, absorbed"}
    for column in COLUMNS if "ledger_work" in result else ():
        shown = f"{result[f'ledger_{column}']:.6g}"
        rows.append((f"ledger, {column.replace('_', ' ')}", shown, units.get(column, "nats per example")))
    ess = result["energy_ess"]
    shown = "-" if ess is None or math.isnan(ess) else f"{ess:.0f}"
    rows.append(("effective sample size (energy)", shown, f"{result['ensemble_samples']} samples"))
    return "Training", ("", "last sample", "ensemble"), rows
