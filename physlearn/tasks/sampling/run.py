"""task=sampling: chains of small networks as rows of one matrix, and what they predict.

    truth      samplers beside exact (Hamiltonian) chains: agreement and total variation of the predictions
    cold       error, NLL and thermometers against tau = N T, in both families of the prior
    replicas   an ensemble of 1, 4, 16 independent chains against processor time

A segment of the exact chains, a sampler, a prior or a run is one step: it is saved, and a resumed run does the rest.
"""

from typing import Any

from omegaconf import DictConfig, OmegaConf

from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.lab.build import build, chosen, name_of
from physlearn.lab.errors import UserError
from physlearn.sampling.cold import ColdPosterior
from physlearn.sampling.problem import Problem, Row
from physlearn.sampling.replicas import Replicas
from physlearn.sampling.truth import PosteriorTruth
from physlearn.tasks.sampling import report as reports
from physlearn.tasks.setup.make import demand_classes, make_data

REPORTS = {PosteriorTruth: reports.truth, ColdPosterior: reports.cold, Replicas: reports.replicas}


def run(cfg: DictConfig, bench: BenchProtocol) -> dict[str, Any]:
    """Measures step by step; returns what result.json holds.

    Raises:
        UserError: no validation set, keys that contradict one another.
    """
    settings = OmegaConf.to_container(cfg.sampling)
    if chosen(settings) not in REPORTS:
        raise UserError(f"sampling: {name_of(settings)} is not one of {', '.join(k.__name__ for k in REPORTS)}")
    check(settings)
    data = demand_classes(make_data(cfg, bench), "task=sampling")
    if data.validation_x is None:
        raise UserError("data.validation=0 is not allowed here: settings are chosen on it. Type data.validation=auto")
    study = build("sampling", settings, Problem.of(data), cfg.seed)
    rows: list[Row] = []
    if saved := bench.restore():
        rows = saved["rows"]
        study.load_state_dict(saved["study"])
    else:
        examples = len(data.train_y)
        bench.say(f"{data.name}, {examples:,} training examples: tau = 1 is T = 1/N = {1 / examples:.3g}.")
    for step in bench.steps(study.total, lambda: {"rows": rows, "study": study.state_dict()}, every=1):
        for row in study.step(step):
            rows.append(row)
            bench.log(step + 1, **row)
    return REPORTS[type(study)](bench, rows, settings)


def check(settings: dict[str, Any]) -> None:
    """Raises UserError for lists where one number is wanted, and the other way round."""
    several = chosen(settings) is Replicas
    for key in ("chains", "steps"):
        if isinstance(settings[key], list) != several:
            wanted = "a list" if several else "one number"
            raise UserError(f"sampling.{key}={settings[key]} is not allowed: this measurement wants {wanted}")
    if several and len(settings["chains"]) != len(settings["steps"]):
        raise UserError(f"sampling.steps={settings['steps']} is not allowed: it must be as long as sampling.chains")
