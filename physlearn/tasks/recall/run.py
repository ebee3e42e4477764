"""task=recall: images are stored in an associative memory, corrupted, and recalled sweep by sweep.

    E(s) = -s.J.s/2,     s_i = +1 with probability 1/(1 + exp(-2 h_i/T)),     h = J s;     at T = 0 s_i <- sign(h_i)

That is the classical network. The dense and the modern memory have energies of their own, which recall lowers at T = 0.
"""

from collections.abc import Callable
from typing import Any

import torch
from omegaconf import DictConfig, ListConfig
from torch import Tensor

from physlearn.hopfield.choices import CORRUPTIONS
from physlearn.hopfield.memory import Memory
from physlearn.hopfield.patterns import flip, from_images, known_part, mask, noise, overlap
from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.lab.build import build
from physlearn.lab.errors import UserError, blame
from physlearn.streams import stream
from physlearn.tasks.recall.report import Recalled, announce, report
from physlearn.tasks.setup.make import demand_images, make_data, make_temperature

AMOUNT = dict(zip(CORRUPTIONS, (0.15, 0.5, 0.7), strict=True))  # what hopfield.amount=auto means
HOW = ("corruption", "amount", "clamp", "dynamics")  # keys of the group that say how to recall, not what to build


def run(cfg: DictConfig, bench: BenchProtocol) -> dict[str, Any]:
    """Stores, corrupts, recalls; returns what result.json holds."""
    patterns, shape = images(cfg, bench)  # (pattern, neuron) of +-1
    neurons, sweeps = patterns.shape[1], cfg.task.sweeps
    memory = make_memory(cfg.hopfield, patterns)
    states, known = corrupted(cfg, patterns, memory.continuous)
    refuse_words(cfg.temperature)
    temperature = make_temperature(cfg.temperature, neurons)
    hot = any(temperature(step, sweeps) > 0 for step in range(sweeps))
    generator = stream(cfg.seed, "spins")
    sweep = mover(cfg.hopfield, memory, known if clamps(cfg.hopfield) else None, hot, generator)

    moments = {0, 1, 2, 4, sweeps}
    shown = {"0": states}  # sweeps done -> states, for the figure
    energies = [memory.energy(states) / neurons]  # one per sweep: (pattern,)

    def state() -> dict[str, Any]:
        return {"states": states, "shown": shown, "energies": energies, "generator": generator.get_state()}

    if saved := bench.restore():
        states = saved["states"].to(bench.device)
        shown |= {name: past.to(bench.device) for name, past in saved["shown"].items()}
        energies = [past.to(bench.device) for past in saved["energies"]]
        generator.set_state(saved["generator"])
    else:
        announce(cfg, bench, patterns, memory, temperature)

    for step in bench.steps(sweeps, state, cfg.task.checkpoint_every):
        T = temperature(step, sweeps)
        states = sweep(states, T)
        energies.append(memory.energy(states) / neurons)
        if step + 1 in moments:
            shown[str(step + 1)] = states
        m = float(overlap(states, patterns).mean())
        bench.log(step + 1, energy=float(energies[-1].mean()), overlap=m, temperature=T)

    stored = float(memory.energy(patterns).mean()) / neurons
    unstable = float(
        (memory.fields(patterns) * patterns < 0).double().mean()
    )  # bits of the patterns that an update would turn over
    return report(cfg, bench, Recalled(patterns, shape, known, shown, torch.stack(energies), stored, unstable))


def refuse_words(group: DictConfig) -> None:
    """A memory's temperature is a number.

    Raises:
        UserError: `posterior`, which counts training examples.
    """
    for key, value in group.items():
        words = [entry for entry in (value if isinstance(value, ListConfig) else [value]) if isinstance(entry, str)]
        if words and key != "_target_":
            raise UserError(
                f"temperature.{key}={words[0]} is not allowed: it means 1/N of N training examples, and a memory has "
                f"none. Type a number, in the unit of E = -s.J.s/2, e.g. temperature.{key}=0.3"
            )


def images(cfg: DictConfig, bench: BenchProtocol) -> tuple[Tensor, tuple[int, int]]:
    """The first training images, grey and cut at the middle of their range: (pattern, neuron) of +-1; their shape."""
    data, count = demand_images(make_data(cfg, bench), "a memory of patterns"), cfg.task.patterns
    if count > len(data.train_x):
        raise UserError(f"task.patterns={count} is not allowed: {data.name} has {len(data.train_x)} training examples")
    return from_images(data.train_x[:count].mean(1), dtype=bench.dtype), data.shape[1:]


def make_memory(group: DictConfig, patterns: Tensor) -> Memory:
    """The memory of the group `hopfield`, with the patterns stored in it."""
    count, neurons = patterns.shape
    settings = {name: value for name, value in group.items() if name not in HOW}
    if settings.get("beta") == "auto":
        settings["beta"] = 40 / neurons  # patterns whose products differ by a fifth of N are told apart: exp(-8)
    if settings.get("rule") == "projection" and count > neurons:
        raise UserError(
            f"task.patterns={count} is not allowed: the projection rule stores at most one pattern per neuron, "
            f"here {neurons}. Type e.g. task.patterns={neurons // 4}"
        )
    return build("hopfield", settings, patterns)


def corrupted(cfg: DictConfig, patterns: Tensor, continuous: bool) -> tuple[Tensor, Tensor | None]:
    """Where recall starts: (pattern, neuron); with a mask also which neurons are known, bool (neuron,)."""
    how, generator = cfg.hopfield.corruption, stream(cfg.seed, "corruption")
    amount = AMOUNT[how] if cfg.hopfield.amount == "auto" else cfg.hopfield.amount
    with blame("hopfield.amount"):
        if how == "flip":
            return flip(patterns, amount, generator), None
        if how == "noise":
            return noise(patterns, amount, generator), None
        known = known_part(patterns.shape[1], amount).to(patterns.device)
        return mask(patterns, known, None if continuous else generator), known  # spins cannot be 0, they must guess


def clamps(group: DictConfig) -> bool:
    """Whether the known neurons are held.

    Raises:
        UserError: hopfield.clamp=true without a mask.
    """
    if group.clamp is True and group.corruption != "mask":
        raise UserError("hopfield.clamp=true needs to know what is right: type hopfield.corruption=mask with it")
    return group.corruption == "mask" if group.clamp == "auto" else group.clamp


def mover(
    group: DictConfig, memory: Memory, held: Tensor | None, hot: bool, generator: torch.Generator
) -> Callable[[Tensor, float], Tensor]:
    """sweep(states, T) -> states, one sweep of the memory's dynamics with the neurons `held` fixed.

    Raises:
        UserError: a temperature or a dynamics that this memory has not.
    """
    if group.dynamics not in memory.dynamics:
        own = ", ".join(memory.dynamics)
        raise UserError(f"hopfield.dynamics={group.dynamics} is not allowed: this memory has only {own}")
    if hot and not memory.thermal:
        raise UserError("this memory recalls at T = 0: type temperature=none, or hopfield=hebb, projection or storkey")
    if hot and group.dynamics == "greedy":
        raise UserError("hopfield.dynamics=greedy has no temperature: type temperature=none with it")
    return lambda states, T: memory.sweep(states, T, group.dynamics, held, generator)
