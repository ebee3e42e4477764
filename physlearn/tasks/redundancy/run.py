"""task=redundancy: one attack against many finished runs, with redundancy taken out of image, network or weights.

The arms: the networks of `from` as they are; the same behind JPEG; pruned networks; averages of samples of the weights.
Against each: PGD on that arm itself, the images that PGD on the dense network of the same seed made, and noise of equal
L2 distance. What an arm's own images do to the dense network tells a robust arm from one whose gradients lead nowhere.
"""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from omegaconf import DictConfig
from torch import Tensor

from physlearn.adversarial.defence import behind_jpeg
from physlearn.adversarial.linf import Network, pgd
from physlearn.adversarial.norms import in_bytes, noise_like
from physlearn.codecs.entropy import COMPRESSORS, ESTIMATORS, compressed
from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.lab.collect import Run, read_run, run_directories
from physlearn.lab.errors import UserError
from physlearn.streams import stream
from physlearn.tasks.attack.target import Target, load
from physlearn.tasks.redundancy.report import report

CHUNK = 100  # images attacked at a time, and in one stream of bytes
HOW = (
    "Type from=<folder of runs of task=train, one for each seed> and runs=[<folders of runs of those seeds>]; before "
    "experiment=one_bit/mnist: one_bit/dense, one_bit/pruned, one_bit/sampled (commands in docs/redundancy.md)"
)


class Arm(NamedTuple):
    """What is attacked.

    Args:
        words: what it is.
        network: images in [0, 1] -> logits.
    """

    words: str
    network: Network


def run(cfg: DictConfig, bench: BenchProtocol) -> dict[str, Any]:
    """Attacks every run; returns what result.json holds."""
    dense = dense_runs(cfg)
    others = [entry for entry in finished(cfg.runs) if entry.directory.resolve() not in places(dense)]
    if strange := [entry for entry in others if seed_of(entry) not in dense]:
        lone = strange[0]
        raise UserError(
            f"runs: {lone.directory} has seed {seed_of(lone)}, which no run in from={cfg['from']} has. {HOW}"
        )
    jobs = [*dense.values(), *others]
    bench.say(f"PGD, epsilon {cfg.task.epsilon:g}, against {len(jobs)} runs; seeds {', '.join(map(str, dense))}.")
    found: dict[str, Any] = {"rows": [], "entropies": [], "attacked": {}}
    if saved := bench.restore():
        found |= saved
    for step in bench.steps(len(jobs), lambda: found, 1):
        job, seed = jobs[step], seed_of(jobs[step])
        plain = load(dense[seed].directory, bench, "auto", None, cfg.task.examples)
        if job.directory == dense[seed].directory:
            attacked = found["attacked"][seed] = attack(cfg, plain.network, plain, seed).cpu()
            noise = noise_like(plain.x, attacked.to(plain.x), stream(seed, "noise"))
            looked_at = {"benign": plain.x, "attacked": attacked, "noise": noise}
            found["entropies"].append({name: bits(images) for name, images in looked_at.items()})
        known = {row["arm"] for row in found["rows"] if row["seed"] == seed}
        for arm in arms(cfg, bench, job, plain, is_dense=job.directory == dense[seed].directory):
            if arm.words in known:
                raise UserError(f"runs: {job.directory} is a second run of '{arm.words}', seed {seed}: leave one out")
            found["rows"].append(measured(cfg, arm, plain, found["attacked"][seed].to(plain.x), seed))
            bench.log(step + 1, accuracy=found["rows"][-1]["own"])
    return report(cfg, bench, found["rows"], found["entropies"])


def finished(folders: Any) -> list[Run]:
    """The finished runs of task=train and task=prune below some folders."""
    paths = [Path(path) for path in ([folders] if isinstance(folders, str) else folders)]
    runs = [read_run(directory) for directory in run_directories(paths)]
    return [entry for entry in runs if entry.state == "done" and entry.config.get("task.name") in ("train", "prune")]


def dense_runs(cfg: DictConfig) -> dict[int, Run]:
    """Seed -> the run of the network as it is.

    Raises:
        UserError: there is none, or two of a seed.
    """
    if cfg["from"] is None:
        raise UserError(f"from is missing. {HOW}")
    if not Path(cfg["from"]).is_dir():
        raise UserError(f"from={cfg['from']}: there is no such folder. {HOW}")
    found: dict[int, Run] = {}
    for entry in finished(cfg["from"]):
        if entry.config["task.name"] != "train" or seed_of(entry) in found:
            why = f"{entry.directory} is a second run of its seed, or none of task=train"
            raise UserError(f"from={cfg['from']}: {why}. {HOW}")
        found[seed_of(entry)] = entry
    if not found:
        raise UserError(f"from={cfg['from']}: no finished run of task=train lies there. {HOW}")
    return found


def places(runs: dict[int, Run]) -> set[Path]:
    return {entry.directory.resolve() for entry in runs.values()}


def seed_of(entry: Run) -> int:
    return entry.config["seed"]


def arms(cfg: DictConfig, bench: BenchProtocol, job: Run, plain: Target, is_dense: bool) -> list[Arm]:
    """What is attacked of a run: a dense network and itself behind JPEG; one that was pruned; averages of samples.

    Raises:
        UserError: its test images are not those of the dense network.
    """
    if is_dense:
        coded = [Arm(f"JPEG {q} in front of it", behind_jpeg(plain.network, q)) for q in cfg.task.qualities]
        return [Arm("dense network", plain.network), *coded]
    result, examples = job.result, cfg.task.examples
    if job.config["task.name"] == "prune":
        target = load(job.directory, bench, "sparse", None, examples)
        times = result["weights"] / result["weights_kept"]
        named = {f"pruned {times:.3g}x" if times > 1 else "retrained, not pruned": target}
    else:
        relative = result["temperature_set"] / result["temperature_posterior"]
        at = f"T = {relative:.3g}/N" if relative else "T = 0"
        named = {
            f"{count} sample{'s' if count > 1 else ''}, {at}": load(job.directory, bench, "ensemble", count, examples)
            for count in cfg.task.members
        }
    for target in named.values():
        if not torch.equal(target.x, plain.x):
            raise UserError(f"runs: {job.directory} was trained on other data than from={cfg['from']}")
    return [Arm(words, target.network) for words, target in named.items()]


def attack(cfg: DictConfig, network: Network, plain: Target, seed: int) -> Tensor:
    """The images after PGD."""
    parts = enumerate(zip(plain.x.split(CHUNK), plain.y.split(CHUNK), strict=True))
    how = cfg.task.epsilon, cfg.task.steps, 2.5 / cfg.task.steps
    return torch.cat([pgd(network, x, y, *how, stream(seed, f"start {i}")) for i, (x, y) in parts])


def measured(cfg: DictConfig, arm: Arm, plain: Target, from_dense: Tensor, seed: int) -> dict[str, Any]:
    """Accuracies of an arm on images as they are, with noise, attacked; of the dense network on its attacked images."""
    own = attack(cfg, arm.network, plain, seed)
    noise = noise_like(plain.x, own, stream(seed, "noise"))
    seen = {"clean": plain.x, "noise": noise, "own": own, "from_dense": from_dense}
    row = {name: accuracy(arm.network, images, plain.y) for name, images in seen.items()}
    return {"arm": arm.words, "seed": seed, **row, "on_dense": accuracy(plain.network, own, plain.y)}


@torch.no_grad()
def accuracy(network: Network, images: Tensor, y: Tensor) -> float:
    right = torch.cat([network(part).argmax(1) for part in images.split(CHUNK)]) == y
    return float(right.double().mean())


def bits(images: Tensor) -> dict[str, list[float]]:
    """Bits per pixel value, a number for each CHUNK images: means of estimates from counts, or all as one stream."""
    found: dict[str, list[float]] = {name: [] for name in (*ESTIMATORS, *COMPRESSORS)}
    for group in in_bytes(images).split(CHUNK):
        pictures = np.ascontiguousarray(group.cpu().numpy())
        counts = [np.bincount(picture.ravel(), minlength=256) for picture in pictures]
        for name, estimate in ESTIMATORS.items():
            found[name].append(float(np.mean([estimate(count) for count in counts])))
        for name in COMPRESSORS:
            found[name].append(compressed(pictures.tobytes(), name))
    return found
