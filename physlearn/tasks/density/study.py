"""One orbital on the bench: chains sample it, then a model learns it from their samples."""

import math
from typing import Any

import torch
from omegaconf import DictConfig, OmegaConf
from torch import Tensor, nn

from physlearn.dynamics.thermal import ThermalOptimizer
from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.lab.build import build, name_of
from physlearn.lab.errors import UserError, blame
from physlearn.orbitals.averages import summarise
from physlearn.orbitals.box import Box
from physlearn.orbitals.chains import Chains
from physlearn.orbitals.exact import entropy, holding_radius
from physlearn.orbitals.inverse import draw
from physlearn.orbitals.orbital import Orbital
from physlearn.orbitals.pictures import pictures_of, radial_density
from physlearn.streams import stream
from physlearn.tasks.setup.make import is_thermal
from physlearn.tasks.temper.run import first_ladder
from physlearn.tempering.ladder import adaptation_sweeps
from physlearn.tempering.permutation import replicas

DRAWN = 50_000  # samples of the model in the radial figure
LEFT_OUT = 0.02  # of the probability that an image leaves out


class Study:
    """Samples and learns one orbital: its steps are sweeps of the chains, then steps of the model.

    Args:
        cfg: of the run.
        bench: of the run.
        orbital: what is studied.
    """

    def __init__(self, cfg: DictConfig, bench: BenchProtocol, orbital: Orbital) -> None:
        self.cfg, self.bench, self.orbital = cfg, bench, orbital
        group = cfg.tempering
        adapt_at = adaptation_sweeps(group.rounds) if group.ladder == "adaptive" else []
        self.burn_in = max(adapt_at, default=0) + cfg.task.burn_in
        self.sweeps = self.burn_in + cfg.task.sweeps
        ladder = replicas(first_ladder(group, None), group.ladders)
        if float(ladder.temperatures[0]) != 1:
            raise UserError(
                f"tempering: the lowest temperature is {float(ladder.temperatures[0]):g}, and |psi|^2 is the density "
                "at T = 1. Type tempering.minimum=1"
            )
        swaps = stream(cfg.seed, f"swaps {orbital.name}")
        here = dict(device=bench.device, dtype=bench.dtype)
        self.chains = Chains(orbital, ladder, self._equation, group.every, swaps, group.swap, adapt_at, **here)
        self.model = build("density", cfg.density)
        self.steps = self.sweeps + self.model.steps
        self.box = Box(holding_radius(orbital), cfg.task.coordinates)
        self.series = torch.zeros(group.ladders, cfg.task.sweeps, 3, **here)  # (ladder, sweep, 3)
        self.history: list[list[float]] = []  # [step of the model, its training NLL]
        self.done = 0

    def _equation(self, states: nn.Parameter) -> ThermalOptimizer:
        settings = OmegaConf.to_container(self.cfg.optimizer, resolve=True)
        if not is_thermal(self.cfg):
            raise UserError(
                f"optimizer: {name_of(settings)} has no temperature. Type e.g. optimizer=mala or optimizer=langevin"
            )
        if settings["weight_decay"] != 0:
            raise UserError(
                f"optimizer.weight_decay={settings['weight_decay']} is not allowed here: the orbital is all there is. "
                "Type optimizer.weight_decay=0"
            )
        noise = stream(self.cfg.seed, f"thermal {self.orbital.name}", self.bench.device)
        temperature = torch.ones(len(states), device=self.bench.device)  # set before every sweep
        return build("optimizer", settings, [states], temperature=temperature, generator=noise)

    def advance(self) -> dict[str, float]:
        """The next step; what it has to say."""
        step, self.done = self.done, self.done + 1
        if step < self.sweeps:
            energies = self.chains.sweep().energies
            if step + 1 == max(1, self.burn_in):
                self.chains.optimizer.settle()
            if step < self.burn_in:
                return {"energy": float(energies[:, 0].mean())}
            self.series[:, step - self.burn_in] = self.chains.coldest()
            seen = self.series[:, : step - self.burn_in + 1]
            return {"energy": float(energies[:, 0].mean()), "chain_r": float(seen.norm(dim=2).mean())}
        if step == self.sweeps:
            self._begin()
        value = self.model.advance(step - self.sweeps) + self.mean_log_volume
        self.history.append([step - self.sweeps + 1, value])
        return {"model_nll": value}

    def _begin(self) -> None:
        """Hands the samples that lie in the box to the model."""
        states = self.series.flatten(0, 1)
        states = states[self.box.holds(states)]
        self.mean_log_volume = float(self.box.log_volume(states.double()).mean())
        with blame("density"):
            self.model.begin(self.box.to_cube(states), stream(self.cfg.seed, f"model {self.orbital.name}"))

    def log_density(self, states: Tensor) -> Tensor:
        """The model's ln p per a_0^3, (row,); -inf outside its box."""
        inside = self.box.holds(states)
        found = torch.full((len(states),), -math.inf, dtype=torch.float64, device=states.device)
        own = states[inside]
        found[inside] = self.model.log_density(self.box.to_cube(own)).double() - self.box.log_volume(own)
        return found

    def finish(self) -> dict[str, Any]:
        """Averages over the chains, the held-out NLL, and what figures need; numbers, lists and tensors."""
        orbital, count = self.orbital, self.cfg.task.held_out
        averages = summarise(orbital, self.series)
        held_out = draw(orbital, count, stream(self.cfg.seed, f"held out {orbital.name}"), self.box.radius)
        held_out = held_out.to(self.bench.device)
        logs = self.log_density(held_out)
        above = orbital.log_density(held_out) - logs  # its mean is the Kullback-Leibler divergence
        drawn = self.model.sample(DRAWN, stream(self.cfg.seed, f"drawn {orbital.name}", self.bench.device))
        drawn = self.box.from_cube(drawn)
        extent = holding_radius(orbital, LEFT_OUT)
        pictures = [pictures_of(of, extent, self.bench.device) for of in (orbital.log_density, self.log_density)]
        return {
            "name": orbital.name,
            "entropy": entropy(orbital),
            "held_out_nll": float(-logs.mean()),
            "held_out_nll_se": float(logs.std() / math.sqrt(count)),
            "above_entropy": float(above.mean()),
            "above_entropy_se": float(above.std() / math.sqrt(count)),
            "parameters": self.model.parameters,
            "training_samples": int(self.box.holds(self.series.flatten(0, 1)).sum()),
            "averages": {name: [a.mean, a.error, a.exact] for name, a in averages.items()},
            "history": self.history,
            "extent": extent,
            "pictures": torch.stack(pictures).float().cpu(),  # (exact or learned, slice or projection, z, x)
            "radii": torch.stack([radial_density(x, extent) for x in (self.series.flatten(0, 1), drawn)]),
        }

    def state_dict(self) -> dict[str, Any]:
        """All that a resumed run needs of it."""
        learning = self.done > self.sweeps
        return {
            "done": self.done,
            "chains": None if learning else self.chains.state_dict(),
            "series": self.series,
            "model": self.model.state_dict() if learning else None,
            "history": self.history,
        }

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        """Restores what `state_dict` gave."""
        self.done, self.history = saved["done"], saved["history"]
        self.series.copy_(saved["series"])
        if saved["chains"] is not None:
            self.chains.load_state_dict(saved["chains"])
        if saved["model"] is not None:
            self._begin()
            self.model.load_state_dict(saved["model"])
