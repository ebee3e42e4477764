"""task=temper: replica exchange. R replicas of a system at R temperatures move, and neighbours exchange temperatures.

    A = min(1, exp[(1/T_1 - 1/T_2)(E_1 - E_2)])

The weights or spins stay where they are; the temperatures move between them. What cannot be crossed at the coldest
temperature is gone round by way of the hottest.
"""

from typing import Any

import torch
from omegaconf import DictConfig

from physlearn.ensemble import sample_steps
from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.lab.errors import UserError, blame
from physlearn.memory import refuse_too_large
from physlearn.streams import stream
from physlearn.tasks.temper.own import make_experiment
from physlearn.tasks.temper.parts import Context, Experiment, Finished, levels
from physlearn.tasks.temper.report import announce, progress, report
from physlearn.temperatures import in_posteriors, number_of
from physlearn.tempering.ladder import adaptation_sweeps, check_temperatures, geometric, linear
from physlearn.tempering.permutation import Replicas, replicas
from physlearn.tempering.ranks import Spread, ranks
from physlearn.tempering.rounds import exchange
from physlearn.tempering.trace import Trace

SPREADS = True  # over the processes of torchrun


def run(cfg: DictConfig, bench: BenchProtocol) -> dict[str, Any]:
    """Explores and exchanges; returns what result.json holds."""
    ladders = cfg.tempering.ladders * cfg.system.get("samples", 1)
    with blame("tempering"):
        rows = ranks(levels(cfg), ladders)
    experiment: Experiment = make_experiment(Context(cfg, bench, rows.rows()))
    mover, keeper = Spread(experiment.mover, rows), experiment.keeper

    ladder = replicas(first_ladder(cfg.tempering, experiment.examples), ladders)
    adapt_at = adaptation_sweeps(cfg.tempering.rounds) if cfg.tempering.ladder == "adaptive" else []
    burn_in = max(adapt_at, default=0) + cfg.task.burn_in
    sweeps = burn_in + cfg.task.sweeps
    keep_after = {burn_in + s for s in sample_steps(cfg.task.sweeps, 0, cfg.system.keep, 1)} if keeper else set()

    with blame("task"):
        each = 26 + 8 * max(1, len(experiment.names))  # bytes of record and observations, in the run and its report
        refuse_too_large(f"sweeps={cfg.task.sweeps} of {ladders} x {levels(cfg)} replicas", each * sweeps * rows.total)
    swaps = stream(cfg.seed, "swaps")
    record = Trace(sweeps, ladders, levels(cfg))  # from the first sweep on: how a run settles is worth seeing
    seen = torch.zeros(sweeps, *observed(experiment, ladder), dtype=torch.float64)  # (sweep, group, level, name)
    loop = exchange(
        ladder,
        mover.explore,
        mover.measure,
        swaps,
        swap=cfg.tempering.swap,
        statistic=experiment.statistic,
        **experiment.after_swaps(mover),
        adapt_at=adapt_at,
    )

    def state() -> dict[str, Any]:
        return {
            "ladder": ladder.state_dict(),
            "mover": mover.state_dict(),
            "keeper": keeper.state_dict() if keeper else None,
            "swaps": swaps.get_state(),
            "record": record.state_dict(),
            "seen": seen[: record.length],
        }

    if saved := bench.restore():
        ladder.load_state_dict(saved["ladder"])
        mover.load_state_dict(saved["mover"])
        if keeper:
            keeper.load_state_dict(saved["keeper"])
        swaps.set_state(saved["swaps"])
        record.load_state_dict(saved["record"])
        seen[: record.length] = saved["seen"]
    else:
        announce(cfg, bench, experiment, mover, ladder)

    for step in bench.steps(sweeps, state, cfg.task.checkpoint_every):
        record.append(next(loop))
        if experiment.observe:
            seen[step] = experiment.observe(mover.read(experiment.read), ladder)
        if step + 1 == max(1, burn_in):
            mover.settle()
        if step + 1 in keep_after:
            states = mover.states()
            if bench.leads:
                keeper.add(states, ladder.levels.flatten())
        if (step + 1) % cfg.task.log_every == 0:
            bench.log(step + 1, **progress(record, ladder, experiment.sites, burn_in, cfg.task.log_every))

    bench.demand_finite(sweeps, energies=record.energies[-1])
    mover_acceptance = mover.acceptance()
    if not bench.leads:
        return {}
    return report(cfg, bench, Finished(experiment, ladder, record, seen, burn_in, mover_acceptance))


def first_ladder(cfg: DictConfig, examples: int | None) -> torch.Tensor:
    """The temperatures that the run begins with: (level,).

    Raises:
        UserError: keys that contradict one another, `posterior` where there is no training set.
    """
    if cfg.ladder == "explicit" and cfg.temperatures is None:
        raise UserError("tempering.ladder=explicit needs its temperatures. Type e.g. tempering.temperatures=[1,1.5,2]")
    if cfg.temperatures is not None:
        if cfg.ladder not in ("explicit", "adaptive"):
            raise UserError(f"tempering.temperatures is not read by tempering.ladder={cfg.ladder}: type explicit")
        listed = [known("temperatures", value, examples) for value in cfg.temperatures]
        with blame("tempering.temperatures"):
            return check_temperatures(listed)
    rule = linear if cfg.ladder == "linear" else geometric
    cold, hot = (known(key, cfg[key], examples) for key in ("minimum", "maximum"))
    if not cold < hot and in_posteriors(cfg.minimum):
        raise UserError(
            f"tempering.minimum={cfg.minimum} is {cold:.3g} with N = {examples} training examples, and must be below "
            f"tempering.maximum={hot:g}. Type e.g. tempering.maximum={10 * cold:.2g}, or use more examples"
        )
    if not cold < hot:
        raise UserError(f"tempering.minimum={cold:g} is not allowed: it must be below tempering.maximum={hot:g}")
    return rule(cold, hot, cfg.replicas)


def known(key: str, value: float | str, examples: int | None) -> float:
    """A temperature of the group tempering as a number.

    Raises:
        UserError: a multiple of 1/N where there are no training examples.
    """
    if in_posteriors(value) and examples is None:
        raise UserError(f"tempering.{key}={value} means 1/N, and there are no training examples. Type a number")
    return number_of(value, examples or 1)


def observed(experiment: Experiment, ladder: Replicas) -> tuple[int, int, int]:
    """How many groups, levels and names `observe` gives."""
    return experiment.samples or len(ladder.levels), len(ladder.temperatures), len(experiment.names)
