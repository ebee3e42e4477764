"""What task=born says before its first loop, and what it reads off the state after the last."""

import math
from collections.abc import Sequence
from typing import Any

import torch
from omegaconf import DictConfig
from torch import Tensor

from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.streams import stream
from physlearn.tasks.born.completion import draw_completions
from physlearn.tasks.born.images import Images
from physlearn.tensor import figures
from physlearn.tensor.born import nll
from physlearn.tensor.exact import chi_square, least_nll
from physlearn.tensor.gauge import entanglement_entropies
from physlearn.tensor.sampling import sample
from physlearn.tensor.state import MatrixProductState

ORDER = {"rows": "row by row", "snake": "row by row, every second one from right to left"}
DRAWN = 50  # samples in the figure
FEW = 1000  # so many different images can be counted among the samples


def announce(cfg: DictConfig, bench: BenchProtocol, images: Images, start: float) -> None:
    """Says once, in plain words, what is learned, how, and how far the NLL can fall."""
    rows = images.train
    height, width = images.shape
    bench.say(
        f"{len(rows):,} images of {height} x {width} pixels, {ORDER[images.order]}: a chain of {rows.shape[1]} sites."
    )
    bench.say(
        f"NLL of the first state, the pixels' frequencies: {start:.4f} nats; bound of any model: {least_nll(rows):.4f}."
    )
    bench.say(
        f"A loop is a sweep to the right and back, {2 * (rows.shape[1] - 1)} bonds; {cfg.tensor.steps} gradient "
        f"step(s) of at most {cfg.tensor.lr:g} at each; bonds up to {cfg.tensor.bond}."
    )


def report(
    cfg: DictConfig, bench: BenchProtocol, images: Images, state: MatrixProductState, history: Sequence[float]
) -> dict[str, Any]:
    """Results, figures and table; `history`: the training NLL, loop by loop."""
    generator = stream(cfg.seed, "samples", bench.device)
    rows, bound = images.train, least_nll(images.train)
    drawn, _ = sample(state, cfg.task.samples, generator)
    entropies = entanglement_entropies(state)
    own = float(nll(state, rows).mean())
    result = {
        "train_nll": own,
        "bound": bound,
        "above_bound": own - bound,
        "images": len(rows),
        "sites": len(state),
        "bond_max": max(state.bonds),
        "bond_mean": sum(state.bonds) / len(state.bonds),
        "parameters": state.parameters,
        "loops": len(history) - 1,
        "history": list(history),
        "bonds": state.bonds,
        "entropies": entropies,
    }
    for name, other in images.others.items():
        values = nll(state, other)
        result |= {f"{name}_nll": float(values.mean()), f"{name}_nll_median": float(values.median())}
        result[f"{name}_impossible"] = float(values.isinf().double().mean())
    result |= counted(rows, drawn)
    bench.figure("samples", figures.images(images.pictures(drawn[:DRAWN]).cpu().numpy(), what="exact samples"))
    bench.figure("entanglement", figures.over_picture(images.shape, state.bonds, entropies, order=images.order))
    bench.figure("learning", figures.learning({f"D = {max(state.bonds)}": history}, bound, f"ln {len(rows):,}"))
    if cfg.task.complete is not None:
        result |= draw_completions(cfg, bench, images, state, generator)
    bench.summary(*table(result))
    return result


def counted(rows: Tensor, drawn: Tensor) -> dict[str, float]:
    """How many samples are training images; of few images also chi^2 of their counts, and its p-value."""
    known, again = torch.unique(rows, dim=0, return_counts=True)
    both, index = torch.unique(torch.cat((known, drawn)), dim=0, return_inverse=True)
    counts = torch.bincount(index[len(known) :], minlength=len(both))[index[: len(known)]]
    found = {"samples_known": float(counts.sum() / len(drawn)), "images_sampled": int((counts > 0).sum())}
    if len(known) <= FEW and int(counts.sum()) >= 5 * len(known):
        chi, p = chi_square(counts, again.double() / again.sum())
        found |= {"chi_square": chi, "chi_square_p": p}
    return found


def table(result: dict[str, Any]) -> tuple[str, tuple[str, ...], list[tuple[str, ...]]]:
    """The table that ends a run."""
    rows = [
        ("training NLL (nats)", f"{result['train_nll']:.6g}"),
        ("above the bound of any model", f"{result['above_bound']:.3g}"),
    ]
    for name in ("validation", "test"):
        if f"{name}_nll" in result:
            share = result[f"{name}_impossible"]
            rows.append((f"{name} NLL (nats): mean", f"{result[f'{name}_nll']:.6g}"))
            rows.append(("  median; images with p = 0", f"{result[f'{name}_nll_median']:.6g}; {100 * share:.2f} %"))
    rows.append(("bonds: largest, mean", f"{result['bond_max']}, {result['bond_mean']:.1f}"))
    rows.append(("parameters", f"{result['parameters']:,}"))
    rows.append(
        ("largest entropy (nats)", f"{max(result['entropies']):.4f}; ln D = {math.log(result['bond_max']):.4f}")
    )
    rows.append(("samples that are training images", f"{100 * result['samples_known']:.2f} %"))
    if "chi_square" in result:
        rows.append(("chi^2 of their counts (p-value)", f"{result['chi_square']:.1f} ({result['chi_square_p']:.2g})"))
    return "Born machine", ("", "measured"), rows
