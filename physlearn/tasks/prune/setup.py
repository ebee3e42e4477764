"""From the config of task=prune to its length, its plan, and what its criterion looks at."""

import math
from collections.abc import Callable
from typing import Any

import torch
from omegaconf import DictConfig, OmegaConf
from torch import Tensor, nn

from physlearn.data.batches import Batches
from physlearn.data.dataset import Dataset
from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.lab.build import build, chosen
from physlearn.lab.errors import UserError, blame
from physlearn.pruning.criteria import Seen, kept_of
from physlearn.pruning.masks import prunable
from physlearn.pruning.pipeline import Pruning, alternating, events, pruned_layers
from physlearn.pruning.running import Running
from physlearn.pruning.sensitivity import importance, scan, thresholds
from physlearn.randomness import untouched
from physlearn.streams import stream, stream_seed
from physlearn.tasks.setup.make import make_model

LOOKED_AT = 10  # minibatches that a criterion is shown


def epochs(wanted: int | str, usual: int, steps: int, per_epoch: int) -> int:
    """What is typed; auto is the usual number, and as many more as make enough steps: small data need time as well."""
    return max(usual, math.ceil(steps / per_epoch)) if wanted == "auto" else wanted


def parts(cfg: DictConfig, trained: bool, per_epoch: int) -> dict[str, int]:
    """Steps of each part of the run, in their order: the dense network, the one that is pruned, shared values."""
    dense = 0 if trained else epochs(cfg.task.dense_epochs, 20, 2500, per_epoch)
    sparse = epochs(cfg.task.epochs, 40, 5000, per_epoch)
    shared = cfg.storage.epochs if cfg.storage.kind == "codebook" else 0  # a preset's epochs may stand beside float32
    lengths = {"dense": dense, "sparse": sparse, "shared": shared}
    return {part: number * per_epoch for part, number in lengths.items()}


def part_of(step: int, lengths: dict[str, int]) -> tuple[str, int]:
    """The part of the run that a step belongs to, and its number in that part."""
    for part, steps in lengths.items():
        if step < steps:
            return part, step
        step -= steps
    raise IndexError(f"step {step} is beyond the run")


def on_device(state: Any, device: torch.device) -> Any:
    """A nest of dicts and lists with its tensors on a device; parameters' own state is moved by what loads it."""
    if isinstance(state, Tensor):
        return state.to(device)
    if isinstance(state, dict):
        return {key: on_device(value, device) for key, value in state.items()}
    return [on_device(value, device) for value in state] if isinstance(state, list) else state


def make_network(cfg: DictConfig, data: Dataset, bench: BenchProtocol) -> nn.Module:
    """The model with its initial weights made smaller, laid out so that convolutions take half the time on a CPU."""
    model = make_model(cfg, data, bench).to(memory_format=torch.channels_last)
    with torch.no_grad():
        for weight in prunable(model).values():
            weight.mul_(cfg.task.init_scale)
    return model


def is_whole(cfg: DictConfig) -> bool:
    """Whether the criterion takes whole neurons, and leaves at most as many weights as asked."""
    return getattr(chosen(cfg.pruning), "whole", False)


def make_pruning(cfg: DictConfig, model: nn.Module, steps: int) -> Pruning:
    """The criterion, and the plan of when it is asked and how many weights it leaves each time."""
    compression = cfg.pruning.compression
    settings = {name: value for name, value in cfg.pruning.items() if name not in ("compression", "tolerance")}
    with blame("task"):
        layers = None if cfg.task.layers is None else OmegaConf.to_container(cfg.task.layers)
        weights = sum(model.get_parameter(name).numel() for name in pruned_layers(model, layers))
    with blame("pruning"):
        kept = kept_of(weights, compression)
        if is_whole(cfg):
            if cfg.task.layers is not None or cfg.task.alternate:
                raise UserError(
                    "pruning=neurons takes them from all layers: type task.layers=null task.alternate=false"
                )
            if cfg.task.get("regrow"):
                raise UserError("pruning=neurons takes whole neurons, which do not come back: type task.regrow=0")
            build("pruning", settings, Seen(prunable(model)), kept)  # whether it can be done
    if cfg.task.get("regrow") and cfg.task.alternate:
        raise UserError("task.regrow asks for layers that learn together: type task.alternate=false, or task.regrow=0")
    sparsity = build("sparsity", cfg.sparsity, stop=1 - kept / weights)
    plan = events(weights, kept, sparsity, steps, cfg.task.prune_every)
    with blame("task"):
        return Pruning(
            model,
            lambda looked_at, kept: build("pruning", settings, looked_at, kept),
            alternating(plan, steps) if cfg.task.alternate else plan,
            layers,
            stream_seed(cfg.seed, "pruning"),
        )


def make_running(cfg: DictConfig, model: nn.Module) -> Running | None:
    """Running means of gradients, where the criterion or `task.regrow` looks at them."""
    wanted = getattr(chosen(cfg.pruning), "needs", None) == "fisher" or cfg.task.get("regrow")
    return Running(model) if wanted else None


def seen(
    cfg: DictConfig,
    model: nn.Module,
    running: Running | None,
    loss_on: Callable[[Tensor], Tensor],
    batches: Batches,
    shown: dict[str, dict[str, Any]],
    step: int,
) -> dict[str, dict[str, Any]]:
    """What the criterion looks at beside the weights, measured without dropout on minibatches drawn anew.

    `shown` keeps what is measured once for the whole run: the sensitivity scan of the dense network.
    """
    needs = getattr(chosen(cfg.pruning), "needs", None)  # a criterion that looks at the weights alone has none
    fresh = stream(cfg.seed, f"pruning batches {step}")
    watched = needs == "fisher" and any(bool(square.any()) for square in running.square.values())  # a training
    looked_at = [batches.fresh(fresh) for _ in range(LOOKED_AT)] if needs and not watched else []

    def mean_loss() -> float:
        with torch.no_grad():
            return float(torch.stack([loss_on(batch) for batch in looked_at]).mean())

    def measured() -> dict[str, dict[str, Any]]:
        if needs == "fisher":
            for batch in looked_at:
                model.zero_grad()
                loss_on(batch).backward()
                running.see()
            model.zero_grad()
            return {"fisher": running.square}
        if needs == "importance":
            return {"importance": importance(model, map(loss_on, looked_at))}
        if needs == "thresholds" and not shown:
            shown["sensitivity"] = scan(model, mean_loss)
            shown["thresholds"] = thresholds(shown["sensitivity"], mean_loss(), cfg.pruning.tolerance)
        return {"thresholds": shown["thresholds"]} if needs == "thresholds" else {}

    training, device = model.training, next(model.parameters()).device
    model.eval()
    try:
        with untouched(device):
            return measured()
    finally:
        model.train(training)
