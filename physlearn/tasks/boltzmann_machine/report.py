"""What task=boltzmann_machine says before its first update, and what it measures after the last."""

import math
from typing import Any

import numpy as np
import torch
from omegaconf import DictConfig
from torch import Tensor

from physlearn.boltzmann_machine import exact, figures
from physlearn.boltzmann_machine.ais import LogZ, forward_work, log_z, raise_log_p, reverse_work
from physlearn.boltzmann_machine.chains import Chains, Tempered
from physlearn.boltzmann_machine.path import Path
from physlearn.boltzmann_machine.rbm import RestrictedBoltzmannMachine
from physlearn.instruments.notation import plus_minus
from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.streams import stream
from physlearn.tasks.boltzmann_machine.images import Images

SHOWN = 100  # samples and filters in a figure


def announce(cfg: DictConfig, bench: BenchProtocol, images: Images, machine: RestrictedBoltzmannMachine) -> None:
    """Says once, in plain words, what is learned and how."""
    group, (hidden, visible) = cfg.boltzmann_machine, machine.weights.shape
    bench.say(f"{len(images.train):,} images of {visible} pixels, {hidden} hidden units.")
    if group.threshold is None and cfg.data.name != "bars_and_stripes":
        bench.say(
            "Black and white: each pixel is 1 with probability its grey value, drawn once. Published numbers for MNIST "
            "are mostly for another draw of this kind; those for a threshold are higher by many nats."
        )
    by = {"cd": "the batch's own rows", "pcd": f"{group.chains} persistent chains"}
    by["tempered"] = f"{group.chains} chains of {group.replicas} replicas, beta from 1 to {group.hottest:g}"
    bench.say(
        f"{group.updates:,} updates of {group.batch_size} images each, the machine's moments by {by[group.by]}, "
        f"{group.gibbs} Gibbs step(s) each."
    )
    if group.auditors:
        bench.say(
            f"{group.auditors:,} auditors in {group.groups} groups follow ln Z from the base rates, where it is known."
        )
    if group.auditors and group.groups < 8:
        bench.say("Fewer than 8 groups: the error of ln Z by the auditors is itself uncertain.")


@torch.no_grad()
def report(
    cfg: DictConfig,
    bench: BenchProtocol,
    images: Images,
    path: Path,
    chains: Chains | None,
    history: list[dict[str, float]],
) -> dict[str, Any]:
    """Results, figures and table of the machine at the end of `path`; `chains`: those of a training."""
    task, machine = cfg.task, path.machine
    work, ends = forward_work(path, task.ais_chains, task.ais_steps, stream(cfg.seed, "AIS", bench.device))
    ahead = log_z(path, work)
    known = exact.log_z(machine) if exact.enumerable(machine) else None
    back = reversed_log_z(cfg, bench, path, ends)
    result: dict[str, Any] = {"hidden": machine.weights.shape[0], "visible": machine.weights.shape[1]}
    result |= {"log_z_ais": ahead.value, "log_z_ais_error": ahead.error, "ais_effective": ahead.effective}
    result |= {"log_z_reverse": back.value, "log_z_reverse_error": back.error, "log_z_exact": known}
    z = LogZ(known, 0.0, 1.0) if known is not None else ahead
    for name, rows in {"train": images.train, **images.others}.items():
        result |= measured(name, machine, rows, z, drawn=name != "train" and not images.same)
    name = next((name for name in ("test", "validation") if name in images.others), "train")
    result |= by_raise(cfg, bench, path, images.others.get(name, images.train), name, ahead)
    if isinstance(chains, Tempered):
        result["swaps"] = chains.acceptance()
    if history:
        result |= {name: [line[name] for line in history if name in line] for name in history[-1]}
    draw_figures(cfg, bench, images, machine, ends, history)
    bench.summary(*table(result, name))
    return result


def reversed_log_z(cfg: DictConfig, bench: BenchProtocol, path: Path, ends: Tensor) -> LogZ:
    """Reverse AIS: from exact samples where p can be enumerated, else from chains, which are said to be near p."""
    generator = stream(cfg.seed, "reverse AIS", bench.device)
    count, machine = cfg.task.ais_chains, path.machine
    if len(machine.visible) <= exact.LARGEST:
        start = exact.samples(machine, count, stream(cfg.seed, "exact samples"))
    else:
        start = machine.gibbs(ends, 1000, generator)  # what AIS ended in, 1,000 Gibbs steps on
    return log_z(path, reverse_work(path, start, cfg.task.ais_steps, generator), reverse=True)


def measured(name: str, machine: RestrictedBoltzmannMachine, rows: Tensor, z: LogZ, drawn: bool) -> dict[str, float]:
    """Mean ln p of a set; its error is that of ln Z and, where images were drawn from many more, their scatter."""
    values = -machine.free_energy(rows).double() - z.value
    scatter = float(values.std()) / math.sqrt(len(values))
    error = {f"{name}_log_likelihood_error": math.hypot(scatter if drawn else 0.0, z.error)}
    return {f"{name}_log_likelihood": float(values.mean()), f"{name}_scatter": scatter} | error


def by_raise(cfg: DictConfig, bench: BenchProtocol, path: Path, rows: Tensor, name: str, ais: LogZ) -> dict[str, float]:
    """Mean ln p_ann of the set by RAISE: that by AIS of all images, plus the mean difference on a few of them."""
    task = cfg.task
    few = rows[torch.randperm(len(rows), generator=stream(cfg.seed, "RAISE images"))[: task.raise_examples]]
    generator = stream(cfg.seed, "RAISE", bench.device)
    work = reverse_work(path, few.repeat(task.raise_chains, 1), task.ais_steps, generator)
    back = raise_log_p(path, few, work.view(task.raise_chains, -1))  # (example,)
    ahead = -path.machine.free_energy(few).double() - ais.value
    difference = back - ahead
    whole = float(-path.machine.free_energy(rows).double().mean()) - ais.value
    return {
        f"{name}_raise": whole + float(difference.mean()),
        f"{name}_raise_error": float(difference.std()) / math.sqrt(len(difference)),
        "raise_below_ais": -float(difference.mean()),
    }


def draw_figures(
    cfg: DictConfig,
    bench: BenchProtocol,
    images: Images,
    machine: RestrictedBoltzmannMachine,
    ends: Tensor,
    history: list[dict[str, float]],
) -> None:
    """Samples, filters, the likelihood along the training, and ln Z beside its auditors."""
    channels, height, width = images.shape
    if channels == 1:
        v = machine.gibbs(ends[:SHOWN], 1, stream(cfg.seed, "pictures", bench.device))
        shades = machine.visible_fields(machine.hidden_fields(v).sigmoid()).sigmoid()
        bench.figure("samples", figures.pictures(shades.cpu().numpy().reshape(-1, height, width), "grey"))
        largest = machine.weights.norm(dim=1).argsort(descending=True)[:SHOWN]
        bench.figure("filters", figures.pictures(machine.weights[largest].cpu().numpy().reshape(-1, height, width)))
    if history:
        columns = {name: np.array([line[name] for line in history]) for name in history[-1]}
        name = "validation" if "validation" in images.others else "training"
        bench.figure("learning", figures.learning(columns["step"], columns["log_likelihood"], name))
        if {"log_z", "log_z_error"} <= columns.keys():
            bench.figure("auditors", figures.auditors(columns))


def table(result: dict[str, Any], name: str) -> tuple[str, tuple[str, ...], list[tuple[str, ...]]]:
    """The table that ends a run."""
    rows = [("ln Z by AIS", f"{plus_minus(result['log_z_ais'], result['log_z_ais_error'])}; "
             f"effective share of chains {result['ais_effective']:.2g}"),
            ("ln Z by AIS reversed", plus_minus(result["log_z_reverse"], result["log_z_reverse_error"]))]  # fmt: skip
    if result["log_z_exact"] is not None:
        rows.append(("ln Z, exact", f"{result['log_z_exact']:.5f}"))
    for key in ("train", "validation", "test"):
        if f"{key}_log_likelihood" in result:
            value, error = result[f"{key}_log_likelihood"], result[f"{key}_log_likelihood_error"]
            rows.append((f"{key} log-likelihood (nats per image)", plus_minus(value, error)))
    rows.append((f"{name}, by RAISE", plus_minus(result[f"{name}_raise"], result[f"{name}_raise_error"])))
    return "Boltzmann machine", ("", "measured"), rows
