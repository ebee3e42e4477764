"""task=boltzmann_machine: a restricted Boltzmann machine is trained, its ln Z followed, its likelihood measured.

theta <- theta + lr (moments of the data - moments of the chains),      ln p(v) = -F(v) - ln Z
"""

import math
from typing import Any

import torch
from omegaconf import DictConfig
from torch import Tensor

from physlearn.boltzmann_machine import exact
from physlearn.boltzmann_machine.ais import forward_work, log_z
from physlearn.boltzmann_machine.auditors import Auditors
from physlearn.boltzmann_machine.chains import Chains, FromData, Persistent, Tempered
from physlearn.boltzmann_machine.path import Path
from physlearn.boltzmann_machine.rbm import RestrictedBoltzmannMachine, base_rates
from physlearn.boltzmann_machine.training import Centres, ascend, moments, spread
from physlearn.data.batches import Batches
from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.lab.build import build
from physlearn.lab.errors import blame
from physlearn.memory import refuse_too_large
from physlearn.streams import stream, stream_seed
from physlearn.tasks.boltzmann_machine.images import Images, make_images
from physlearn.tasks.boltzmann_machine.report import announce, report
from physlearn.tasks.boltzmann_machine.source import load_machine, with_source

QUICK = 100, 500  # chains and steps of the AIS behind a line of metrics.jsonl
FORGET = 0.01  # the centres of the hidden units are a running mean over about 100 updates


def run(cfg: DictConfig, bench: BenchProtocol) -> dict[str, Any]:
    """Trains, or loads a trained machine; measures; returns what result.json holds."""
    cfg = with_source(cfg)
    images = make_images(cfg, bench)
    base = base_rates(images.train)
    if cfg["from"] is not None:
        bench.restore()
        machine, history = load_machine(cfg["from"], len(base), bench.device)
        bench.say(f"The machine of {cfg['from']}, {len(machine.hidden)} hidden units; not trained further.")
        return report(cfg, bench, images, Path(machine, base), None, history)
    machine, chains, history = train(cfg, bench, images, base)
    return report(cfg, bench, images, Path(machine, base), chains, history)


@torch.no_grad()
def train(
    cfg: DictConfig, bench: BenchProtocol, images: Images, base: Tensor
) -> tuple[RestrictedBoltzmannMachine, Chains, list[dict[str, float]]]:
    """The machine (averaged, if the config says so), its chains, and the logged values, one dictionary per line."""
    group, rows = cfg.boltzmann_machine, images.train
    with blame("boltzmann_machine.hidden"):
        most = max(group.chains * (group.replicas if group.by == "tempered" else 1), group.auditors, len(base))
        refuse_too_large(f"hidden={group.hidden}", 4.0 * group.hidden * (3 * len(base) + most) * base.itemsize)
    with blame("boltzmann_machine.batch_size"):
        size = len(rows) if group.batch_size == "full" else group.batch_size
        batches = Batches(len(rows), size, stream_seed(cfg.seed, "batches"), bench.device)
    machine = first_machine(cfg, base)
    mean, chains, schedule = machine.clone(), make_chains(cfg, base), build("schedule", cfg.schedule)
    centres = Centres(torch.zeros_like(base), torch.zeros_like(machine.hidden))
    if group.centred:
        centres = Centres(rows.mean(0), torch.full_like(machine.hidden, 0.5))
    audit = make_audit(cfg, machine, base, chains)
    history: list[dict[str, float]] = []

    def saved() -> dict[str, Any]:
        state = {"machine": list(machine.parameters), "mean": list(mean.parameters), "chains": chains.state_dict()}
        audits = [auditors.state_dict() for auditors in audit.values()]
        return state | {"hidden": centres.hidden, "audit": audits, "lost": lost, "history": history}

    lost = 0.0  # of ln Z, predicted of the chains that drive the gradient
    if (past := bench.restore()) is not None:
        for own, kept in ((machine, "machine"), (mean, "mean")):
            for value, old in zip(own.parameters, past[kept], strict=True):
                value.copy_(old)
        chains.load_state_dict(past["chains"])
        centres.hidden.copy_(past["hidden"])
        for auditors, old in zip(audit.values(), past["audit"], strict=True):
            auditors.load_state_dict(old)
        lost, history = past["lost"], past["history"]
    else:
        announce(cfg, bench, images, machine)

    for step in bench.steps(group.updates, saved, cfg.task.checkpoint_every):
        lr = group.lr * schedule(step, group.updates)
        batch = rows[batches(step)]
        v = chains.sample(machine, batch)
        data = moments(machine, batch)
        if audit:
            lost += lr * spread(machine, v, centres) / len(v)
        if group.centred:
            centres.hidden.lerp_(data.hidden, FORGET)
        ascend(machine, data, moments(machine, v), lr, group.decay, centres)
        for averaged, value in zip(mean.parameters, machine.parameters, strict=True):
            averaged.lerp_(value, 1 - group.average)
        if audit:
            audit["auditors"].follow(machine)
            audit["drivers"].book(machine, v)
        bench.demand_finite(step + 1, parameters=machine.hidden.sum() + machine.visible.sum())
        if (step + 1) % cfg.task.log_every == 0:
            history.append({"step": step + 1} | followed(audit, machine, lost))
            history[-1] |= likelihood(cfg, images, Path(mean, base), step + 1)
            bench.log(step + 1, lr=lr, **{name: value for name, value in history[-1].items() if name != "step"})
    return mean, chains, history


def first_machine(cfg: DictConfig, base: Tensor) -> RestrictedBoltzmannMachine:
    """W normal, visible fields the base rates, no hidden fields."""
    hidden = cfg.boltzmann_machine.hidden
    drawn = torch.randn(hidden, len(base), generator=stream(cfg.seed, "weights")).to(base)
    return RestrictedBoltzmannMachine(cfg.boltzmann_machine.scale * drawn, base.clone(), base.new_zeros(hidden))


def make_chains(cfg: DictConfig, base: Tensor) -> Chains:
    """What the machine's moments are measured on: `by`."""
    group = cfg.boltzmann_machine
    generator = stream(cfg.seed, "chains", base.device)
    if group.by == "cd":
        return FromData(group.gibbs, generator)
    if group.by == "pcd":
        first = (torch.rand(group.chains, len(base), generator=generator, device=base.device) < base.sigmoid()).to(base)
        return Persistent(first, group.gibbs, generator)
    swaps = stream(cfg.seed, "swaps")
    return Tempered(base, group.chains, group.replicas, group.hottest, group.gibbs, generator, swaps)


def make_audit(
    cfg: DictConfig, machine: RestrictedBoltzmannMachine, base: Tensor, chains: Chains
) -> dict[str, Auditors]:
    """Auditors that begin at the base rates, whose ln Z is known; beside them the books of the chains that drive."""
    group = cfg.boltzmann_machine
    if not group.auditors:
        return {}
    begin = Path(machine, base)
    generator = stream(cfg.seed, "auditors", base.device)
    with blame("boltzmann_machine.auditors"):
        first = begin.start(group.auditors, generator)
        auditors = Auditors(begin.at(0), first, begin.log_z_base, group.groups, generator)
    with blame("boltzmann_machine.by"):
        if not isinstance(chains, Persistent):
            raise ValueError(f"auditors need by=pcd beside them, got {group.by}; or type boltzmann_machine.auditors=0")
    drivers = Auditors(begin.at(0), chains.v, begin.log_z_base, 1, generator)
    drivers.book(machine, chains.v)  # the first weights are switched on before the chains move
    return {"auditors": auditors, "drivers": drivers}


def followed(audit: dict[str, Auditors], machine: RestrictedBoltzmannMachine, lost: float) -> dict[str, float]:
    """ln Z of the machine of now: by the auditors, by the chains that drive the gradient, and by enumeration."""
    if not audit:
        return {}
    found, driven = audit["auditors"].estimate(), audit["drivers"].estimate()
    values = {"log_z_auditors": found.value, "log_z_error": found.error, "effective": found.effective}
    values |= {"log_z_drivers": driven.value, "predicted_loss": lost, "resampled": audit["auditors"].resampled}
    values |= {"log_z": exact.log_z(machine)} if exact.enumerable(machine, quickly=True) else {}
    return {name: value for name, value in values.items() if math.isfinite(value)}


def likelihood(cfg: DictConfig, images: Images, path: Path, step: int) -> dict[str, float]:
    """Mean ln p of the validation set, or of the training set where there is none: exact, or by a short AIS."""
    rows = images.others.get("validation", images.train)
    if exact.enumerable(path.machine, quickly=True):
        value = exact.log_z(path.machine)
    else:
        work, _ = forward_work(path, *QUICK, stream(cfg.seed, f"quick AIS {step}", rows.device))
        value = log_z(path, work).value
    return {"log_likelihood": float(-path.machine.free_energy(rows).double().mean()) - value}
