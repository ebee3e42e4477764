"""task=prune: a dense network is trained, loses weights until floor(weights / compression) are left, and is retrained.

Pruning follows a sparsity schedule; removed weights are held at exactly zero; dropout shrinks with the connections that
are left, p = p_0 sqrt(C / C_0). The test set is read once, at the end, for the dense and for the sparse network.
"""

from typing import Any

import torch
from omegaconf import DictConfig

from physlearn.ensemble import Sample, snapshot
from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.lab.build import build
from physlearn.models.dropout import dropout_layers, set_generator
from physlearn.pruning.codebook import Book, share, tie
from physlearn.pruning.masks import count, hold
from physlearn.pruning.regrowth import exchanged_fraction
from physlearn.pruning.teaching import taught
from physlearn.streams import stream
from physlearn.tasks.prune.report import Pruned, announce, report
from physlearn.tasks.prune.setup import (
    make_network,
    make_pruning,
    make_running,
    on_device,
    part_of,
    parts,
    seen,
)
from physlearn.tasks.prune.teachers import make_teachers
from physlearn.tasks.setup.make import make_augmentation, make_batches, make_data, make_likelihood, make_optimizer
from physlearn.tasks.setup.precision import make_autocast
from physlearn.tasks.setup.scores import first_score
from physlearn.tasks.setup.size import most_threads as most_threads  # which lab/ reads: threads=auto
from physlearn.tasks.setup.source import load_trained

BEFORE = {"sparse": "dense", "shared": "sparse"}  # each part of the run begins with the network of the one before it


def run(cfg: DictConfig, bench: BenchProtocol) -> dict[str, Any]:
    """Trains, prunes and retrains, lets the weights share values where asked; returns what result.json holds."""
    data = make_data(cfg, bench)
    augment = make_augmentation(cfg, data)
    batches = make_batches(cfg, len(data.train_y), bench)
    model = make_network(cfg, data, bench)
    trained, likelihood = load_trained(cfg, model, bench), make_likelihood(cfg, data)
    score = likelihood.SCORES[0]
    lengths = parts(cfg, trained, batches.per_epoch)
    pruning = make_pruning(cfg, model, lengths["sparse"])
    running, regrow, every = make_running(cfg, model), cfg.task.get("regrow", 0), cfg.task.prune_every
    teachers = make_teachers(cfg, data, bench)
    dropout, schedule = build("dropout", cfg.dropout), build("schedule", cfg.schedule)
    optimizer = make_optimizer(cfg, model, 0.0, bench)
    masks = stream(cfg.seed, "dropout", bench.device)
    set_generator(model, masks)
    rates = {"dense": 1.0, "sparse": cfg.task.retrain_rate, "shared": cfg.storage.get("rate")}
    networks: dict[str, Sample] = {}  # at the end of each part
    shown: dict[str, dict[str, Any]] = {}  # what the data told the criterion once and for all
    books: dict[str, Book] = {}
    losses = torch.zeros((), dtype=torch.float64, device=bench.device)  # their sum since the last line
    lr, log_every = cfg.optimizer.lr, cfg.task.log_every  # reading the config in the loop is slow
    dropouts, autocast = dropout_layers(model), make_autocast(cfg, bench)

    def loss_on(batch: torch.Tensor) -> torch.Tensor:
        return likelihood.energy(model(data.train_x[batch]), data.train_y[batch])

    def state() -> dict[str, Any]:
        return {
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict(),
            "networks": networks,
            "masks": pruning.masks,
            "shown": shown,
            "books": {name: vars(book) for name, book in books.items()},
            "losses": losses,
            "running": running.state() if running else None,
            "teachers": teachers,
            "dropout": masks.get_state(),
        }

    if saved := bench.restore():
        saved = on_device(saved, bench.device)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        networks, pruning.masks, shown = saved["networks"], saved["masks"], saved["shown"]
        books |= {name: Book(**book) for name, book in saved["books"].items()}
        losses.copy_(saved["losses"])
        if running:
            running.load(saved["running"])
        teachers = saved.get("teachers")
        masks.set_state(saved["dropout"].cpu())
    else:
        announce(cfg, bench, pruning, lengths, batches.per_epoch)

    model.train()
    for step in bench.steps(sum(lengths.values()), state, cfg.task.checkpoint_every):
        part, now = part_of(step, lengths)
        if now == 0 and (before := BEFORE.get(part)):  # the network is kept, what the optimizer remembers of it is not
            if trained or step > 0:
                networks[before] = snapshot(model)
            optimizer.state.clear()
        if part == "sparse":
            if now in pruning.plan:
                bench.demand_finite(step, weights=total(model))
                pruning.prune(now, optimizer, **seen(cfg, model, running, loss_on, batches, shown, now))
            if now % every == 0 and (fraction := exchanged_fraction(regrow, now, lengths["sparse"])):
                pruning.exchange(running.slope, fraction, optimizer)
            pruning.freeze(now)
        if part == "shared" and now == 0:
            pruning.freeze(-1)
            books |= share(model, pruning.masks, cfg.storage.bits)
        h = lr * rates[part] * schedule(now, lengths[part])
        p = dropout(now, lengths[part]) * pruning.dropout_factor()
        for group in optimizer.param_groups:
            group["lr"] = h
        for layer in dropouts:
            layer.rate = p
        batch = batches(step)

        def energy_gradient(step: int = step, batch: torch.Tensor = batch) -> torch.Tensor:
            optimizer.zero_grad()
            with autocast():
                output = model(augment(data.train_x[batch], step))
            loss = likelihood.energy(output.to(bench.dtype), data.train_y[batch])
            if teachers is not None and step >= lengths["dense"]:
                loss = taught(loss, output.to(bench.dtype), teachers[batch], cfg.task.teaching)
            loss.backward()
            if running:
                running.see()
            return loss

        loss = optimizer.step(energy_gradient)
        if part != "dense":
            hold(model, pruning.masks, optimizer)
        if part == "shared":
            tie(model, books)
        losses += loss.detach()

        if (step + 1) % log_every == 0:
            figures = {"loss": losses / log_every, "lr": h, "dropout": p, "weights_kept": count(pruning.masks)}
            losses.zero_()
            if data.validation_x is not None:
                figures |= {f"validation_{score}": first_score(likelihood, model, data.validation_x, data.validation_y)}
            bench.log(step + 1, **figures)

    bench.demand_finite(sum(lengths.values()), weights=total(model))
    networks = {"sparse": snapshot(model)} | networks
    return report(cfg, bench, Pruned(model, data, likelihood, pruning, networks, books, shown))


def total(model: torch.nn.Module) -> torch.Tensor:
    """sum |w|: not finite where any weight is not."""
    return sum(weight.detach().abs().sum() for weight in model.parameters())
