"""task=attack: adversarial examples against the network of a finished run, and noise of equal size as the control.

FGSM and PGD: accuracy on images of which no pixel has moved by more than epsilon. DeepFool, Carlini and Wagner: the
distance in L2 to the nearest image of another class that the attack found. Entropies are those of the images of 256
levels, benign, attacked and with noise.
"""

from typing import Any

import numpy as np
import torch
from omegaconf import DictConfig
from torch import Tensor

from physlearn.adversarial import carlini_wagner, deepfool, linf, norms
from physlearn.adversarial.choices import BOUNDED
from physlearn.adversarial.defence import behind_jpeg
from physlearn.adversarial.linf import Network
from physlearn.codecs.entropy import ESTIMATORS
from physlearn.instruments.statistics import mean_and_error
from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.lab.errors import UserError
from physlearn.streams import stream
from physlearn.tasks.attack.report import report
from physlearn.tasks.attack.target import Target, load

CHUNK = 100  # images attacked at a time


def run(cfg: DictConfig, bench: BenchProtocol) -> dict[str, Any]:
    """Attacks at each epsilon, or looks for the nearest images; returns what result.json holds."""
    if cfg["from"] is None:
        raise UserError("from is missing: type from=outputs/train/<run>, a finished run of task=train or task=prune")
    target = load(cfg["from"], bench, cfg.task.network, cfg.task.members, cfg.task.examples)
    bounded = cfg.task.method in BOUNDED
    sizes = list(cfg.task.epsilons) if bounded else [None]
    bench.say(f"{cfg.task.method} against {target.words}; the first {len(target.y):,} test images, white is 1.")
    chunks = [slice(first, first + CHUNK) for first in range(0, len(target.y), CHUNK)]
    moved: list[Tensor] = []  # attacked images, one entry a chunk, size after size
    if saved := bench.restore():
        moved += [tensor.to(bench.device) for tensor in saved["moved"]]
    for step in bench.steps(len(sizes) * len(chunks), lambda: {"moved": moved}, 1):
        x, y = (part[chunks[step % len(chunks)]] for part in (target.x, target.y))
        moved.append(attacked(cfg, target.network, x, y, sizes[step // len(chunks)], step))
        bench.log(step + 1, turned=float((target.network(moved[-1]).argmax(1) != y).double().mean()))
    images = [torch.cat(moved[i : i + len(chunks)]) for i in range(0, len(moved), len(chunks))]
    noise = [norms.noise_like(target.x, image, stream(cfg.seed, f"noise {i}")) for i, image in enumerate(images)]
    rows = [
        {name: measured(cfg, target, image) for name, image in pair.items()}
        for pair in ({"attack": a, "noise": n} for a, n in zip(images, noise, strict=True))
    ]
    clean = measured(cfg, target, target.x)
    return report(cfg, bench, target, images, clean, rows)


def attacked(cfg: DictConfig, network: Network, x: Tensor, y: Tensor, size: float | None, step: int) -> Tensor:
    """The images after the attack that `task.method` names, levels 0 ... 1."""
    method, steps = cfg.task.method, cfg.task.steps
    if method == "fgsm":
        return linf.fgsm(network, x, y, size)
    if method == "pgd":
        return linf.pgd(network, x, y, size, steps, 2.5 / steps, stream(cfg.seed, f"start {step}"))
    if method == "deepfool":
        return deepfool.deepfool(network, x, y, steps)
    return carlini_wagner.carlini_wagner(network, x, y, steps)


@torch.no_grad()
def measured(cfg: DictConfig, target: Target, images: Tensor) -> dict[str, Any]:
    """Which images are classified correctly (after the defence, if there is one), their distances, their entropies."""
    defence = cfg.task.defence
    network = target.network if defence in (None, "none") else behind_jpeg(target.network, defence)
    right = torch.cat([network(part).argmax(1) for part in images.split(CHUNK)]) == target.y
    counts = [np.bincount(image.ravel(), minlength=256) for image in norms.in_bytes(images).cpu().numpy()]
    entropies = {
        name: mean_and_error(np.array([estimate(count) for count in counts])) for name, estimate in ESTIMATORS.items()
    }
    distances = {"largest": norms.largest(target.x, images), "euclidean": norms.euclidean(target.x, images)}
    return {"right": right.cpu().numpy(), "entropies": entropies} | {
        name: distance.double().cpu().numpy() for name, distance in distances.items()
    }
