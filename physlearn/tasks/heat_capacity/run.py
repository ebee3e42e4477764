"""task=heat_capacity: C = d<E>/dT of the parameters of networks of growing width, exact samples of their posterior.

    family=likelihood   C_L = d<L>/dT = Var(L)/T^2             family=posterior   C - d/2, C = d<E>/dT = Var(E)/T^2

each measured twice: by fluctuations at T_0, and by the difference between the mean energies of two temperatures.
"""

from typing import Any

import torch
from omegaconf import DictConfig

from physlearn.instruments.chains import r_hat
from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.prior_families import FAMILIES
from physlearn.streams import stream
from physlearn.tasks.heat_capacity.report import report
from physlearn.tasks.setup.make import demand_classes, make_data
from physlearn.temperatures import number_of
from physlearn.thermodynamics.hamiltonian import HamiltonianMonteCarlo
from physlearn.thermodynamics.heat_capacity import (
    Levels,
    Relaxation,
    fan_in_variances,
    heat_capacity,
    network_potential,
    read,
    relaxation_time,
)
from physlearn.thermodynamics.networks import Networks


def run(cfg: DictConfig, bench: BenchProtocol) -> dict[str, Any]:
    """For each width: burn-in, moves that are read, steps of Langevin dynamics; returns what result.json holds."""
    data, task = demand_classes(make_data(cfg, bench), "task=heat_capacity"), cfg.task
    x, y = data.train_x.flatten(1), data.train_y
    temperature = number_of(task.temperature, len(y))
    levels = Levels(temperature, task.share, task.chains)
    measured: list[dict[str, float]] = []
    readings: list[torch.Tensor] = []  # (3, row) each
    series: list[torch.Tensor] = []  # (2, chain) each
    chain: HamiltonianMonteCarlo | None = None
    motion: Relaxation | None = None

    def begin(i: int) -> HamiltonianMonteCarlo:
        networks = Networks(x, y, task.widths[i], data.classes, 1.0, levels.rows)
        potential = network_potential(networks, fan_in_variances(networks, task.scale), *levels.of_rows)
        start = [v.detach() for v in networks.draw(stream(cfg.seed, f"start {i}", bench.device))]
        return HamiltonianMonteCarlo(potential, start, stream(cfg.seed, f"moves {i}", bench.device), kicks=task.kicks)

    def relax(i: int, chain: HamiltonianMonteCarlo) -> Relaxation:
        """From the last samples at T_0, in family=likelihood."""
        networks = Networks(x, y, task.widths[i], data.classes, 1.0, task.chains)
        middle = (part[levels.middle] for part in levels.of_rows)
        potential = network_potential(networks, fan_in_variances(networks, task.scale), *middle)
        start = [v[levels.middle] for v in chain.positions]
        return Relaxation(potential, start, task.pace, stream(cfg.seed, f"relaxation {i}", bench.device))

    def state() -> dict[str, Any]:
        moving = {"chain": chain.state_dict() if chain else None, "motion": motion.state_dict() if motion else None}
        return moving | {"measured": measured, "readings": readings, "series": series}

    sampling, each = task.burn_in + task.moves, task.burn_in + task.moves + task.relaxation
    if saved := bench.restore():
        measured, readings, series = saved["measured"], saved["readings"], saved["series"]
        i = min(bench.step // each, len(task.widths) - 1)
        if saved["chain"]:
            chain = begin(i)
            chain.load_state_dict(saved["chain"])
        if saved["motion"]:
            motion = relax(i, chain)
            motion.load_state_dict(saved["motion"])
    else:
        bench.say(words(cfg, len(y), temperature, levels))
    for k in bench.steps(len(task.widths) * each, state, task.checkpoint_every):
        i, j = divmod(k, each)
        if j == 0:
            chain, motion, readings, series = begin(i), None, [], []
        if j < sampling:
            chain.move()
            if j >= task.burn_in:
                readings.append(read(chain.potential, chain.positions))
        else:
            motion = motion or relax(i, chain)
            series.append(motion.step())
        if j == each - 1:
            own = {"width": task.widths[i], "parameters": parameters(chain), "acceptance": chain.acceptance()}
            measured.append(own | measure(torch.stack(readings), torch.stack(series), levels, task.pace))
            bench.log(k + 1, **measured[-1])
            chain = motion = None
    return report(cfg, bench, measured)


def words(cfg: DictConfig, examples: int, temperature: float, levels: Levels) -> str:
    """What is about to be sampled."""
    task = cfg.task
    return (
        f"{examples} examples, T_0 = {temperature:g}, {temperature * examples:.3g} times the posterior's 1/N; prior "
        f"variance {task.scale:g}/fan-in; {levels.chains} chains at each temperature and family, of {task.moves} moves "
        f"after {task.burn_in}."
    )


def parameters(chain: HamiltonianMonteCarlo) -> int:
    """Weights and biases of one network."""
    return sum(v[0].numel() for v in chain.positions)


def measure(read_off: torch.Tensor, relaxing: torch.Tensor, levels: Levels, pace: float) -> dict[str, float]:
    """Everything of one width: readings (time, 3, row), series of the relaxation (time, 2, chain)."""
    readings, series = read_off.cpu().numpy(), relaxing.cpu().numpy()
    found: dict[str, float] = {}
    for family in FAMILIES:
        at = heat_capacity(readings, levels, family)
        found |= {family: at.fluctuations, f"{family}_se": at.fluctuations_se}
        found |= {f"{family}_difference": at.difference, f"{family}_difference_se": at.difference_se}
        found[f"{family}_z"] = at.z
    found["r_hat"] = max(r_hat(levels.part(readings[:, 0], "likelihood", place).T) for place in range(3))
    for i, name in enumerate(("loss", "prior")):
        found[f"relaxation_{name}"], found[f"relaxation_{name}_se"] = relaxation_time(series[:, i], pace)
    return {key: float(value) for key, value in found.items()}
