"""task=density: orbitals of hydrogen are sampled by Markov chains, and learned by a density model from those samples.

    NLL = -<ln p(x)> >= -int |psi|^2 ln |psi|^2 d^3x,      x ~ |psi|^2; equality: the model is |psi|^2

The difference is the Kullback-Leibler divergence, measured on independent exact samples.
"""

from typing import Any

from omegaconf import DictConfig

from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.lab.build import build, chosen, name_of
from physlearn.lab.errors import UserError, blame
from physlearn.memory import refuse_too_large
from physlearn.orbitals.orbital import LARGEST, Orbital
from physlearn.tasks.density.report import announce, report
from physlearn.tasks.density.study import Study


def run(cfg: DictConfig, bench: BenchProtocol) -> dict[str, Any]:
    """Samples and learns each orbital in turn; returns what result.json holds."""
    orbitals = make_orbitals(cfg)
    with blame("task"):
        samples = cfg.task.sweeps * cfg.tempering.ladders
        refuse_too_large(f"sweeps={cfg.task.sweeps} of {cfg.tempering.ladders} ladders", 600 * samples)
    saved = bench.restore() or {"finished": [], "study": None}
    finished, study = saved["finished"], Study(cfg, bench, orbitals[min(len(saved["finished"]), len(orbitals) - 1)])
    if saved["study"]:
        study.load_state_dict(saved["study"])
    elif not finished:
        announce(bench, cfg, orbitals, study)

    def state() -> dict[str, Any]:
        going = study.state_dict() if 0 < study.done < study.steps else None
        return {"finished": finished, "study": going}

    for step in bench.steps(study.steps * len(orbitals), state, cfg.task.checkpoint_every):
        if study.done == study.steps:
            study = Study(cfg, bench, orbitals[len(finished)])
        values = study.advance()
        bench.demand_finite(step + 1, **values)
        if (step + 1) % cfg.task.log_every == 0:
            bench.log(step + 1, orbital=study.orbital.name, **values)
        if study.done == study.steps:
            finished.append(study.finish())
    return report(bench, cfg, orbitals, finished)


def make_orbitals(cfg: DictConfig) -> list[Orbital]:
    """Those of `task.orbitals`, or that of the group system.

    Raises:
        UserError: a system that is no orbital, quantum numbers that do not exist.
    """
    if chosen(cfg.system) is not Orbital:
        raise UserError(f"system: {name_of(cfg.system)} is no orbital. Type system=hydrogen")
    if cfg.task.orbitals is None:
        return [build("system", cfg.system)]
    found = []
    for numbers in cfg.task.orbitals:
        try:
            found.append(Orbital(*numbers))
        except ValueError as refusal:
            refused, fitting = str(refusal).partition(" Type ")[0], ",".join(map(str, nearest(*numbers)))
            raise UserError(
                f"task.orbitals: in {list(numbers)} {refused.rstrip('.')}. Type e.g. task.orbitals=[[{fitting}]]"
            ) from None
    return found


def nearest(n: int, l: int, m: int) -> tuple[int, int, int]:
    """Quantum numbers that exist, close to these."""
    n = min(max(n, 1), LARGEST)
    l = min(max(l, 0), n - 1)
    return n, l, min(max(m, -l), l)
