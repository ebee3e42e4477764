"""The Hopfield memory of task=temper: `_target_` of conf/system/hopfield.yaml."""

from functools import cache

import torch
from scipy.optimize import brentq
from torch import Tensor

from physlearn.dynamics.spins import Rule
from physlearn.hopfield.classical import HopfieldNetwork
from physlearn.hopfield.laws import all_states
from physlearn.hopfield.patterns import random_patterns
from physlearn.hopfield.theory import thermodynamic_load
from physlearn.lab.streams import stream
from physlearn.systems.spin_glass import SherringtonKirkpatrick
from physlearn.tasks.temper_parts import Experiment, Place, spin_replicas
from physlearn.tempering.replicas import Replicas

TARGETS = ("hopfield",)  # what conf/system/ may name

WARM = 0.1  # about where the thermodynamic line reaches farthest
ENUMERATED = 16  # spins; up to so many the exact values are sums over all states


def hopfield(place: Place, spins: int, patterns: int, rule: Rule) -> Experiment:
    """N spins coupled by Hebb's rule, E = -s.J.s/2, from a random start; overlap is the largest |m| with a pattern."""
    stored = random_patterns(patterns, spins, stream(place.cfg.seed, "patterns"), torch.float64)
    network = HopfieldNetwork(stored)
    xi = stored.to(place.bench.device)

    def largest(states: Tensor) -> Tensor:
        return (states.double() @ xi.T / spins).abs().amax(1)  # (row,)

    @cache
    def everything() -> tuple[Tensor, Tensor]:
        states = all_states(spins)
        return network.energy(states), (states @ stored.T / spins).abs().amax(1)

    def exact(t: float) -> tuple[float, float]:
        energies = everything()[0]
        weight = (-energies / t).softmax(0)
        mean = weight @ energies
        return float(mean), float(weight @ (energies - mean).square()) / t**2

    small = spins <= ENUMERATED
    return Experiment(
        spin_replicas(place, SherringtonKirkpatrick(network.weights[None].to(place.bench.device)), rule),
        f"Hopfield memory, {patterns} random patterns in {spins} spins; {rule}. {found_below(patterns / spins)}",
        unit="per site",
        work=("spin_updates", spins),
        sites=spins,
        exact=exact if small else None,
        names=("overlap",),
        observe=lambda states, ladder: by_rung(largest(states), ladder),
        expected=(lambda t: [float((-everything()[0] / t).softmax(0) @ everything()[1])]) if small else None,
    )


def by_rung(values: Tensor, ladder: Replicas) -> Tensor:
    """(row,) -> (ladder, rung, 1)."""
    return values.cpu()[ladder.rows()][..., None]


def found_below(load: float) -> str:
    """The temperature below which the theory's global minimum is a pattern, in words."""
    if load >= thermodynamic_load(WARM):
        return f"Load {load:.3g}: in theory the patterns are nowhere the global minimum."
    last = brentq(lambda t: thermodynamic_load(t) - load, WARM, 1.0)
    return f"Load {load:.3g}: in theory the patterns are the global minimum below T_c = {last:.3f}."
