"""The teachers of task=prune: networks of finished runs, whose probabilities on the training images are averaged."""

from collections.abc import Iterator
from pathlib import Path

import torch
from omegaconf import DictConfig
from torch import Tensor

from physlearn.data.dataset import Dataset
from physlearn.lab import plugin_use
from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.lab.checkpoints import newest_readable
from physlearn.lab.earlier import config_of
from physlearn.lab.errors import UserError, blame
from physlearn.models.pretrained import refuse_misfits
from physlearn.pruning.teaching import softened
from physlearn.tasks.setup.make import demand_classes, make_model
from physlearn.tasks.setup.source import networks

CHUNK = 1000  # examples at a time


def make_teachers(cfg: DictConfig, data: Dataset, bench: BenchProtocol) -> Tensor | None:
    """What the runs in `teachers` say of each training example, (example, class); None where none is named.

    Of a run of task=train it is the average over its samples, of one of task=prune the dense network. They may be of
    another model. A run that goes on has all of it in its own checkpoint.

    Raises:
        UserError: no run lies there, or it holds no network that fits; targets that are no classes; moved images.
    """
    if not cfg.get("teachers") or bench.goes_on:  # older runs have none
        return None
    demand_classes(data, "teachers")
    if cfg.task.shift or cfg.task.flip:
        raise UserError(
            "teachers say their opinion once, of images that are not moved: type task.shift=0 task.flip=false"
        )
    folders = [cfg.teachers] if isinstance(cfg.teachers, str) else list(cfg.teachers)
    found = softened(logits for folder in folders for logits in opinions(Path(folder), data, bench))
    bench.say(f"Taught by {len(folders)} runs, with a share of {cfg.task.teaching:g} beside the labels.")
    return found


@torch.no_grad()
def opinions(directory: Path, data: Dataset, bench: BenchProtocol) -> Iterator[Tensor]:
    """The logits of one network after another of a run, each (example, class)."""
    begun = config_of(directory, "train", only=False, key="teachers")
    plugin_use.refuse_missing(directory, f"teachers={directory}")
    state = (newest_readable(directory / "checkpoints") or {}).get("state", {})
    held = networks(state) if "model" in begun else {}
    if not held:
        raise UserError(f"teachers={directory}: this run holds no network. Choose runs of task=train or task=prune")
    model = make_model(begun, data, bench, dropout=False).eval()
    for network in held.get("ensemble") or held["dense"]:
        with blame("teachers"):
            refuse_misfits(network, model.state_dict(), directory)
        model.load_state_dict(network)
        yield torch.cat([model(part) for part in data.train_x.split(CHUNK)])
