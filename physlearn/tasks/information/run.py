"""task=information: the information that a linear last layer stores of its data, and what storing it costs.

    M-info = I(B; Theta) <= Delta S(Theta) + <sum s_k>,      efficiency = M-info / cost

The data are switched on at once, or slowly over all the steps; every number is exact, by recursion of matrices.
"""

import math
from typing import Any

import numpy as np
import torch
from omegaconf import DictConfig

from physlearn.instruments.notation import plus_minus
from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.lab.errors import blame
from physlearn.streams import stream
from physlearn.tasks.setup.make import make_data
from physlearn.thermodynamics import figures
from physlearn.thermodynamics.exact import gaussian_model
from physlearn.thermodynamics.information import LinearModel, Stored

TEMPERATURES = np.logspace(-4, 1, 26)  # of the Gaussian model, from sharp to wide


def run(cfg: DictConfig, bench: BenchProtocol) -> dict[str, Any]:
    """One training for each number of steps, twice; returns what result.json holds."""
    task = cfg.task
    model = make_layer(cfg, bench)
    found: list[list[list[float]]] = []  # (training, at once or slowly, quantity)
    if saved := bench.restore():
        found = saved["found"]
    else:
        bench.say(
            f"A layer of {task.features} weights at T = {task.temperature:g}, {task.queries} predictions; "
            f"h = {task.lr:g}. All numbers are exact averages over data sets and noise."
        )
    for k in bench.steps(len(task.steps), lambda: {"found": found}, 1):
        count = task.steps[k]
        with blame("task.lr"):
            both = [
                model.train(task.lr, switch) for switch in (np.ones(count), np.linspace(0, 1, count + 1)[1:])
            ]  # at once, slowly
        found.append([last(stored) for stored in both])
    values = np.array(found)  # (training, at once or slowly, quantity)
    steps = np.array(task.steps)
    curves = {"data at once": values[:, 0, 4], "data switched on slowly": values[:, 1, 4]}
    bench.figure("efficiency", figures.efficiency(steps, curves))
    stored = {"M-info": values[:, 1, 0], "L-info": values[:, 1, 1], "I(Theta; X)": values[:, 1, 2]}
    bench.figure("information", figures.efficiency(steps, stored, "information (nats)"))
    models = [gaussian_model(200, 0.01, temperature=T) for T in TEMPERATURES]
    sharp = {name: np.array([model[name] for model in models]) for name in ("m_info", "l_info", "readout")}
    bench.figure("sharpness", figures.sharpness(TEMPERATURES, sharp))
    bench.summary(
        "Information in nats, data switched on slowly",
        ("steps", "M-info", "L-info", "I(Theta; X)", "cost", "efficiency", "efficiency, data at once"),
        [
            (f"{count:,}", *(plus_minus(float(v), None) for v in slow), f"{quick[4]:.4g}")
            for count, (quick, slow) in zip(task.steps, found, strict=True)
        ],
    )
    names = ("m_info", "l_info", "readout", "cost", "efficiency")
    result: dict[str, Any] = {"steps": list(task.steps)}
    for j, kind in enumerate(("at_once", "slowly")):
        result |= {f"{kind}_{name}": values[:, j, i].tolist() for i, name in enumerate(names)}
    return result | {"efficiency_slowest": result["slowly_efficiency"][-1]}


def make_layer(cfg: DictConfig, bench: BenchProtocol) -> LinearModel:
    """The last layer on random tanh features of the training images; it is read on test images."""
    data, task = make_data(cfg, bench), cfg.task
    train, test = (x.flatten(1).double().cpu() for x in (data.train_x, data.test_x[: task.queries]))
    width = train.shape[1]
    draws = torch.randn(width, task.features, generator=stream(cfg.seed, "features"), dtype=torch.float64)
    features, queries = ((x @ draws / math.sqrt(width)).tanh().numpy() for x in (train, test))
    start = task.weight_decay  # k_0: the prior's own equilibrium
    return LinearModel.of_features(
        features, queries, start, task.spread, task.target_noise, task.readout_noise, start, task.temperature
    )


def last(stored: Stored) -> list[float]:
    """M, L, I(Theta; X), cost, efficiency at the end."""
    columns = (stored.m_info, stored.l_info, stored.readout, stored.cost, stored.efficiency)
    return [float(column[-1]) for column in columns]
