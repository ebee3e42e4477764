"""task=free_energy: ln Z_K/Z_0 between two ensembles of many small networks, by minibatch training from one to another.

From the prior, from a higher temperature, or from fewer examples to the posterior at T. Each minibatch is a new energy,
a part of the protocol, whose switching is work; T changes with it. Then <exp(-exponent)> = Z_K/Z_0 at any step, with
the ledger's exponent, (W + Wsh)/T where T is constant. Beside it: the reverse protocol and BAR, thermodynamic
integration with Metropolis-adjusted samples, and plain averages over the prior.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from omegaconf import DictConfig

from physlearn.data.batches import Batches
from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.lab.errors import UserError
from physlearn.streams import stream, stream_seed
from physlearn.tasks.free_energy.report import report
from physlearn.tasks.setup.make import demand_classes, make_batches, make_data
from physlearn.thermodynamics.networks import Ensemble, Networks, Weights, between

STAGES = ("forward", "equilibrium", "backward", "posterior")


def run(cfg: DictConfig, bench: BenchProtocol) -> dict[str, Any]:
    """Forward, thermodynamic integration, backward, and from the prior the control at T = 1/N."""
    data = demand_classes(make_data(cfg, bench), "task=free_energy")
    task, examples = cfg.task, len(data.train_y)
    start, end = ensembles(cfg, examples)
    make_batches(cfg, start.examples, bench)  # refuses a batch size that there are not examples enough for
    chosen = stream(cfg.seed, "fresh batches")
    stages = [  # chosen before, and the same for all networks
        (at, Batches(at.examples, batch_size(cfg, at.examples), 0, bench.device).fresh(chosen))
        for at in between(start, end, task.steps)
    ]
    x = data.train_x.flatten(1)
    networks = Networks(x, data.train_y, task.hidden, data.classes, task.variance, task.networks)
    found: dict[str, torch.Tensor] = {}
    if saved := bench.restore():
        found.update(saved["found"])
    else:
        weights = sum(w[0].numel() for w in networks.draw(stream(cfg.seed, "size", bench.device)))
        bench.say(
            f"{task.networks:,} networks of {weights:,} parameters, from {words(start)} to {words(end)}; {task.steps} "
            f"minibatch steps of {len(stages[-1][1])}, h lambda = {task.pace:g}; prior variance {task.variance:g}, "
            "family=likelihood."
        )

    def state() -> dict[str, Any]:
        return {"found": found}

    names = STAGES if start.share == 0 else STAGES[:3]
    for k in bench.steps(len(names), state, task.checkpoint_every):
        generator = stream(cfg.seed, names[k], bench.device)
        if names[k] == "forward":
            weights = networks.draw(generator)
            with torch.no_grad():
                found["direct_start"], found["direct"] = (networks.reduced(weights, e).double() for e in (start, end))
            if start.share > 0:
                approach(cfg, networks, weights, start, generator)
            ledger = networks.work(weights, start, end, stages, task.pace, generator)
            found.update(books("forward", ledger, end.temperature))
        elif names[k] == "equilibrium":
            found.update(integrate(cfg, networks, start, end, generator))
        elif names[k] == "backward":
            weights = [torch.nn.Parameter(found.pop(f"weights_{i}").to(bench.device)) for i in range(4)]
            ledger = networks.work(weights, start, end, stages, task.pace, generator, backward=True)
            found.update(books("backward", ledger, end.temperature))
        else:
            cold = Ensemble(1 / examples, examples)
            way = [(replace(at, temperature=cold.temperature), batch) for at, batch in stages]
            nothing = replace(cold, share=0.0)
            ledger = networks.work(networks.draw(generator), nothing, cold, way, task.pace, generator)
            found.update(books("posterior", ledger, cold.temperature))
        bench.demand_finite(k + 1, **{name: values.sum() for name, values in found.items()})
    rng = np.random.default_rng(stream_seed(cfg.seed, "bootstrap"))
    title = f"ln Z_K/Z_0 from {words(start)} to {words(end)}"
    return report(cfg, bench, {name: values.cpu().numpy() for name, values in found.items()}, rng, title)


def ensembles(cfg: DictConfig, examples: int) -> tuple[Ensemble, Ensemble]:
    """Where the training begins and ends.

    Raises:
        UserError: more examples at the start than there are.
    """
    task = cfg.task
    end = Ensemble(task.temperature, examples)
    if task.start_temperature is None and task.start_examples is None:
        return replace(end, share=0.0), end
    count = examples if task.start_examples is None else task.start_examples
    if count > examples:
        raise UserError(
            f"task.start_examples={count} is not allowed: there are {examples} training examples. "
            f"Type task.start_examples={examples // 2}"
        )
    same_tau = task.temperature * examples / count
    return Ensemble(same_tau if task.start_temperature is None else task.start_temperature, count), end


def batch_size(cfg: DictConfig, examples: int) -> int:
    return examples if cfg.task.batch_size == "full" else cfg.task.batch_size


def words(ensemble: Ensemble) -> str:
    """An ensemble on the screen."""
    if ensemble.share == 0:
        return "the prior"
    T, n = ensemble.temperature, ensemble.examples
    return f"{n} examples at T = {T:g} (tau = {n * T:.3g})"


def books(name: str, ledger: Any, temperature: float) -> dict[str, torch.Tensor]:
    """The exponents, W/T and the defect of the first law of a stage, each (row,)."""
    return {
        name: ledger["exponent"],
        f"{name}_work": ledger["work"] / temperature,
        f"{name}_defect": ledger.first_law() / (ledger["work"].abs() + ledger["heat"].abs()).mean(),
    }


def approach(cfg: DictConfig, networks: Networks, weights: Weights, end: Ensemble, generator: torch.Generator) -> None:
    """From samples of the prior to equilibrium in `end`, by Metropolis-adjusted steps."""
    for share in np.linspace(0, 1, cfg.task.nodes + 1)[1:]:
        networks.equilibrate(weights, [(float(share), end)], 2 * cfg.task.pace, cfg.task.equilibration, generator)
    networks.equilibrate(weights, [(1.0, end)], 2 * cfg.task.pace, 2 * cfg.task.equilibration, generator)


def integrate(
    cfg: DictConfig, networks: Networks, start: Ensemble, end: Ensemble, generator: torch.Generator
) -> dict[str, torch.Tensor]:
    """u_end - u_start at the nodes of Gauss and Legendre, in equilibrium, by network; and the weights at the end."""
    task, (nodes, _) = cfg.task, np.polynomial.legendre.leggauss(cfg.task.nodes)
    weights, found = networks.draw(generator), {}
    if start.share > 0:
        approach(cfg, networks, weights, start, generator)
    for i, share in enumerate((nodes + 1) / 2):
        mixture = [(1 - float(share), start), (float(share), end)]
        networks.equilibrate(weights, mixture, 2 * task.pace, task.equilibration, generator)
        with torch.no_grad():
            found[f"node_{i}"] = (networks.reduced(weights, end) - networks.reduced(weights, start)).double()
    networks.equilibrate(weights, [(1.0, end)], 2 * task.pace, 2 * task.equilibration, generator)
    return found | {f"weights_{i}": w.detach().clone() for i, w in enumerate(weights)}
