"""Weights that a task begins with where they were trained elsewhere: by an earlier run, or another program (a file)."""

from pathlib import Path

from omegaconf import DictConfig
from torch import Tensor, nn

from physlearn.lab import plugin_use
from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.lab.checkpoints import newest_readable
from physlearn.lab.earlier import config_of
from physlearn.lab.errors import UserError, blame
from physlearn.lab.run_directory import as_dict
from physlearn.models.pretrained import load_weights, refuse_misfits
from physlearn.pruning.masks import Masks

SPLIT = ("name", "limit", "validation")


def load_trained(cfg: DictConfig, model: nn.Module, bench: BenchProtocol) -> bool:
    """Gives the model the weights that `from` or `weights` names; False where neither does.

    A run that goes on has what it needs in its own checkpoint, and the source may have gone.

    Raises:
        UserError: both are named, nothing lies there, or it does not fit the model.
    """
    if cfg["from"] is not None and cfg.weights is not None:
        raise UserError(f"weights={cfg.weights} is not allowed beside from={cfg['from']}: type one of the two")
    if cfg.weights is not None and not bench.goes_on:
        with blame("weights"):
            load_weights(model, cfg.weights)
    if cfg["from"] is not None and not bench.goes_on:
        load_run(cfg, Path(cfg["from"]), model, bench)
    return cfg["from"] is not None or cfg.weights is not None


def load_run(cfg: DictConfig, directory: Path, model: nn.Module, bench: BenchProtocol) -> None:
    """The network of an earlier run. Of one of task=prune it is the dense one: several criteria can begin from it."""
    there = config_of(directory, "train", only=False)
    plugin_use.refuse_missing(directory, f"from={directory}")
    saved = newest_readable(directory / "checkpoints")
    if saved is None:
        raise UserError(f"from={directory}: this run has no checkpoint yet. Wait for it, or choose another run")
    state = saved["state"]
    network = state["networks"].get("dense") if "networks" in state else state.get("model")
    if not isinstance(network, dict):
        raise UserError(f"from={directory}: this run holds no dense network. Choose one of task=train or task=prune")
    with blame("from"):
        refuse_misfits(network, model.state_dict(), directory)
    model.load_state_dict(network)
    if "data" in there and (was := data_of(there)) != (now := data_of(cfg)):
        bench.say(f"Note: {directory} was trained on other data ({was}) than here ({now}).")


def load_pruned(cfg: DictConfig, model: nn.Module, bench: BenchProtocol) -> Masks:
    """The masks of the run of task=prune in `from`; the model gets its sparse network. A run that goes on has its own.

    Raises:
        UserError: no such run is named, it holds no masks, or they do not fit the model.
    """
    if cfg["from"] is None:
        raise UserError("task.sparse=true needs a pruned network: type from=outputs/prune/<run>")
    directory = bench.directory if bench.goes_on else Path(cfg["from"])
    config_of(directory, "prune", only=not bench.goes_on)
    plugin_use.refuse_missing(directory, f"from={directory}")
    state = (newest_readable(directory / "checkpoints") or {}).get("state", {})
    if not isinstance(state.get("masks"), dict):
        raise UserError(f"from={directory}: this run has no checkpoint with masks yet. Wait for it, or choose another")
    with blame("from"):
        refuse_misfits(state["model"], model.state_dict(), directory)
    model.load_state_dict(state["model"])
    return state["masks"]


def networks(state: object) -> dict[str, list[dict[str, Tensor]]]:
    """Name -> sets of weights that the checkpoint of a run holds; first that which the run ends with."""
    found: dict[str, list[dict[str, Tensor]]] = {}
    if not isinstance(state, dict):
        return found
    last, dense = state.get("model"), (state.get("networks") or {}).get("dense")
    if isinstance(last, dict):  # a run of task=prune ends with the sparse network and keeps the dense one beside it
        found["dense" if dense is None else "sparse"] = [last]
    if isinstance(dense, dict):
        found["dense"] = [dense]
    if state.get("samples"):
        found["ensemble"] = list(state["samples"])
    return found


def data_of(cfg: DictConfig) -> str:
    """What decides which images a run reads and how they look, in words; a codec only where there is one."""
    parts = {key: value for key, value in as_dict(cfg.data).items() if key in SPLIT}
    codec = as_dict(cfg.codec) if "codec" in cfg else {}
    if codec.get("quality", "none") not in (None, "none"):
        parts |= {f"codec.{key}": value for key, value in codec.items() if key != "_target_"}
    return ", ".join(f"{key}={value}" for key, value in parts.items())
