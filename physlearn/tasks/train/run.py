"""task=train: a network moves under an equation of motion; its dropout is annealed, then its weights are sampled.

    dW = -grad E(W) dt + sqrt(2 T) dB,      E(W) = -(1/N) sum_i ln p(y_i | x_i, W) + sum_w (lambda_w / 2) w^2

The burn-in ends when dropout, temperature and step stand still; from then on samples of the weights are kept, and the
test set is predicted with their average.
"""

import math
from functools import partial
from typing import Any

import torch
from omegaconf import DictConfig

from physlearn.dynamics.momenta import MomentumOptimizer
from physlearn.dynamics.thermal import ThermalOptimizer
from physlearn.ensemble import burn_in_steps, sample_steps, snapshot
from physlearn.instruments.probe import noise_step, read_noise
from physlearn.instruments.virial import Virial
from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.lab.build import build
from physlearn.lab.errors import UserError, blame
from physlearn.models.dropout import dropout_layers, set_generator
from physlearn.models.layers import normalised_layers
from physlearn.priors import Prior
from physlearn.pruning.kept import keep_only
from physlearn.streams import stream
from physlearn.tasks.setup.books import keep_books
from physlearn.tasks.setup.make import (
    is_thermal,
    make_augmentation,
    make_batches,
    make_data,
    make_decay,
    make_likelihood,
    make_model,
    make_optimizer,
    make_prior,
    make_temperature,
)
from physlearn.tasks.setup.precision import is_coarse, make_autocast, refuse_coarse_forces
from physlearn.tasks.setup.scores import first_score
from physlearn.tasks.setup.size import most_threads as most_threads  # which lab/ reads: threads=auto
from physlearn.tasks.setup.source import load_pruned, load_trained
from physlearn.tasks.train.plan import make_plan, relaxation_steps
from physlearn.tasks.train.report import Trained, announce, report
from physlearn.tasks.train.selection import Selection

LAST = 10**6  # a step at which every schedule has the value that it ends with


def run(cfg: DictConfig, bench: BenchProtocol) -> dict[str, Any]:
    """Trains, samples, predicts; returns what result.json holds."""
    data = make_data(cfg, bench)
    augment = make_augmentation(cfg, data)
    examples = len(data.train_y)
    batches = make_batches(cfg, examples, bench)
    model = make_model(cfg, data, bench)
    if is_coarse(cfg):  # convolutions in bfloat16 are fast in this layout only
        model.to(memory_format=torch.channels_last)
    masks = load_pruned(cfg, model, bench) if cfg.task.get("sparse", False) else None
    trained, likelihood = bool(masks) or load_trained(cfg, model, bench), make_likelihood(cfg, data)
    score = likelihood.SCORES[0]  # how wrong it is
    temperature, dropout = make_temperature(cfg.temperature, examples), build("dropout", cfg.dropout)
    schedule = build("schedule", cfg.schedule)
    coldest = temperature(LAST, LAST + 1) if is_thermal(cfg) else 0.0  # at which samples are taken
    prior = make_prior(cfg, model, coldest, examples)
    decay = make_decay(cfg, model, prior, coldest, examples)
    if masks:  # from here on the parameters are the weights that were kept
        keep_only(model, masks)
    optimizer = build("wrapper", cfg.wrapper, make_optimizer(cfg, model, temperature(0, LAST), bench, decay))
    steps = batches.per_epoch * epochs(cfg, batches.per_epoch, relaxation_steps(optimizer, decay))
    thermal = isinstance(optimizer, ThermalOptimizer)
    refuse_noise_where_energies_are_exact(cfg, optimizer, batches.batch_size, examples, dropout, steps)
    refuse_coarse_forces(cfg)
    autocast = make_autocast(cfg, bench)
    with blame("ensemble"):
        first = burn_in_steps(steps, cfg.ensemble.burn_in, batches.per_epoch)
        keep_after = set(sample_steps(steps, cfg.ensemble.burn_in, cfg.ensemble.keep, batches.per_epoch))
    schedules = {"temperature": temperature, "dropout rate": dropout, "step": schedule}
    begin, normalised = draws(cfg, prior, trained), normalised_layers(model)
    plan = make_plan(schedules, steps, first, optimizer, decay, prior, examples, begin, normalised)
    if plan.drawn:
        prior.draw(model, stream(cfg.seed, "prior"))

    mask_stream, drawn = stream(cfg.seed, "dropout", bench.device), stream(cfg.seed, "fresh batches")
    set_generator(model, mask_stream)
    dropouts = dropout_layers(model)
    probe = {"batches": stream(cfg.seed, "probe batches"), "masks": stream(cfg.seed, "probe masks", bench.device)}
    generators = probe | {"dropout": mask_stream, "fresh": drawn}
    full = batches.batch_size == examples and not augment  # E is the same function at every step
    books = keep_books(bench, optimizer, steps, temperature, dropout, full, mask_stream)
    virial = Virial(model, decay)
    samples: list[dict[str, torch.Tensor]] = []
    selection = Selection(cfg.task.get("select", "last"), data, likelihood, cfg.task.test)
    lr, log_every = cfg.optimizer.lr, lines_every(cfg, steps)  # reading the config in the loop is slow
    losses = torch.zeros((), dtype=torch.float64, device=bench.device)  # their sum since the last line

    def loss_on(model: torch.nn.Module, batch: torch.Tensor) -> torch.Tensor:
        return likelihood.energy(model(data.train_x[batch]), data.train_y[batch])

    def energy_gradient(step: int, batch: torch.Tensor) -> torch.Tensor:
        optimizer.zero_grad()
        with autocast():
            output = model(augment(data.train_x[batch], step))
        loss = likelihood.energy(output.to(bench.dtype), data.train_y[batch])
        loss.backward()
        virial.read(step)
        return loss

    def thermometers() -> dict[str, Any]:
        """What a line of metrics holds of temperatures: of all weights, and by layer."""
        layers, squares = virial.take()
        readings = {"temperature_configurational": virial.whole(layers), "layers_configurational": layers}
        readings = readings | {"layers_force": squares} if not math.isnan(layers[0]) else {}
        if (s := noise_step(optimizer)) is not None:
            fresh = partial(batches.fresh, probe["batches"])
            noise = read_noise(model, loss_on, fresh, probe["masks"], mask_stream, s)
            minibatch, dropped = noise.whole(virial.dimensions)
            readings |= {"temperature_minibatch": minibatch, "temperature_dropout": dropped}
            readings |= {"layers_minibatch": noise.minibatch, "layers_dropout": noise.masks}
        if isinstance(optimizer, MomentumOptimizer) and optimizer.state:  # no momenta before the first step
            readings["temperature_kinetic"] = float(optimizer.kinetic_temperature())
        return readings

    def state() -> dict[str, Any]:
        return {
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict(),
            "samples": samples,
            "masks": masks,
            "selected": selection.best,
            "losses": losses,
            "virial": virial.state_dict(),
            "generators": {name: generator.get_state() for name, generator in generators.items()},
        }

    if saved := bench.restore():
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        samples += [{name: tensor.to(bench.device) for name, tensor in sample.items()} for sample in saved["samples"]]
        losses.copy_(saved["losses"])
        virial.load_state_dict(saved["virial"])
        selection.restored(saved.get("selected", {}), bench.device)
        for name, generator in generators.items():  # last: what stands above may draw
            generator.set_state(saved["generators"][name])
    else:
        announce(cfg, bench, model, plan, thermometers())

    model.train()
    for step in bench.steps(steps, state, cfg.task.checkpoint_every):
        h, T, p = lr * schedule(step, steps), temperature(step, steps), dropout(step, steps)
        for group in optimizer.param_groups:
            group["lr"] = h
            if thermal:
                group["temperature"] = T
        for layer in dropouts:
            layer.rate = p
        if step == first and thermal:
            optimizer.settle()
        # the thermal laws are those of noise independent from step to step, which reshuffled epochs anticorrelate
        batch = batches.fresh(drawn) if thermal else batches(step)

        loss = optimizer.step(partial(energy_gradient, step, batch))
        losses += loss.detach()

        if step + 1 in keep_after:
            samples.append(snapshot(model))
        if (step + 1) % log_every == 0:
            energy = losses / log_every + prior_energy(model, decay)
            losses.zero_()
            values = {"energy": energy, "lr": h, "temperature": T if thermal else 0.0, "dropout": p}
            if data.validation_x is not None:
                values[f"validation_{score}"] = first_score(likelihood, model, data.validation_x, data.validation_y)
            values |= selection.read(step + 1, model, values)
            bench.log(step + 1, **values, **thermometers(), **(books.readings() if books else {}))

    if books:
        books.close(partial(energy_gradient, steps, torch.arange(examples, device=bench.device)))
    bench.demand_finite(steps, energy=losses, weights=prior_energy(model, dict.fromkeys(decay, 1.0)))
    chosen = selection.take(model, cfg.task.test)
    if words := selection.words():
        bench.say(words)
    return chosen | report(cfg, bench, Trained(model, data, likelihood, samples, plan, optimizer, log_every, masks))


def epochs(cfg: DictConfig, per_epoch: int, relaxation: float | None) -> int:
    """`task.epochs`; auto is 64, more for 20,000 steps or for 4.4 relaxation times (at most 200 for those).

    Small data need as many steps as large ones, and samples a run that is long beside 1/(h lambda).
    """
    if cfg.task.epochs != "auto":
        return cfg.task.epochs
    slow = min(200, math.ceil(4.4 * (relaxation or 0.0) / per_epoch)) if relaxation != math.inf else 0
    return max(64, math.ceil(20_000 / per_epoch), slow)


def draws(cfg: DictConfig, prior: Prior | None, trained: bool) -> bool | str:
    """Whether the initial weights are drawn from the prior: never where they were trained before."""
    if prior is None or not trained:
        return cfg.prior.draw if prior else False
    if cfg.prior.draw is True:
        raise UserError("prior.draw=true would replace the weights of from or weights: leave one of the two out")
    return False


def lines_every(cfg: DictConfig, steps: int) -> int:
    """`task.log_every`; auto makes 200 lines of metrics per run."""
    return max(1, steps // 200) if cfg.task.log_every == "auto" else cfg.task.log_every


def refuse_noise_where_energies_are_exact(
    cfg: DictConfig, optimizer: torch.optim.Optimizer, size: int, examples: int, dropout: Any, steps: int
) -> None:
    """Metropolis steps accept by the energy of all training examples, without masks, images as they are.

    Raises:
        UserError: a Metropolis-adjusted equation of motion on minibatches, with dropout or with augmented images.
    """
    if getattr(optimizer, "exact_energy", False):
        dropped = any(dropout(step, steps) > 0 for step in range(steps))
        if size < examples or dropped or cfg.task.get("shift", 0) or cfg.task.get("flip", False):
            raise UserError(
                "optimizer=mala accepts by the exact energy: type task.batch_size=full dropout=none task.shift=0 "
                "task.flip=false"
            )


def prior_energy(model: torch.nn.Module, decay: dict[str, float]) -> torch.Tensor:
    """sum_w (lambda_w / 2) w^2, lambda by the names of the parameters."""
    return sum(decay[name] / 2 * p.detach().double().square().sum() for name, p in model.named_parameters())
