"""An energy of the user's own in task=temper: any class with `energy`, named by conf/system/<name>.yaml of a plugin.

class Rosenbrock:
    dimension = 2                     number of coordinates
    def energy(self, x): ...          (row, dimension) -> (row,)

gradient(x)                           (row, dimension) -> (row, dimension); without it torch differentiates
start                                 where all replicas begin, `dimension` numbers; without it at 0
exact(T)                              (<E>, heat capacity); without it no exact curve is drawn
names, observe(x), expected(T)        what else is read: names, (row, dimension) -> (row, name), exact means or None
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from physlearn.lab.build import build, chosen, name_of
from physlearn.lab.errors import UserError
from physlearn.tasks.temper.parts import Context, Experiment
from physlearn.tasks.temper.systems import coordinates


def make_experiment(context: Context) -> Experiment:
    """The system of the config: an energy of the user's own, or what is set up here by name."""
    target = chosen(context.cfg.system)
    if hasattr(getattr(target, "func", target), "energy"):
        return own_energy(context, build("system", context.cfg.system))
    return build("system", context.cfg.system, context)


class Own:
    """An object with `energy`, as rows of coordinates that have a gradient.

    Raises:
        UserError: its energy is not one number for every row, or cannot be differentiated.
    """

    def __init__(self, system: Any, name: str, like: Tensor) -> None:
        self.system, self.name = system, name
        self.of_rows = Checked(system.energy, name)
        if hasattr(system, "gradient"):
            self.gradient: Callable[[Tensor], Tensor] = system.gradient
        else:
            self.gradient = self.differentiate
        pair = like.repeat(2, 1)
        if self.gradient(pair).shape != pair.shape:
            raise UserError(f"system: {name}.gradient must give one row of {pair.shape[1]} for every row")

    def energy(self, states: Tensor) -> Tensor:
        """E of every row: (row, dimension) -> (row,)."""
        return self.of_rows(states)

    def differentiate(self, states: Tensor) -> Tensor:
        """dE/dx of every row: (row, dimension) -> (row, dimension)."""
        with torch.enable_grad():
            x = states.detach().requires_grad_()
            energies = self.of_rows(x)
            if not energies.requires_grad:
                raise UserError(f"system: {self.name}.energy cannot be differentiated: give the class a gradient")
            return torch.autograd.grad(energies.sum(), x)[0]


class Checked:
    """A function of rows, whose result must be one number for every row."""

    def __init__(self, function: Callable[[Tensor], Tensor], name: str) -> None:
        self.function, self.name = function, name

    def __call__(self, states: Tensor) -> Tensor:
        found = self.function(states)
        if tuple(getattr(found, "shape", ())) != (len(states),):
            shape, wanted = tuple(getattr(found, "shape", ())), (len(states),)
            raise UserError(f"system: {self.name}.energy gives {shape} for {tuple(states.shape)}: it must be {wanted}")
        return found


def own_energy(context: Context, system: Any) -> Experiment:
    """Replicas of a point under an energy of the user's own.

    Raises:
        UserError: it has no dimension, or its energy is not one number for every row.
    """
    name = name_of(context.cfg.system)
    dimension = getattr(system, "dimension", None)
    if not isinstance(dimension, int) or dimension < 1:
        raise UserError(f"system: {name}.dimension must be a whole number >= 1, got {dimension}")
    begin = torch.as_tensor(getattr(system, "start", torch.zeros(dimension)), dtype=context.bench.dtype)
    if begin.shape != (dimension,):
        raise UserError(f"system: {name}.start must be {dimension} numbers, got shape {tuple(begin.shape)}")
    own = Own(system, name, begin.to(context.bench.device))
    names = tuple(getattr(system, "names", ()))
    return Experiment(
        coordinates(context, own, begin),
        f"{name}, d = {dimension}; all begin at the same point.",
        unit="total",
        work=("gradient_evaluations", context.cfg.tempering.every),
        exact=getattr(system, "exact", None),
        names=names,
        read=system.observe if names else torch.clone,
        observe=(lambda values, ladder: values.double().cpu()[ladder.rows()]) if names else None,
        expected=getattr(system, "expected", None) if names else None,
    )
