"""task=train: a network moves under an equation of motion at a temperature while its dropout rate is annealed.

    dW = -grad E(W) dt + sqrt(2 T) dB,      E(W) = (1/N) sum_i loss_i(W) + (weight_decay / 2) |W|^2

After the burn-in, samples of the weights are kept, and the test set is predicted with their average.
"""

import math
from functools import partial
from typing import Any

import torch
from omegaconf import DictConfig
from torch.nn import functional as F

from physlearn.data.batches import Batches
from physlearn.data.dataset import Dataset
from physlearn.dynamics.momenta import MomentumOptimizer
from physlearn.ensemble import probabilities, sample_steps, snapshot
from physlearn.instruments.calibration import error
from physlearn.instruments.probe import noise_step, read_thermometers
from physlearn.lab.build import build
from physlearn.lab.errors import UserError, blame
from physlearn.models.dropout import dropout_layers, set_generator
from physlearn.streams import stream, stream_seed
from physlearn.tasks.furnish import is_thermal, make_data, make_model, make_optimizer, make_temperature
from physlearn.tasks.train_report import announce, report


def run(cfg: DictConfig, bench: Any) -> dict[str, Any]:
    """Trains, samples, predicts; returns what result.json holds."""
    data = make_data(cfg, bench)
    examples = len(data.train_y)
    with blame("task.batch_size"):
        batches = Batches(examples, batch_size(cfg, examples), stream_seed(cfg.seed, "batches"), bench.device)
    model = make_model(cfg, data, bench)
    steps = epochs(cfg, batches.per_epoch) * batches.per_epoch
    temperature = make_temperature(cfg.temperature, examples)
    dropout = build("dropout", cfg.dropout)
    schedule = build("schedule", cfg.schedule)
    optimizer = make_optimizer(cfg, model, temperature(0, steps), bench)
    with blame("ensemble"):
        keep_after = set(sample_steps(steps, cfg.ensemble.burn_in, cfg.ensemble.keep, batches.per_epoch))

    masks = stream(cfg.seed, "dropout", bench.device)
    set_generator(model, masks)
    dropouts = dropout_layers(model)
    probe = {"batches": stream(cfg.seed, "probe batches"), "masks": stream(cfg.seed, "probe masks", bench.device)}
    samples: list[dict[str, torch.Tensor]] = []
    lr, log_every, thermal = cfg.optimizer.lr, cfg.task.log_every, is_thermal(cfg)  # reading a config takes its time
    losses = torch.zeros((), dtype=torch.float64, device=bench.device)  # their sum since the last line

    def loss_on(model: torch.nn.Module, batch: torch.Tensor) -> torch.Tensor:
        return F.cross_entropy(model(data.train_x[batch]), data.train_y[batch])

    def thermometers() -> dict[str, float]:
        fresh, decay = partial(batches.fresh, probe["batches"]), cfg.optimizer.weight_decay
        readings = read_thermometers(model, loss_on, fresh, probe["masks"], masks, noise_step(optimizer), decay)
        if isinstance(optimizer, MomentumOptimizer) and optimizer.state:  # no momenta before the first step
            readings["temperature_kinetic"] = float(optimizer.kinetic_temperature())
        return readings

    def state() -> dict[str, Any]:
        generators = {name: generator.get_state() for name, generator in (probe | {"dropout": masks}).items()}
        return {
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict(),
            "samples": samples,
            "losses": losses,
            "generators": generators,
        }

    if saved := bench.restore():
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        samples += [{name: tensor.to(bench.device) for name, tensor in sample.items()} for sample in saved["samples"]]
        losses.copy_(saved["losses"])
        for name, generator in (probe | {"dropout": masks}).items():  # last: what stands above may draw
            generator.set_state(saved["generators"][name])
    else:
        announce(cfg, bench, model, examples, steps, temperature(steps, steps), thermometers())

    model.train()
    for step in bench.steps(steps, state, cfg.task.checkpoint_every):
        h, T, p = lr * schedule(step, steps), temperature(step, steps), dropout(step, steps)
        for group in optimizer.param_groups:
            group["lr"] = h
            if thermal:
                group["temperature"] = T
        for layer in dropouts:
            layer.rate = p
        batch = batches(step)

        def energy_gradient(batch: torch.Tensor = batch) -> torch.Tensor:
            optimizer.zero_grad()
            loss = loss_on(model, batch)
            loss.backward()
            return loss

        loss = optimizer.step(energy_gradient)
        losses += loss.detach()

        if step + 1 in keep_after:
            samples.append(snapshot(model))
        if (step + 1) % log_every == 0:
            energy = losses / log_every + prior_energy(model, cfg.optimizer.weight_decay)
            losses.zero_()
            figures = {"energy": energy, "lr": h, "temperature": T if thermal else 0.0, "dropout": p}
            if data.validation_x is not None:
                figures["validation_error"] = validation_error(model, data)
            bench.log(step + 1, **figures, **thermometers())

    bench.demand_finite(steps, energy=losses, weights=prior_energy(model, 1.0))
    return report(
        cfg,
        bench,
        model,
        data,
        samples,
        min(keep_after),
        steps,
        temperature(steps - 1, steps) if thermal else 0.0,
    )


def epochs(cfg: DictConfig, per_epoch: int) -> int:
    """`task.epochs`; auto is 64, and as many more as make 10,000 steps: small data need time as well."""
    return max(64, math.ceil(10_000 / per_epoch)) if cfg.task.epochs == "auto" else cfg.task.epochs


def batch_size(cfg: DictConfig, examples: int) -> int:
    """`task.batch_size`; full is all training examples. Metropolis steps need the exact energy, and so that.

    Raises:
        UserError: a Metropolis-adjusted equation of motion on minibatches or with dropout.
    """
    full = cfg.task.batch_size == "full"
    if str(cfg.optimizer._target_).endswith(".MALA") and (not full or not str(cfg.dropout._target_).endswith(".off")):
        raise UserError("optimizer=mala accepts by the exact energy: type task.batch_size=full dropout=none with it")
    return examples if full else cfg.task.batch_size


def prior_energy(model: torch.nn.Module, weight_decay: float) -> torch.Tensor:
    """(weight_decay / 2) |W|^2."""
    return weight_decay / 2 * sum(p.detach().double().square().sum() for p in model.parameters())


def validation_error(model: torch.nn.Module, data: Dataset) -> float:
    return error(probabilities(model, data.validation_x), data.validation_y)
