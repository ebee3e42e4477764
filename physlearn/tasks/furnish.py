"""From config groups to the things of a run that several tasks need: data, model, optimizer, schedules."""

from typing import Any

import torch
from omegaconf import DictConfig, OmegaConf
from torch import nn

from physlearn.data.dataset import Dataset, load
from physlearn.lab.build import build
from physlearn.lab.errors import blame
from physlearn.lab.streams import stream
from physlearn.schedules import Schedule


def make_data(cfg: DictConfig, bench: Any) -> Dataset:
    """The data set on the device; its checksum goes into the provenance, its note on the screen."""
    with blame("data"):
        data = load(**cfg.data, device=bench.device, dtype=bench.dtype)
    bench.add_provenance(data={"name": data.name, "sha256": data.checksum, "note": data.note})
    if data.note:
        bench.say(f"Data: {data.note}")
    return data


def make_model(cfg: DictConfig, data: Dataset, bench: Any) -> nn.Module:
    """The model, its weights drawn from the stream `weights`; the same on every device."""
    model = build("model", cfg.model, data.shape, data.classes, generator=stream(cfg.seed, "weights"))
    return model.to(bench.device, bench.dtype)


def is_thermal(cfg: DictConfig) -> bool:
    """True for an equation of motion that has a temperature; torch's own optimizers have none."""
    return str(cfg.optimizer._target_).startswith("physlearn.")


def make_optimizer(cfg: DictConfig, model: nn.Module, temperature: float, bench: Any) -> torch.optim.Optimizer:
    """The equation of motion of a model's weights."""
    more = {}
    if is_thermal(cfg):
        more = {"temperature": temperature, "generator": stream(cfg.seed, "thermal", bench.device)}
    return build("optimizer", OmegaConf.to_container(cfg.optimizer), model.parameters(), **more)


def number_of(temperature: float | str, examples: int) -> float:
    """A temperature as typed -> a number: `posterior` is 1/N."""
    return 1.0 / examples if temperature == "posterior" else float(temperature)


def make_temperature(group: DictConfig, examples: int) -> Schedule:
    """The temperature group's schedule; `posterior`, wherever a temperature stands, is 1/N."""
    settings = OmegaConf.to_container(group)
    for key in settings.keys() & {"start", "value"}:
        settings[key] = number_of(settings[key], examples)
    if "values" in settings:
        settings["values"] = [number_of(value, examples) for value in settings["values"]]
    return build("temperature", settings)
