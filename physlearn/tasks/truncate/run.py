"""task=truncate: a trained matrix product classifier in canonical form, cut down at every bond to a given error.

    |W - W'| <= error |W|,      |W|^2 = <sum_c f_c(x)^2> over images of independent pixels, each with its frequencies

Bonds are then large where pixels matter, and 1 at the dark border. The plain norm of the tensor is the control.
"""

from pathlib import Path
from typing import Any

from omegaconf import DictConfig
from torch import Tensor, nn

from physlearn.instruments import calibration
from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.lab.checkpoints import newest_readable
from physlearn.lab.earlier import config_of
from physlearn.lab.errors import UserError
from physlearn.lab.progress import percent
from physlearn.models.mps import MatrixProductClassifier
from physlearn.tasks.setup.make import make_data, make_model
from physlearn.tensor import figures
from physlearn.tensor.classifier import as_state, logits, pixel_grams, truncated
from physlearn.tensor.gauge import entanglement_entropies
from physlearn.tensor.states import superposition

DATA, PLAIN = "in the norm of the data", "in the plain norm"


def run(cfg: DictConfig, bench: BenchProtocol) -> dict[str, Any]:
    """Truncates at `task.error` and at each of `task.errors`; returns what result.json holds."""
    folders = [cfg["from"]] if isinstance(cfg["from"], str) else list(cfg["from"])
    data, models = make_data(source(folders[0])[0], bench), []
    for folder in folders:
        begun, saved = source(folder)
        model = make_model(begun, data, bench)
        if not isinstance(model, MatrixProductClassifier):
            raise UserError(f"from={folder}: this is a {type(model).__name__}. Choose a run of model=mps")
        model.load_state_dict(saved)
        models.append(model)
    if len({model.features for model in models}) > 1 or len({str(source(f)[0].data) for f in folders}) > 1:
        raise UserError(f"from={folders}: these runs differ in their data or model.features, their logits have no sum")
    bench.restore()
    if not cfg.task.test and data.validation_x is None:
        raise UserError("task.test=false is not allowed: this run held no validation set out (data.validation=0)")
    on = "test" if cfg.task.test else "validation"
    x, y = (data.test_x, data.test_y) if cfg.task.test else (data.validation_x, data.validation_y)
    phi = model.site_vectors(x)
    state = superposition([as_state(*model.matrices()) for model in models])
    grams = pixel_grams(model.site_vectors(data.train_x))
    before = calibration.error(logits(state, phi), y), sum(parameters(model) for model in models)
    chains = f" in {len(models)} chains, bond {max(state.bonds)} together" if len(models) > 1 else ""
    bench.say(f"{before[1]:,} parameters{chains}; {on} error {percent(before[0])}.")

    rows, curves = [], {way: ([], []) for way in (DATA, PLAIN)}
    for error in sorted({*cfg.task.errors, cfg.task.error}):
        for way, given in ((DATA, grams), (PLAIN, None)):
            small, canonical, made = truncated(state, error, given)
            wrong = calibration.error(logits(small, phi), y)
            curves[way][0].append(small.parameters)
            curves[way][1].append(wrong)
            rows.append((f"{error:g} {way}", f"{made:.3g}", f"{max(small.bonds)}", f"{small.parameters:,}",
                         f"{before[1] / small.parameters:.1f}x", percent(wrong)))  # fmt: skip
            if error == cfg.task.error and way == DATA:
                drawn, chosen = canonical, (small.parameters, wrong, made)
    counts, errors = ({way: part[i] for way, part in curves.items()} for i in range(2))
    bench.figure("error_against_parameters", figures.error_against_parameters(counts, errors, before[::-1], on))
    bonds, entropies = (over_pixels(values) for values in (drawn.bonds, entanglement_entropies(drawn)))
    label = f"truncated at {cfg.task.error:g}: {chosen[0]:,} parameters, error {percent(chosen[1])}"
    bench.figure("over_picture", figures.over_picture(data.shape[1:], bonds, entropies, label))
    bench.summary("Truncation", ("at", "error made", "largest bond", "parameters", "compression", "error"), rows)
    result = {"whole_error": before[0], "whole_parameters": before[1], "truncated_error": chosen[1]}
    result |= {"parameters_left": chosen[0], "error_made": chosen[2], "bonds": bonds, "entropies": entropies}
    result |= {"errors": sorted({*cfg.task.errors, cfg.task.error})}
    for way, name in ((DATA, "data"), (PLAIN, "plain")):
        result |= {f"parameters_{name}": counts[way], f"test_errors_{name}": errors[way]}
    return result


def over_pixels(values: list[Any]) -> list[Any]:
    """Of the N cuts around N pixels and the label those behind pixels 1 ... N - 1: of the label's two the larger."""
    half = (len(values) + 1) // 2
    return [*values[: half - 1], max(values[half - 1], values[half]), *values[half + 1 :]]


def parameters(model: nn.Module) -> int:
    return sum(p.numel() for p in model.parameters())


def source(path: str) -> tuple[DictConfig, dict[str, Tensor]]:
    """The config and the weights of a run of task=train.

    Raises:
        UserError: no such run lies there, or it has no checkpoint.
    """
    begun, saved = config_of(path, "train"), newest_readable(Path(path) / "checkpoints")
    if saved is None:
        raise UserError(f"from={path}: this run has no checkpoint yet. Wait for it, or choose another run")
    return begun, saved["state"]["model"]
