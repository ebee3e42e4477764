"""task=machine_information: what the samples of Boltzmann machines tell of the data set that these were trained on.

L-info = I(B; X) <= ln K,      B one of K sets of images, X a sample of a machine that was trained on B
"""

from typing import Any

import numpy as np
import torch
from omegaconf import DictConfig
from torch import Tensor

from physlearn.boltzmann_machine import figures
from physlearn.boltzmann_machine.information import information, l_info, machines_on_sets
from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.lab.errors import UserError
from physlearn.streams import stream
from physlearn.tasks.setup.make import demand_images, make_data

MOST_UNITS = 12  # visible units whose 2^n configurations are held for every machine at once


def run(cfg: DictConfig, bench: BenchProtocol) -> dict[str, Any]:
    """Trains K times R machines by the exact gradient; returns what result.json holds."""
    task = cfg.task
    sets = make_sets(cfg, bench)  # (set, image, visible)
    most = len(sets)
    machines = machines_on_sets(sets, task.hidden, task.repeats, task.scale, stream(cfg.seed, "weights"))
    history: list[list[float]] = []  # (line): update, mean ln p of the data, L-info of each K
    if saved := bench.restore():
        for name in ("weights", "visible", "hidden"):
            setattr(machines, name, saved[name].clone())
        history = saved["history"]
    else:
        bench.say(
            f"{most} sets of {task.images} images each, {task.repeats} machines on each set, from the same first "
            "weights; exact gradient and exact L-info."
        )

    def state() -> dict[str, Any]:
        own = {name: getattr(machines, name) for name in ("weights", "visible", "hidden")}
        return own | {"history": history}

    def measured(update: int) -> list[float]:
        likelihood = torch.where(machines.targets > 0, machines.targets * machines.log_probabilities(), 0).sum(1).mean()
        return [update, float(likelihood), *(l_info(machines, most, count) for count in task.sets)]

    if not history:
        history.append(measured(0))
    for step in bench.steps(task.updates, state, task.checkpoint_every):
        machines.ascend(task.lr)
        if (step + 1) % task.log_every == 0 or step + 1 == task.updates:
            history.append(measured(step + 1))
            bench.log(step + 1, log_likelihood=history[-1][1], l_info_most_sets=history[-1][-1])
    lines = np.array(history)  # (line, quantity)
    curves = {count: lines[:, 2 + i] for i, count in enumerate(task.sets)}
    bench.figure("stored", figures.stored(lines[:, 0], curves))
    own = machines.targets.view(most, task.repeats, -1)[:, 0]  # (set, configuration)
    data = {count: information(own[:count]) for count in task.sets}
    bench.summary(
        "L-info of Boltzmann machines in nats",
        ("sets K", "ln K", "of the data themselves", "first update logged", "last"),
        [(str(k), f"{np.log(k):.4f}", f"{data[k]:.4f}", f"{v[1]:.2g}", f"{v[-1]:.4f}") for k, v in curves.items()],
    )
    result: dict[str, Any] = {"updates": lines[:, 0].tolist(), "log_likelihood": lines[-1, 1]}
    result |= {f"l_info_{count}": values.tolist() for count, values in curves.items()}
    return result | {f"data_{count}": value for count, value in data.items()} | {"l_info_most_sets": lines[-1, -1]}


def make_sets(cfg: DictConfig, bench: BenchProtocol) -> Tensor:
    """The most sets that are asked for, each of `task.images` different images drawn by the seed.

    Raises:
        UserError: too many pixels to enumerate, grey values, or fewer images than a set holds.
    """
    task, data = cfg.task, demand_images(make_data(cfg, bench, pixels="unit"), "task=machine_information")
    rows = data.train_x.flatten(1).double().cpu()
    if rows.shape[1] > MOST_UNITS:
        raise UserError(
            f"data={data.name} is not allowed: {rows.shape[1]} pixels, enumeration takes {MOST_UNITS} at most. "
            "Type e.g. data=bars_and_stripes data.size=3"
        )
    if bool(((rows != 0) & (rows != 1)).any()):
        raise UserError(f"data={data.name} is not allowed: images of 0 and 1 are needed. Type data=bars_and_stripes")
    if task.images > len(rows):
        raise UserError(f"task.images={task.images} is not allowed: {data.name} has {len(rows)} training examples")
    drawn = stream(cfg.seed, "sets")
    return torch.stack([rows[torch.randperm(len(rows), generator=drawn)[: task.images]] for _ in range(task.sets[-1])])
