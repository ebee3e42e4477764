"""task=prune: a dense network is trained, loses weights until floor(weights / compression) are left, and is retrained.

Pruning follows a sparsity schedule; removed weights are held at exactly zero; dropout shrinks with the connections that
are left, p = p_0 sqrt(C / C_0). The test set is read once, at the end, for the dense and for the sparse network.
"""

from typing import Any

import torch
from omegaconf import DictConfig
from torch.nn import functional as F

from physlearn.data.batches import Batches
from physlearn.ensemble import probabilities, snapshot
from physlearn.instruments.calibration import error
from physlearn.lab.build import build
from physlearn.lab.errors import blame
from physlearn.lab.streams import stream, stream_seed
from physlearn.models.dropout import set_generator, set_rate
from physlearn.pruning.masks import count, hold
from physlearn.tasks.furnish import make_data, make_model, make_optimizer
from physlearn.tasks.prune_furnish import epochs, make_pruning, seen
from physlearn.tasks.prune_report import announce, report
from physlearn.tasks.prune_source import load_trained


def run(cfg: DictConfig, bench: Any) -> dict[str, Any]:
    """Trains, prunes, retrains; returns what result.json holds."""
    data = make_data(cfg, bench)
    examples = len(data.train_y)
    with blame("task.batch_size"):
        size = examples if cfg.task.batch_size == "full" else cfg.task.batch_size
        batches = Batches(examples, size, stream_seed(cfg.seed, "batches"), bench.device)
    model = make_model(cfg, data, bench)
    trained = load_trained(cfg, model, bench)
    dense = 0 if trained else epochs(cfg.task.dense_epochs, 20, 2500, batches.per_epoch) * batches.per_epoch
    sparse = epochs(cfg.task.epochs, 40, 5000, batches.per_epoch) * batches.per_epoch
    pruning = make_pruning(cfg, model, sparse)
    dropout, schedule = build("dropout", cfg.dropout), build("schedule", cfg.schedule)
    optimizer = make_optimizer(cfg, model, 0.0, bench)
    masks = stream(cfg.seed, "dropout", bench.device)
    set_generator(model, masks)
    kept_dense: dict[str, torch.Tensor] = {}  # the dense network, as it was before the first weight went
    shown: dict[str, dict[str, float]] = {}  # what the data told the criterion once and for all
    window = torch.zeros(2, dtype=torch.float64, device=bench.device)  # sum of the losses since the last line, count

    def loss_on(batch: torch.Tensor) -> torch.Tensor:
        return F.cross_entropy(model(data.train_x[batch]), data.train_y[batch])

    def state() -> dict[str, Any]:
        return {
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict(),
            "dense": kept_dense,
            "masks": pruning.masks,
            "shown": shown,
            "window": window,
            "dropout": masks.get_state(),
        }

    if saved := bench.restore():
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        kept_dense |= {name: tensor.to(bench.device) for name, tensor in saved["dense"].items()}
        pruning.masks = {name: mask.to(bench.device) for name, mask in saved["masks"].items()}
        shown |= saved["shown"]
        window.copy_(saved["window"])
        masks.set_state(saved["dropout"])
    else:
        announce(cfg, bench, pruning, dense, sparse, batches.per_epoch)

    model.train()
    for step in bench.steps(dense + sparse, state, cfg.task.checkpoint_every):
        now = step - dense  # below 0 the network is dense
        if now < 0:
            h, p = cfg.optimizer.lr * schedule(step, dense), dropout(step, dense)
        else:
            if now == 0:
                kept_dense |= snapshot(model)
                optimizer.state.clear()
            if now in pruning.plan:
                pruning.prune(now, optimizer, **seen(cfg, model, loss_on, batches, shown, now))
            pruning.freeze(now)
            h = cfg.optimizer.lr * cfg.task.retrain_rate * schedule(now, sparse)
            p = dropout(now, sparse) * pruning.dropout_factor()
        for group in optimizer.param_groups:
            group["lr"] = h
        set_rate(model, p)
        batch = batches(step)

        def energy_gradient(batch: torch.Tensor = batch) -> torch.Tensor:
            optimizer.zero_grad()
            loss = loss_on(batch)
            loss.backward()
            return loss

        loss = optimizer.step(energy_gradient)
        if now >= 0:
            hold(model, pruning.masks, optimizer)
        window += torch.stack([loss.detach().double(), torch.ones_like(loss, dtype=torch.float64)])

        if (step + 1) % cfg.task.log_every == 0:
            figures = {"loss": window[0] / window[1], "lr": h, "dropout": p, "weights_kept": count(pruning.masks)}
            window.zero_()
            if data.validation_x is not None:
                figures["validation_error"] = error(probabilities(model, data.validation_x), data.validation_y)
            bench.log(step + 1, **figures)

    bench.demand_finite(dense + sparse, loss=window[0], weights=sum(w.detach().abs().sum() for w in model.parameters()))
    return report(cfg, bench, model, data, pruning, kept_dense if dense or trained else None)
