"""What task=prune says before its first step, and what it reads off after its last."""

from dataclasses import dataclass
from typing import Any

from omegaconf import DictConfig
from torch import nn

from physlearn.data.augment import Augmentation
from physlearn.data.dataset import Dataset
from physlearn.ensemble import Sample, snapshot
from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.lab.build import name_of
from physlearn.lab.files import write_atomically
from physlearn.lab.progress import counted, percent
from physlearn.likelihoods import Likelihood
from physlearn.pruning import accounting, figures, storage
from physlearn.pruning.codebook import Book
from physlearn.pruning.masks import count, regrown
from physlearn.pruning.neurons import gone, parameters_kept
from physlearn.pruning.pipeline import Pruning
from physlearn.pruning.published import HAN, Network
from physlearn.pruning.sensitivity import GRID
from physlearn.tasks.prune.setup import is_whole
from physlearn.tasks.setup.scores import WORDS, all_scores, words

FILE = "network.plnet"
PICTURES = {
    "lenet300": "mnist",
    "lenet5": "mnist",
    "alexnet": "image_folder",
    "vgg16": "image_folder",
    "vgg16cifar": "cifar10",
}


def announce(cfg: DictConfig, bench: BenchProtocol, pruning: Pruning, lengths: dict[str, int], per_epoch: int) -> None:
    """Says once, in plain words, what is about to be pruned, to what, and when."""
    model, weights = pruning.model, sum(mask.numel() for mask in pruning.masks.values())
    plan = list(pruning.plan.values())
    chosen = sum(pruning.masks[name].numel() for name in pruning.weights)
    kept = (plan[-1].kept if plan else chosen) + weights - chosen
    bench.say(
        f"{type(model).__name__}, {sum(p.numel() for p in model.parameters()):,} parameters, {weights:,} weights: "
        f"{'at most ' if is_whole(cfg) else ''}{kept:,} will be kept by {name_of(cfg.pruning)}, {weights / kept:.4g}x."
    )
    dense, sparse = (lengths[part] for part in ("dense", "sparse"))
    source = f"{counted(dense // per_epoch, 'epoch')} of training" if dense else cfg["from"] or cfg.weights
    end = plan[-1].step // per_epoch if plan else 0
    bench.say(
        f"The dense network comes from {source or 'nowhere: the first, untrained weights are pruned'}. "
        f"{counted(sparse // per_epoch, 'more epoch')}: pruned {times(len(plan))} in the first {end}, and retrained."
    )


def times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


@dataclass(frozen=True)
class Pruned:
    """What a run leaves to be reported.

    Args:
        model: as it is at the end.
        data: on which it is read.
        likelihood: of the targets.
        pruning: its masks.
        networks: the weights at the end of a part of the run: `dense`, `sparse`.
        books: layer -> shared values, where there are any.
        scans: the sensitivity scan and its thresholds, where the criterion asked for them.
    """

    model: nn.Module
    data: Dataset
    likelihood: Likelihood
    pruning: Pruning
    networks: dict[str, Sample]
    books: dict[str, Book]
    scans: dict[str, dict[str, Any]]


def report(cfg: DictConfig, bench: BenchProtocol, pruned: Pruned) -> dict[str, Any]:
    """Reads the test set, once (never with task.test=false); writes the file; draws; returns what result.json holds."""
    model, data, networks, books = pruned.model, pruned.data, pruned.networks, pruned.books
    masks, final = pruned.pruning.masks, snapshot(model)
    if wrong := regrown(model, masks):
        raise ArithmeticError(f"{wrong} removed weights are not zero")
    file = storage.pack(model, masks, cfg.storage.kind, books or None)
    write_atomically(bench.directory / FILE, file)

    before: dict[str, Any] = {}
    if "dense" in networks:
        model.load_state_dict(networks["dense"])
        before = scores(pruned, cfg.task.test)
    storage.load(model, (bench.directory / FILE).read_bytes())  # what lies on disk, not what was meant to
    loaded = scores(pruned, cfg.task.test)
    model.load_state_dict(networks["sparse"])
    after = scores(pruned, cfg.task.test)
    rows = accounting.account(model, masks, data.shape, accounting.measure_activations(model, data.train_x[:5000]))
    model.load_state_dict(final)

    totals, parameters = accounting.totals(rows), sum(p.numel() for p in model.parameters())
    kept = parameters_kept(model, masks)
    result: dict[str, Any] = {
        **{f"dense_{name}": before.get(name) for name in after},
        **after,
        "test_read": cfg.task.test,
        "test_examples": len(data.test_y) if cfg.task.test else None,
        "validation_examples": len(data.validation_y) if data.validation_x is not None else None,
        "compression": totals["compression"],
        "compression_parameters": parameters / kept,
        "weights": totals["weights"],
        "weights_kept": count(masks),
        "parameters": parameters,
        "parameters_kept": kept,
        **{f"density_{row.layer}": row.density for row in rows},
        **{f"activation_{row.layer}": row.activation for row in rows},
        **{f"neurons_gone_{layer}": int(units.sum()) for layer, units in gone(model, masks).items()},
        "flops_fraction": totals["flops_fraction"],
        "flops_weights_fraction": totals["flops_weights_fraction"],
        "dense_bytes": storage.dense_bytes(model),
        "csr_bytes": storage.csr_bytes(model, masks),
        "file_bytes": len(file),
        **{f"{name}_after_load": value for name, value in loaded.items()},
    }
    result |= {f"threshold_{layer_of(name)}": s for name, s in pruned.scans.get("thresholds", {}).items()}
    draw(cfg, bench, pruned, rows)
    title, columns, lines = table(published_row(cfg), result, rows, pruned.likelihood.SCORES[0])
    words = Augmentation(cfg.task.shift, cfg.task.get("flip", False)).words()
    moved = f", training images {words}" if words else ""
    bench.summary(title + moved, columns, lines)
    return result


def scores(pruned: Pruned, test: bool) -> dict[str, float | None]:
    """Scores on the three sets (`test_error`, `test_nll`, ...); None where there is none, or it stays unread."""
    data, likelihood = pruned.data, pruned.likelihood
    sets = {
        "test": (data.test_x if test else None, data.test_y),
        "validation": (data.validation_x, data.validation_y),
        "train": (data.train_x, data.train_y),
    }
    found: dict[str, float | None] = {}
    for name, (x, y) in sets.items():
        read = all_scores(likelihood, pruned.model, x, y) if x is not None and len(x) else {}
        found |= {f"{name}_{score}": read.get(score) for score in likelihood.SCORES}
    return found


def layer_of(parameter: str) -> str:
    return parameter.removesuffix(".weight")


def published_row(cfg: DictConfig) -> Network | None:
    """What Han et al. (2015) print for this network on these data."""
    name = name_of(cfg.model).lower()
    return HAN.get(name) if PICTURES.get(name) == cfg.data.get("name") else None


def draw(
    cfg: DictConfig,
    bench: BenchProtocol,
    pruned: Pruned,
    rows: list[accounting.LayerCount],
) -> None:
    """The figures of a pruned network."""
    masks, networks, published = pruned.pruning.masks, pruned.networks, published_row(cfg)
    shares = {layer: kept / 100 for layer, (kept, _) in published.layers.items()} if published else None
    bench.figure("density_by_layer", figures.density_by_layer({row.layer: row.density for row in rows}, shares))
    if "dense" in networks:
        names = {layer_of(name): name for name in masks}
        before = {layer: networks["dense"][name].cpu().numpy().ravel() for layer, name in names.items()}
        after = {layer: networks["sparse"][name][masks[name]].cpu().numpy() for layer, name in names.items()}
        bench.figure("weights", figures.weights_before_after(before, after))
    first = next(iter(masks.values()))
    if first.ndim == 2 and len(pruned.data.shape) == 3:
        bench.figure("receptive_field", figures.receptive_field(first.cpu().numpy(), pruned.data.shape))
    if scans := pruned.scans:
        curves, limits = ({layer_of(n): v for n, v in scans[key].items()} for key in ("sensitivity", "thresholds"))
        bench.figure("sensitivity", figures.sensitivity(GRID, curves, limits))


def table(
    published: Network | None, result: dict[str, Any], rows: list[accounting.LayerCount], score: str
) -> tuple[str, tuple[str, ...], list[tuple[str, ...]]]:
    """The measured row beside the published one; of each layer what Tables 2-5 of the paper have."""

    def shown(prefix: str, key: str, suffix: str = "") -> str:
        value, examples = result[f"{prefix}{key}_{score}{suffix}"], result[f"{key}_examples"]
        return "-" if value is None or not examples else words(score, value, examples)

    word = WORDS[score]
    lines = {
        f"test {word}, dense": (shown("dense_", "test"), published and percent(published.dense_error)),
        f"test {word}, pruned": (shown("", "test"), published and percent(published.error)),
        f"validation {word}, dense": (shown("dense_", "validation"), None),
        f"validation {word}, pruned": (shown("", "validation"), None),
        "parameters": (f"{result['parameters']:,}", published and published.parameters),
        "parameters kept": (f"{result['parameters_kept']:,}", published and published.parameters_kept),
        "compression, parameters": (f"{result['compression_parameters']:.2f}x", published and f"{published.rate}x"),
        "weights kept": (f"{result['weights_kept']:,} of {result['weights']:,}", None),
        "compression, weights": (f"{result['compression']:.2f}x", None),
    }
    theirs = {row.layer: row for row in published.account()} if published else {}
    for row in rows:
        printed = theirs.get(row.layer)
        lines[f"{row.layer}: kept / FLOP / active %"] = (shares(row), printed and shares(printed))
    lines |= {
        "FLOP left": (percent(result["flops_fraction"]), published and percent(published_flops(published))),
        "bytes, dense / CSR / file": (" / ".join(f"{result[f'{k}_bytes']:,}" for k in ("dense", "csr", "file")), None),
        f"test {word} from the file": (shown("", "test", "_after_load"), None),
    }
    lines = {name: pair for name, pair in lines.items() if pair != ("-", None)}
    if published is None:
        return "Pruning", ("", "measured"), [(name, measured) for name, (measured, _) in lines.items()]
    beside = [(name, measured, printed or "") for name, (measured, printed) in lines.items()]
    return "Pruning", ("", "measured", "Han et al. 2015"), beside


def shares(row: accounting.LayerCount) -> str:
    """Weights kept, FLOP left (activations counted) and activations that are not 0 after the layer, in percent."""
    return " / ".join(f"{100 * share:.3g}" for share in (row.density, row.density * row.reads, row.activation))


def published_flops(network: Network) -> float:
    return accounting.totals(network.account())["flops_fraction"]
