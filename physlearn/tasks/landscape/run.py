"""task=landscape: the energy around the samples of a finished run, its curvature there, and the path of the weights.

    E(W) = -(1/N) sum_i ln p(y_i | x_i, W) + sum_w (lambda_w / 2) w^2,      W(a, b) = W_c + a u + b v

Planes: two random, filter-normalised directions from the last sample (Li et al. 2018), and the first two principal
components of the samples from their mean. Curvature: the largest eigenvalues of the Hessian of E, by Lanczos. No
dropout is drawn anywhere. The control of the path is a random walk of as many steps.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from omegaconf import DictConfig
from torch import Tensor

from physlearn.ensemble import sample_steps
from physlearn.instruments.notation import plus_minus
from physlearn.instruments.statistics import mean_and_error
from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.lab.earlier import config_of
from physlearn.lab.errors import UserError
from physlearn.landscape import figures
from physlearn.landscape.components import Components, principal_components
from physlearn.landscape.curvature import hessian_product, largest_eigenvalues
from physlearn.landscape.energy import Energy, energy_of, flatten_all
from physlearn.landscape.exact import walk_fractions
from physlearn.landscape.planes import Plane, energies, filter_normalised
from physlearn.streams import stream
from physlearn.tasks.setup.make import make_batches, make_data, make_decay, make_prior
from physlearn.tasks.setup.runs import Run

RANDOM, PRINCIPAL = "random, filter-normalised directions", "principal directions of the samples"
MARGIN = 1.3  # of the grid around the samples
WALKED = 5000  # dimensions of the random walk: many beside its steps


@dataclass(frozen=True)
class Source:
    """What is read of the finished run, in float64.

    Args:
        energy: E as a function of all weights.
        samples: (sample, parameter).
        steps, temperatures: of each sample, (sample,).
        components: the first two principal components of the samples.
        examples: that E is the mean over.
        h, T: of the integrator and of the last sample.
    """

    energy: Energy
    samples: Tensor
    steps: np.ndarray
    temperatures: np.ndarray
    components: Components
    examples: int
    h: float
    T: float


def run(cfg: DictConfig, bench: BenchProtocol) -> dict[str, Any]:
    """Reads the run in `from`, row by row of the grids and spectrum by spectrum; returns what result.json holds."""
    config_of(cfg["from"], "train")  # no other task keeps samples along its way
    there = Run(cfg["from"], device=bench.device.type)
    source = read(cfg, bench, there)
    last = unflatten(there, source.samples[-1])
    generator = stream(cfg.seed, "directions")
    found = source.components
    planes = {
        RANDOM: Plane(source.samples[-1], filter_normalised(last, generator), filter_normalised(last, generator)),
        PRINCIPAL: Plane(found.mean, *found.directions),
    }
    grids = {RANDOM: [torch.linspace(-1, 1, cfg.task.points)] * 2, PRINCIPAL: around(found.places, cfg.task.points)}
    chosen = np.unique(np.linspace(0, len(source.samples) - 1, cfg.task.samples).round().astype(int))
    count = min(cfg.task.eigenvalues, source.samples.shape[1])

    rows = [(name, i) for name in planes for i in range(cfg.task.points)]
    drawn = {name: torch.full((cfg.task.points,) * 2, torch.nan, dtype=torch.float64) for name in planes}  # (b, a)
    spectra = torch.full((len(chosen), count + 2), torch.nan, dtype=torch.float64)  # values, worst residual, products

    def state() -> dict[str, Any]:
        return {"drawn": drawn, "spectra": spectra}

    if saved := bench.restore():
        spectra.copy_(saved["spectra"])
        for name in planes:
            drawn[name].copy_(saved["drawn"][name])
    for step in bench.steps(len(rows) + len(chosen), state, cfg.task.checkpoint_every):
        if step < len(rows):
            name, i = rows[step]
            a, b = grids[name]
            drawn[name][i] = energies(source.energy, planes[name], a, float(b[i]))
            continue
        place = step - len(rows)
        product = hessian_product(source.energy, source.samples[chosen[place]])
        first = stream(cfg.seed, f"lanczos {place}")
        spectrum = largest_eigenvalues(product, source.samples.shape[1], count, first)
        spectra[place, :count] = spectrum.values
        spectra[place, count:] = torch.tensor([float(spectrum.residuals.max()), spectrum.products])
    bench.demand_finite(len(rows), spectra=spectra, energies=torch.stack([*drawn.values()]))
    return report(bench, source, planes, grids, drawn, spectra.numpy(), chosen, walk(cfg.seed, len(source.samples)))


def read(cfg: DictConfig, bench: BenchProtocol, there: Run) -> Source:
    """Samples, their steps and temperatures, and the energy, from a finished run.

    Raises:
        UserError: the run is not finished, or kept too few samples.
    """
    begun, result = there.config, there.result
    there.data = data = make_data(begun, bench)
    samples = flatten_all({name: there.samples[name] for name, _ in there.network.named_parameters()}).double()
    if len(samples) < 3:
        raise UserError(f"from={cfg['from']}: {len(samples)} samples of the weights were kept, 3 are the least")
    T, N = result["temperature_set"], len(data.train_y)
    decay = make_decay(begun, there.network, make_prior(begun, there.network, T, N), T, N)
    kept = min(cfg.task.examples, N)
    if kept < N:
        bench.say(f"E is the mean over the first {kept:,} of {N:,} training examples.")
    x, y = data.train_x[:kept].double(), data.train_y[:kept]
    energy = energy_of(there.network.double(), there.likelihood.energy, x, y, decay)
    epoch = make_batches(begun, N, bench).per_epoch
    steps = np.array(sample_steps(result["steps"], begun.ensemble.burn_in, begun.ensemble.keep, epoch), dtype=float)
    at = np.interp(steps, there.metrics["step"], there.metrics["temperature"]) if there.metrics else steps * 0 + T
    found = principal_components(samples)
    return Source(energy, samples, steps, at, found, kept, begun.optimizer.lr, T)


def unflatten(there: Run, weights: Tensor) -> dict[str, Tensor]:
    """One row of weights by the names of the parameters."""
    named = dict(there.network.named_parameters())
    parts = weights.split([parameter.numel() for parameter in named.values()])
    return {name: part.view(parameter.shape) for (name, parameter), part in zip(named.items(), parts, strict=True)}


def around(places: Tensor, points: int) -> list[Tensor]:
    """A grid that holds all samples (sample, 2): the two axes, (point,) each."""
    reach = MARGIN * places.abs().amax(0)
    return [torch.linspace(-float(far), float(far), points) for far in reach]


def walk(seed: int, steps: int) -> np.ndarray:
    """A random walk of so many steps in its first two principal components, (step, 2)."""
    steps_taken = torch.randn(steps, WALKED, generator=stream(seed, "walk"), dtype=torch.float64)
    return principal_components(steps_taken.cumsum(0)).places.numpy()


def report(
    bench: BenchProtocol,
    source: Source,
    planes: dict[str, Plane],
    grids: dict[str, list[Tensor]],
    drawn: dict[str, Tensor],
    spectra: np.ndarray,
    chosen: np.ndarray,
    walked: np.ndarray,
) -> dict[str, Any]:
    """Figures and table; returns what result.json holds."""
    areas = {
        name: (*(axis.numpy() for axis in grids[name]), drawn[name].numpy(),
               plane.coordinates(source.samples).numpy(), plane.share(source.samples))
        for name, plane in planes.items()
    }  # fmt: skip
    residual, products = spectra[:, -2].max(), spectra[:, -1].mean()
    fractions, values = source.components.fractions.numpy(), spectra[:, :-2]
    bench.figure("planes", figures.planes(areas))
    bench.figure("spectrum", figures.spectrum(values, source.temperatures[chosen], source.h))
    path = (source.steps, source.temperatures, source.components.places.numpy(), fractions, walked)
    bench.figure("trajectory", figures.trajectory(*path))
    largest, error = mean_and_error(values[:, 0])
    exact = float(walk_fractions(len(source.samples))[:2].sum())
    bench.summary("Landscape", ("", "value", ""), [
        ("largest eigenvalue of the Hessian", plus_minus(largest, error), f"{len(chosen)} samples, nats per example"),
        ("stability limit 2/h", f"{2 / source.h:.4g}", f"h = {source.h:g}"),
        ("temperature T", f"{source.T:.4g}", "nats per example"),
        ("products with the Hessian, each sample", f"{products:.0f}", f"residual {residual:.2g}"),
        ("variance in two principal components", f"{100 * fractions.sum():.2f} %", f"random walk {100 * exact:.1f} %"),
        *((f"samples within the plane of {name}", f"{100 * area[-1]:.2g} %", "of squared distances")
          for name, area in areas.items()),
    ])  # fmt: skip
    return {
        "hessian_largest": largest,
        "hessian_largest_se": error,
        "hessian_eigenvalues": values.mean(0),
        "hessian_residual": residual,
        "temperature_set": source.T,
        "temperatures": source.temperatures[chosen],
        "step_size": source.h,
        "principal_fraction": float(fractions.sum()),
        "walk_fraction": exact,
        "share_random": areas[RANDOM][-1],
        "share_principal": areas[PRINCIPAL][-1],
        "examples": source.examples,
    }
