"""What task=temper is made of: replicas as rows that something moves, and what is known of the system beforehand."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

import torch
from omegaconf import DictConfig, OmegaConf
from torch import Tensor, nn

from physlearn import processes
from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.lab.build import build, name_of
from physlearn.lab.errors import UserError
from physlearn.streams import stream
from physlearn.tasks.setup.make import is_thermal
from physlearn.tempering.forecast import Forecast
from physlearn.tempering.movers import Force, weight_mover
from physlearn.tempering.permutation import Replicas
from physlearn.tempering.ranks import Spread
from physlearn.tempering.rows import Mover, Reading, RowByRow
from physlearn.tempering.swaps import Statistic, exact_statistic
from physlearn.tempering.trace import Trace


@dataclass(frozen=True)
class Context:
    """Where a system is set up: the config, the bench, and the global indices of the rows that this process holds."""

    cfg: DictConfig
    bench: BenchProtocol
    rows: range

    def movers(self, make: Callable[["Context"], Mover]) -> Mover:
        """The mover that `make` gives for these rows: for all together, or under torchrun on a CPU for each alone.

        Alone, a row's last bits do not depend on how many rows its process holds (see tempering/rows.py).
        """
        if not processes.spread() or self.bench.device.type != "cpu":
            return make(self)
        return RowByRow([make(replace(self, rows=range(row, row + 1))) for row in self.rows])


class Keeper(Protocol):
    """Averages over samples of the states, level by level, taken now and then."""

    def add(self, states: Tensor, levels: Tensor) -> None:
        """Takes one sample of these rows (row, ...), which stand at these levels (row,)."""

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state: dict[str, Any]) -> None: ...


@dataclass
class Experiment:
    """A system on the bench, and what is known of it before the run.

    Args:
        mover: of the replicas that this process holds.
        words: what is about to be sampled, a sentence or two.
        unit: what energies are counted by in results: ``total``, ``per site``, ``nats per example``.
        sites: what energies and heat capacities are divided by in results.
        work: names what a sweep costs (``spin_updates``, ``gradient_evaluations``), and how many of them a row makes.
        forecast: temperatures (level,) -> predicted acceptances; None: a pilot run tells.
        exact: T -> (<E>, C), totals; None: not known.
        names: of what `observe` reads beside the energy.
        read: what is seen of the states (row, ...) after every sweep; of all processes' rows it goes to `observe`.
        observe: that, ladder -> values (group, level, name); a group is a ladder or a sample of couplings.
        expected: T -> the exact mean of each of them; None: not known.
        samples: how many draws of the couplings the ladders belong to; 0: the ladders are all of one system.
        identity: (T, link overlap) -> the energy per spin that Gaussian couplings have in equilibrium.
        statistic: readings -> what a decision needs.
        examples: N of the training set, by which `posterior` is 1/N.
        keeper: averages that only a network has.
        critical: the temperature of a phase transition; None: there is none, or it is not known.
        follows: each temperature has an energy of its own, and rows take over that of the level they move to.
    """

    mover: Mover
    words: str
    unit: str
    work: tuple[str, int]
    sites: int = 1
    forecast: Callable[[Tensor], Forecast] | None = None
    exact: Callable[[float], tuple[float, float]] | None = None
    names: tuple[str, ...] = ()
    read: Callable[[Tensor], Tensor] = torch.clone
    observe: Callable[[Tensor, Replicas], Tensor] | None = None
    expected: Callable[[float], list[float]] | None = None
    samples: int = 0
    identity: Callable[[Any, Any], Any] | None = None
    statistic: Callable[[Any, Replicas], Statistic] = exact_statistic
    examples: int | None = None
    keeper: Keeper | None = None
    critical: float | None = None
    follows: bool = False

    def after_swaps(self, mover: Spread) -> dict[str, Callable]:
        """What an exchange calls after a round of swaps: momenta are rescaled, or stay with their levels."""
        return {"follow": mover.follow} if self.follows else {"rescale": mover.rescale}


@dataclass(frozen=True)
class Finished:
    """What a run leaves to be reported.

    Args:
        experiment: the system.
        ladder: at the end.
        record: of all sweeps, the burn-in included.
        observed: what `observe` gave, (sweep, group, level, name).
        burn_in: sweeps that are left out of all means.
        mover_acceptance: share of the Metropolis steps that were accepted; None where there are none.
    """

    experiment: Experiment
    ladder: Replicas
    record: Trace
    observed: Tensor
    burn_in: int
    mover_acceptance: float | None


class Weights:
    """Replicas of weights or coordinates, moved by any equation of motion of the bench.

    Args:
        context: whose `optimizer` group says how they move.
        start: (row, D).
        force: states -> energies (row,) and gradients (row, D).
        measure: states -> what swaps go by.
    """

    def __init__(self, context: Context, start: Tensor, force: Force, measure: Callable[[Tensor], Reading]) -> None:
        self.states = nn.Parameter(start.clone())
        self.optimizer = row_optimizer(context, self.states)
        self.explore = weight_mover(self.optimizer, self.states, force, context.cfg.tempering.every)
        self.measure = lambda: measure(self.states.detach())

    def rescale(self, factor: Tensor) -> None:
        self.explore.rescale(factor)

    def leave(self) -> list[Tensor]:
        return self.explore.leave()

    def enter(self, found: list[Tensor], temperatures: Tensor) -> None:
        self.explore.enter(found, temperatures)

    def acceptance(self) -> Tensor | None:
        return self.optimizer.acceptance()

    def settle(self) -> None:
        self.optimizer.settle()

    def state_dict(self) -> dict[str, Any]:
        return {"states": self.states.detach(), "optimizer": self.optimizer.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        with torch.no_grad():
            self.states.copy_(state["states"])
        self.optimizer.load_state_dict(state["optimizer"])


def row_optimizer(context: Context, states: nn.Parameter) -> torch.optim.Optimizer:
    """The equation of motion of rows, with one stream of noise a row that belongs to its global index.

    The prior is part of the energy that a system gives, so that the optimizer is built with weight_decay 0.

    Raises:
        UserError: an optimizer that has no temperature.
    """
    settings = OmegaConf.to_container(context.cfg.optimizer, resolve=True) | {"weight_decay": 0.0}
    if not is_thermal(context.cfg):
        raise UserError(
            f"optimizer: {name_of(settings)} has no temperature. Type e.g. optimizer=mala or optimizer=langevin"
        )
    noise = [stream(context.cfg.seed, f"thermal {row}", context.bench.device) for row in context.rows]
    temperatures = torch.ones(len(context.rows), device=context.bench.device)  # set before every sweep
    return build("optimizer", settings, [states], temperature=temperatures, generator=noise)


def levels(cfg: DictConfig) -> int:
    """R: as many as the list of temperatures has, else `tempering.replicas`."""
    return len(cfg.tempering.temperatures or ()) or cfg.tempering.replicas


def hottest(cfg: DictConfig) -> float:
    """The hottest temperature of a run whose temperatures are numbers."""
    return cfg.tempering.temperatures[-1] if cfg.tempering.temperatures else cfg.tempering.maximum
