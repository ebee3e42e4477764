"""The Hopfield memory of task=temper: `_target_` of conf/system/hopfield.yaml."""

from functools import cache

import torch
from torch import Tensor

from physlearn.dynamics.spins import Rule
from physlearn.hopfield.classical import HopfieldNetwork
from physlearn.hopfield.patterns import random_patterns
from physlearn.hopfield.theory import transition_temperature
from physlearn.streams import stream
from physlearn.systems.exact import Enumeration, all_spins
from physlearn.systems.spin_glass import SherringtonKirkpatrick
from physlearn.tasks.temper.parts import Context, Experiment
from physlearn.tempering.permutation import Replicas
from physlearn.tempering.spins import spin_replicas

TARGETS = ("hopfield",)  # what conf/system/ may name
ENUMERATED = 16  # spins; up to so many the exact values are sums over all states


def hopfield(context: Context, spins: int, patterns: int, rule: Rule) -> Experiment:
    """N spins coupled by Hebb's rule, E = -s.J.s/2, from a random start; overlap is the largest |m| with a pattern."""
    stored = random_patterns(patterns, spins, stream(context.cfg.seed, "patterns"), torch.float64)
    network = HopfieldNetwork(stored)
    xi = stored.to(context.bench.device)
    system = SherringtonKirkpatrick(network.weights[None].to(context.bench.device))

    def largest(states: Tensor) -> Tensor:
        return (states.double() @ xi.T / spins).abs().amax(1)  # (row,)

    @cache
    def enumerated() -> tuple[Enumeration, Tensor]:
        states = all_spins(spins).double()
        return Enumeration(network.energy(states)), (states @ stored.T / spins).abs().amax(1)

    small = spins <= ENUMERATED
    return Experiment(
        spin_replicas(system, context.rows, context.cfg.seed, rule, context.bench.device),
        f"Hopfield memory, {patterns} random patterns in {spins} spins; {rule}. {found_below(patterns / spins)}",
        unit="per site",
        work=("spin_updates", spins),
        sites=spins,
        exact=(lambda t: (enumerated()[0].energy(t), enumerated()[0].heat_capacity(t))) if small else None,
        names=("overlap",),
        observe=lambda states, ladder: by_level(largest(states), ladder),
        expected=(lambda t: [enumerated()[0].mean(enumerated()[1], t)]) if small else None,
    )


def by_level(values: Tensor, ladder: Replicas) -> Tensor:
    """(row,) -> (ladder, level, 1)."""
    return values.cpu()[ladder.rows()][..., None]


def found_below(load: float) -> str:
    """The temperature below which the theory's global minimum is a pattern, in words."""
    last = transition_temperature(load)
    if last is None:
        return f"Load {load:.3g}: in theory the patterns are nowhere the global minimum."
    return f"Load {load:.3g}: in theory the patterns are the global minimum below T_c = {last:.3f}."
