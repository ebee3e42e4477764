"""Finished runs in a notebook: `run = physlearn.load("outputs/train/<run>")`.

What a run holds is read when it is first asked for: config and results are small, samples of the weights are not.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from omegaconf import DictConfig
from torch import Tensor, nn

from physlearn.data.dataset import Dataset
from physlearn.ensemble import Sample, outputs_of
from physlearn.lab.checkpoints import newest_readable
from physlearn.lab.errors import UserError
from physlearn.lab.metrics import read_metrics
from physlearn.lab.plugin_use import refuse_missing
from physlearn.lab.plugins import use
from physlearn.lab.run_directory import CONFIG, read_config
from physlearn.likelihoods import Likelihood
from physlearn.tasks.setup.make import make_data, make_likelihood, make_model


@dataclass(frozen=True)
class Aside:
    """What making data and a network asks of a bench, where no run is under way: a place for tensors, and no voice."""

    device: torch.device
    dtype: torch.dtype
    quiet: bool = True

    def say(self, text: str) -> None: ...

    def add_provenance(self, **facts: Any) -> None: ...


class Run:
    """One run directory.

    Attributes:
        directory: where it lies.
        config: resolved, as the run was started with.
        result: result.json: flat keys to numbers.
        metrics: metrics.jsonl by columns: name -> (line,), NaN where a line has no number; lists by layer as
            (line, layer).
        data: the data set, split and normalised as the run had it.
        network: the network with the run's last weights, in evaluation mode.
        likelihood: what its outputs say of a target, with `scores`.
        samples: name of a weight -> the kept samples, (sample, *shape of the weight).
    """

    def __init__(self, directory: str | os.PathLike, device: str = "cpu"):
        self.directory, self.device = Path(directory), torch.device(device)
        if not (self.directory / CONFIG).exists():
            raise UserError(f"{self.directory}: no run lies there (no config.yaml). Give e.g. outputs/train/<run>")
        refuse_missing(self.directory, f"load({str(self.directory)!r})", notebook=True)
        self.config: DictConfig = read_config(self.directory)

    def __repr__(self) -> str:
        return f"Run({str(self.directory)!r}, task={self.config.task.name})"

    @cached_property
    def result(self) -> dict[str, Any]:
        path = self.directory / "result.json"
        if not path.exists():
            raise UserError(f"{self.directory} has no result.json: the run is not finished")
        return json.loads(path.read_text())

    @cached_property
    def metrics(self) -> dict[str, np.ndarray]:
        lines = read_metrics(self.directory / "metrics.jsonl")
        names = dict.fromkeys(name for line in lines for name in line)
        columns = {name: [line.get(name) for line in lines] for name in names}
        return {name: as_array(column) for name, column in columns.items()}

    @cached_property
    def data(self) -> Dataset:
        return make_data(self.config, self._aside)

    @cached_property
    def network(self) -> nn.Module:
        model = make_model(self.config, self.data, self._aside)
        model.load_state_dict(self._state["model"])
        return model.eval()

    @cached_property
    def likelihood(self) -> Likelihood:
        return make_likelihood(self.config, self.data)

    @cached_property
    def samples(self) -> dict[str, Tensor]:
        kept = self._kept
        return {name: torch.stack([sample[name] for sample in kept]) for name in kept[0]}

    def predict(self, x: Tensor) -> Tensor:
        """What the ensemble of the samples predicts of inputs x, normalised as those of `data` are.

        Classes: (1/K) sum_k softmax(f(x, W_k)), (example, class). Real targets: the means f(x, W_k) of the mixture,
        standardised as those of `data` are, (sample, example, target).
        """
        return self.likelihood.predict(outputs_of(self.network, self._kept, x.to(self.device)))

    def energies(self) -> np.ndarray:
        """-(1/N) sum_i ln p(y_i | x_i, W_k) of each sample on the training set, without prior or dropout."""
        x, y = self.data.train_x, self.data.train_y
        return np.array([float(self.likelihood.energy(f, y)) for f in outputs_of(self.network, self._kept, x)])

    def to_arviz(self) -> Any:
        """The samples as ArviZ's InferenceData, one chain; see `to_arviz` for several."""
        return to_arviz([self])

    @cached_property
    def _state(self) -> dict[str, Any]:
        saved = newest_readable(self.directory / "checkpoints")
        state = saved["state"] if saved else None
        if not isinstance(state, dict) or not isinstance(state.get("model"), dict):
            raise UserError(f"{self.directory} holds no network. Give a run of task=train or task=prune")
        return state

    @cached_property
    def _kept(self) -> list[Sample]:
        kept = self._state.get("samples") or ()
        if not kept:
            raise UserError(f"{self.directory} holds no samples of the weights. Give a run of task=train")
        return [{name: tensor.to(self.device) for name, tensor in sample.items()} for sample in kept]

    @property
    def _aside(self) -> Aside:
        return Aside(self.device, getattr(torch, self.config.precision))


def as_array(column: list[Any]) -> np.ndarray:
    """Numbers (line,), or lists of one length (line, entry); NaN for None."""
    length = max((len(value) for value in column if isinstance(value, list)), default=0)
    nothing = [np.nan] * length if length else np.nan
    return np.array([nothing if value is None else value for value in column], dtype=float)


def load(directory: str | os.PathLike, device: str = "cpu", plugins: Sequence[str] = ()) -> Run:
    """The run that lies in a directory.

    Args:
        directory: of the run.
        device: where its data and network are put.
        plugins: names of packages whose code may be run, which a run that was made with plugins needs.

    Raises:
        UserError: none does, or it was made with a plugin that is not named. What is asked of it and is not there
            raises the same, in one line.
    """
    use(plugins)
    return Run(directory, device)


def to_arviz(runs: list[Run]) -> Any:
    """Runs that differ in their seed alone, as the chains of one InferenceData (of ArviZ 1: DataTree).

    `posterior` has the weights by name, (chain, draw, *shape); `sample_stats` their energies, nats per example.

    Raises:
        UserError: ArviZ is not installed, or the chains have different lengths.
    """
    try:
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # ArviZ 0 announces ArviZ 1 at every import
            import arviz
    except ImportError:
        raise UserError("ArviZ is not installed: pip install 'physlearn[arviz]'") from None
    lengths = {len(next(iter(run.samples.values()))) for run in runs}
    if len(lengths) > 1:
        raise UserError(f"chains of different lengths ({', '.join(map(str, sorted(lengths)))}) are not one ensemble")
    posterior = {name: np.stack([run.samples[name].cpu().numpy() for run in runs]) for name in runs[0].samples}
    groups = {"posterior": posterior, "sample_stats": {"energy": np.stack([run.energies() for run in runs])}}
    return arviz.from_dict(groups) if arviz.__version__ >= "1" else arviz.from_dict(**groups)
