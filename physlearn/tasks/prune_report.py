"""What task=prune says before its first step, and what it reads off after its last."""

from typing import Any

from omegaconf import DictConfig
from torch import nn

from physlearn.data.dataset import Dataset
from physlearn.ensemble import Sample, probabilities, snapshot
from physlearn.instruments.calibration import error
from physlearn.lab.progress import percent
from physlearn.pruning import accounting, figures
from physlearn.pruning.masks import count, prunable
from physlearn.pruning.neurons import gone, parameters_kept
from physlearn.pruning.pipeline import Pruning
from physlearn.pruning.published import HAN, Network


def announce(cfg: DictConfig, bench: Any, pruning: Pruning, dense: int, sparse: int, per_epoch: int) -> None:
    """Says once, in plain words, what is about to be pruned, to what, and when."""
    model, weights = pruning.model, sum(mask.numel() for mask in pruning.masks.values())
    plan = list(pruning.plan.values())
    chosen = sum(pruning.masks[name].numel() for name in pruning.weights)
    kept = (plan[-1].kept if plan else chosen) + weights - chosen
    bench.say(
        f"{type(model).__name__}, {sum(p.numel() for p in model.parameters()):,} parameters, {weights:,} weights: "
        f"{kept:,} will be kept by {cfg.pruning._target_.rpartition('.')[2]}, {weights / kept:.4g}x."
    )
    source = f"its {dense // per_epoch} epochs" if dense else cfg["from"] or "the first, untrained weights"
    times = (
        f"pruned {len(plan)} times, last at step {dense + plan[-1].step:,} of {dense + sparse:,}" if plan else "kept"
    )
    bench.say(f"The dense network comes from {source}; it is {times}.")


def report(
    cfg: DictConfig, bench: Any, model: nn.Module, data: Dataset, pruning: Pruning, dense: Sample | None
) -> dict[str, Any]:
    """Reads the test set, once; draws; returns what result.json holds. `dense`: the trained dense network, if any."""
    sparse, masks = snapshot(model), pruning.masks
    before: dict[str, float] = {}
    if dense is not None:
        model.load_state_dict(dense)
        before = errors(model, data)
        model.load_state_dict(sparse)
    after = errors(model, data)
    rows = accounting.account(model, masks, data.shape, accounting.measure_activations(model, data.train_x[:5000]))
    totals = accounting.totals(rows)
    parameters, kept = sum(p.numel() for p in model.parameters()), parameters_kept(model, masks)
    result: dict[str, Any] = {
        "dense_test_error": before.get("test_error"),
        "dense_validation_error": before.get("validation_error"),
        **after,
        "compression": totals["weights"] / count(masks),
        "compression_parameters": parameters / kept,
        "weights": totals["weights"],
        "weights_kept": count(masks),
        "parameters": parameters,
        "parameters_kept": kept,
        **{f"density_{row.layer}": row.density for row in rows},
        **{f"neurons_gone_{layer}": int(units.sum()) for layer, units in gone(model, masks).items()},
        "flops_fraction": totals["flops_fraction"],
        "flops_weights_fraction": totals["flops_weights_fraction"],
    }
    draw(cfg, bench, pruning, data, dense, rows)
    bench.summary(*table(cfg, result))
    return result


def errors(model: nn.Module, data: Dataset) -> dict[str, float | None]:
    """Errors on the test set and, where there is one, on the validation set."""
    held = data.validation_x is not None
    return {
        "test_error": error(probabilities(model, data.test_x), data.test_y),
        "validation_error": error(probabilities(model, data.validation_x), data.validation_y) if held else None,
        "train_error": error(probabilities(model, data.train_x), data.train_y),
    }


def published_row(cfg: DictConfig) -> Network | None:
    """What Han et al. (2015) print for this network on these data."""
    found = HAN.get(str(cfg.model._target_).rpartition(".")[2].lower())
    pictures = {"lenet300": "mnist", "lenet5": "mnist", "alexnet": "image_folder", "vgg16": "image_folder"}
    return found if found and cfg.data.name == pictures[str(cfg.model._target_).rpartition(".")[2].lower()] else None


def draw(
    cfg: DictConfig,
    bench: Any,
    pruning: Pruning,
    data: Dataset,
    dense: Sample | None,
    rows: list[accounting.LayerCount],
) -> None:
    """The figures of a pruned network."""
    model, masks = pruning.model, pruning.masks
    published = published_row(cfg)
    shares = {layer: kept / 100 for layer, (kept, _) in published.layers.items()} if published else None
    bench.figure("density_by_layer", figures.density_by_layer({row.layer: row.density for row in rows}, shares))
    if dense is not None:
        layers = {name.removesuffix(".weight"): name for name in masks}
        flat = {layer: dense[name].cpu().numpy().ravel() for layer, name in layers.items()}
        left = {layer: prunable(model)[name].detach()[masks[name]].cpu().numpy() for layer, name in layers.items()}
        bench.figure("weights", figures.weights_before_after(flat, left))
    first = next(iter(masks.values()))
    if first.ndim == 2:
        bench.figure("receptive_field", figures.receptive_field(first.cpu().numpy(), data.shape))


def table(cfg: DictConfig, result: dict[str, Any]) -> tuple[str, tuple[str, ...], list[tuple[str, ...]]]:
    """The measured row beside the published one."""
    published = published_row(cfg)

    def row(name: str, measured: str, theirs: str = "") -> tuple[str, ...]:
        return (name, measured, theirs) if published else (name, measured)

    dense = result["dense_test_error"]
    rows = [
        row(
            "test error, dense",
            "-" if dense is None else percent(dense),
            percent(published.dense_error) if published else "",
        ),
        row("test error, pruned", percent(result["test_error"]), percent(published.error) if published else ""),
    ]
    if result["validation_error"] is not None:
        rows.append(row("validation error, pruned", percent(result["validation_error"])))
    rows += [
        row("parameters", f"{result['parameters']:,}", published.parameters if published else ""),
        row("parameters kept", f"{result['parameters_kept']:,}", published.parameters_kept if published else ""),
        row("weights kept", f"{result['weights_kept']:,} of {result['weights']:,}"),
        row("compression, weights", f"{result['compression']:.2f}x", f"{published.rate}x" if published else ""),
        row("compression, parameters", f"{result['compression_parameters']:.2f}x"),
        row("FLOP left", percent(result["flops_fraction"])),
    ]
    for name, value in result.items():
        if name.startswith("density_"):
            layer = name.removeprefix("density_")
            theirs = f"{published.layers[layer][0]} %" if published and layer in published.layers else ""
            rows.append(row(f"kept in {layer}", percent(value), theirs))
    return "Pruning", ("", "measured", "Han et al. 2015") if published else ("", "measured"), rows
