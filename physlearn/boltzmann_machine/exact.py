"""What enumeration gives: ln Z over the smaller layer, probabilities, samples, moments. All in double precision."""

import torch
from torch import Tensor

from physlearn.boltzmann_machine.rbm import RestrictedBoltzmannMachine
from physlearn.boltzmann_machine.training import Moments, moments

LARGEST = 20  # units that are enumerated: 2^20 configurations
CHUNK = 2**14  # of them at once
QUICK = 2**22  # terms that take less than a tenth of a second


def all_units(units: int, dtype: torch.dtype = torch.float64) -> Tensor:
    """All 2^n configurations of 0 and 1, the first unit slowest: (configuration, unit).

    Raises:
        ValueError: more than 20 units.
    """
    if units > LARGEST:
        raise ValueError(f"enumeration takes at most {LARGEST} units, got {units}")
    return (torch.arange(2**units)[:, None] >> torch.arange(units - 1, -1, -1) & 1).to(dtype)


def enumerable(machine: RestrictedBoltzmannMachine, quickly: bool = False) -> bool:
    """Whether the smaller layer has few enough units; `quickly`: for ln Z at every line of a log."""
    few, many = sorted(machine.weights.shape)
    return few <= LARGEST and (not quickly or 2**few * many <= QUICK)


def doubled(machine: RestrictedBoltzmannMachine) -> RestrictedBoltzmannMachine:
    """The machine in double precision on the CPU."""
    return RestrictedBoltzmannMachine(*(value.double().cpu() for value in machine.parameters))


@torch.no_grad()
def log_z(machine: RestrictedBoltzmannMachine) -> float:
    """ln Z = ln sum_v exp(-F(v)), or over the hidden units where they are fewer.

    Raises:
        ValueError: both layers have more than 20 units.
    """
    own = doubled(machine)
    hidden, visible = own.weights.shape
    values = own.hidden_free_energy if hidden < visible else own.free_energy
    parts = [(-values(rows)).logsumexp(0) for rows in all_units(min(hidden, visible)).split(CHUNK)]
    return float(torch.stack(parts).logsumexp(0))


def log_likelihood(machine: RestrictedBoltzmannMachine, rows: Tensor) -> Tensor:
    """ln p of every row in nats: (row, visible) -> (row,) float64."""
    return -doubled(machine).free_energy(rows.double().cpu()) - log_z(machine)


def probabilities(machine: RestrictedBoltzmannMachine) -> Tensor:
    """p(v) of all configurations of the visible units, in the order of `all_units`: (configuration,)."""
    own = doubled(machine)
    return (-own.free_energy(all_units(len(own.visible)))).softmax(0)


def exact_moments(machine: RestrictedBoltzmannMachine) -> Moments:
    """Moments under p(v), d ln Z/d theta: what the gradient subtracts."""
    own = doubled(machine)
    return moments(own, all_units(len(own.visible)), probabilities(own))


def samples(machine: RestrictedBoltzmannMachine, count: int, generator: torch.Generator) -> Tensor:
    """Independent samples of p(v) from the table of all its configurations: (count, visible)."""
    chosen = torch.multinomial(probabilities(machine), count, replacement=True, generator=generator)
    return all_units(len(machine.visible), machine.visible.dtype)[chosen.cpu()].to(machine.visible.device)
