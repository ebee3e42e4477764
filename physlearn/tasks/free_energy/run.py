"""task=free_energy: ln Z between the prior of many small networks and their posterior at T, by minibatch training.

Each minibatch is a new energy, U_k = (k/K) L(batch k) + prior: a part of the protocol, whose switching is work. Then
<exp(-(W + Wsh)/T)> = Z_K/Z_0 at any step. Beside it: the reverse protocol and BAR, thermodynamic integration with
Metropolis-adjusted samples, and the plain average of exp(-L/T) over the prior.
"""

from typing import Any

import numpy as np
import torch
from omegaconf import DictConfig

from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.streams import stream, stream_seed
from physlearn.tasks.free_energy.report import report
from physlearn.tasks.setup.make import demand_classes, make_batches, make_data
from physlearn.thermodynamics.networks import Networks

STAGES = ("forward", "equilibrium", "backward", "posterior")


def run(cfg: DictConfig, bench: BenchProtocol) -> dict[str, Any]:
    """Forward, thermodynamic integration, backward, and the control at T = 1/N; returns what result.json holds."""
    data = demand_classes(make_data(cfg, bench), "task=free_energy")
    task, examples = cfg.task, len(data.train_y)
    batches = make_batches(cfg, examples, bench)
    chosen = stream(cfg.seed, "fresh batches")
    protocol = [batches.fresh(chosen) for _ in range(task.steps)]  # chosen before, and the same for all networks
    x = data.train_x.flatten(1)
    networks = Networks(x, data.train_y, task.hidden, data.classes, task.temperature, task.variance, task.networks)
    h = task.pace / networks.decay
    found: dict[str, torch.Tensor] = {}
    if saved := bench.restore():
        found.update(saved["found"])
    else:
        weights = sum(w[0].numel() for w in networks.draw(stream(cfg.seed, "size", bench.device)))
        bench.say(
            f"{task.networks:,} networks of {weights:,} parameters, {examples} examples; T = {task.temperature:g}, "
            f"{task.temperature * examples:.3g} times the posterior's 1/N; {task.steps} minibatch steps of "
            f"{batches.batch_size}, h = {h:g}, h lambda = {task.pace:g}."
        )

    def state() -> dict[str, Any]:
        return {"found": found}

    for k in bench.steps(len(STAGES), state, task.checkpoint_every):
        generator = stream(cfg.seed, STAGES[k], bench.device)
        if STAGES[k] == "forward":
            weights = networks.draw(generator)
            with torch.no_grad():
                found["direct"] = networks.loss(weights).double() / task.temperature
            found.update(books("forward", networks, networks.work(weights, protocol, h, generator)))
        elif STAGES[k] == "equilibrium":
            found.update(integrate(cfg, networks, h, generator))
        elif STAGES[k] == "backward":
            weights = [torch.nn.Parameter(found.pop(f"weights_{i}").to(bench.device)) for i in range(4)]
            found.update(books("backward", networks, networks.work(weights, protocol, h, generator, backward=True)))
        else:
            cold = networks.at(1 / examples)
            found.update(books("posterior", cold, cold.work(cold.draw(generator), protocol, h, generator)))
        bench.demand_finite(k + 1, **{name: values.sum() for name, values in found.items()})
    rng = np.random.default_rng(stream_seed(cfg.seed, "bootstrap"))
    return report(cfg, bench, {name: values.cpu().numpy() for name, values in found.items()}, rng)


def books(name: str, networks: Networks, ledger: Any) -> dict[str, torch.Tensor]:
    """The exponents, W/T and the defect of the first law of a stage, each (row,)."""
    return {
        name: ledger["exponent"],
        f"{name}_work": ledger["work"] / networks.temperature,
        f"{name}_defect": ledger.first_law() / (ledger["work"].abs() + ledger["heat"].abs()).mean(),
    }


def integrate(cfg: DictConfig, networks: Networks, h: float, generator: torch.Generator) -> dict[str, torch.Tensor]:
    """L/T at the nodes of Gauss and Legendre, equilibrium samples by network, and the weights at s = 1."""
    nodes, _ = np.polynomial.legendre.leggauss(cfg.task.nodes)
    weights, found = networks.draw(generator), {}
    for i, share in enumerate((nodes + 1) / 2):
        networks.equilibrate(weights, float(share), 2 * h, cfg.task.equilibration, generator)
        with torch.no_grad():
            found[f"node_{i}"] = networks.loss(weights).double() / networks.temperature
    networks.equilibrate(weights, 1.0, 2 * h, 2 * cfg.task.equilibration, generator)
    return found | {f"weights_{i}": w.detach().clone() for i, w in enumerate(weights)}
