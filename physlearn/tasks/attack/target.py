"""The network that task=attack attacks: loaded from a finished run, as a function of pixel levels 0 ... 1."""

from pathlib import Path
from typing import NamedTuple

from torch import Tensor

from physlearn.adversarial.linf import Network
from physlearn.adversarial.target import of_ensemble, of_network
from physlearn.data.dataset import Dataset
from physlearn.lab import plugin_use
from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.lab.checkpoints import newest_readable
from physlearn.lab.earlier import config_of
from physlearn.lab.errors import UserError
from physlearn.tasks.setup.make import demand_classes, demand_images, make_data, make_model
from physlearn.tasks.setup.source import networks


class Target(NamedTuple):
    """What is attacked, on which images.

    Args:
        network: pixel levels 0 ... 1 -> logits, or log-probabilities of an ensemble.
        data: that the run was trained on.
        x: test images as levels 0 ... 1, (example, channel, height, width).
        y: labels, (example,).
        words: what it is, for the screen.
    """

    network: Network
    data: Dataset
    x: Tensor
    y: Tensor
    words: str


def load(directory: str | Path, bench: BenchProtocol, wanted: str, members: int | None, examples: int) -> Target:
    """The run in a folder, its data and the weights that are wanted.

    Args:
        directory: of a finished run of task=train or task=prune.
        wanted: ``dense``, ``sparse``, ``ensemble``, or ``auto``: what the run ends with.
        members: samples of the ensemble, evenly spaced; None: all.
        examples: the first n test images.

    Raises:
        UserError: no run lies there, or it holds no such network; its data are a table or have no classes.
    """
    directory = Path(directory)
    begun = config_of(directory, "train", only=False)
    plugin_use.refuse_missing(directory, f"from={directory}")
    state = (newest_readable(directory / "checkpoints") or {}).get("state")
    held = networks(state) if "model" in begun else {}
    if not held:
        raise UserError(f"from={directory}: this run holds no network. Choose one of task=train or task=prune")
    name = next(iter(held)) if wanted == "auto" else wanted
    if name not in held:
        raise UserError(f"task.network={wanted}: {directory} holds {', '.join(held)}. Type e.g. task.network=auto")
    data = demand_classes(demand_images(make_data(begun, bench), "task=attack"), "task=attack")
    model = make_model(begun, data, bench, dropout=False)
    moments = data.input_mean, data.input_std, data.white
    if name == "ensemble" and members is not None:
        count = len(held[name])
        if members > count:
            raise UserError(
                f"task.members={members}: {directory} holds {count} samples. Type e.g. task.members={count}"
            )
        held[name] = [held[name][(k + 1) * count // members - 1] for k in range(members)]
    samples = [{key: tensor.to(bench.device) for key, tensor in sample.items()} for sample in held[name]]
    if name == "ensemble":
        network = of_ensemble(model, samples, *moments)
    else:
        model.load_state_dict(samples[0])
        network = of_network(model.requires_grad_(False), *moments)
    count = min(examples, len(data.test_y))
    x = data.levels(data.test_x[:count]).clamp(0, 1)
    words = f"{type(model).__name__}, {name}" + (f" of {len(samples)} samples" if name == "ensemble" else "")
    return Target(network, data, x, data.test_y[:count], words)
