"""From a dense network to a sparse one along a training: when it is pruned, to how much, and what follows from that."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from physlearn.pruning.accounting import weight_layers
from physlearn.pruning.criteria import Seen
from physlearn.pruning.masks import Masks, count, everything, hold, prunable
from physlearn.pruning.neurons import silence, without_dead_neurons
from physlearn.pruning.regrowth import exchange
from physlearn.schedules import Schedule

Criterion = Callable[[Seen, int], Masks]


class Event(NamedTuple):
    """At this step `kept` weights are left; `kind`: the layers that are pruned, and that learn until the next event."""

    step: int
    kept: int
    kind: type[nn.Module] = nn.Module


def events(weights: int, kept: int, sparsity: Schedule, steps: int, every: int) -> list[Event]:
    """When a network of `weights` is pruned, and to how many: 1 - sparsity(step, steps), looked at each `every` steps.

    The last event leaves exactly `kept`; a schedule that does not get there in time is cut short at its last look.
    """
    found: list[Event] = []
    looks = range(0, steps, every)
    for step in looks:
        left = kept if step == looks[-1] else max(kept, round(weights * (1 - sparsity(step, steps))))
        if left < (found[-1].kept if found else weights):
            found.append(Event(step, left))
    return found


def alternating(plan: list[Event], steps: int) -> list[Event]:
    """Each round in two halves: fc layers are pruned and learn while conv layers are frozen, then the reverse.

    Source: Han, Pool, Tran and Dally (2015), section 3.3.

    Raises:
        ValueError: a round has no step for each half.
    """
    halves: list[Event] = []
    for event, end in zip(plan, [*(event.step for event in plan[1:]), steps], strict=True):
        half = (event.step + end) // 2
        if half == event.step:
            raise ValueError("alternate=true is not allowed: it takes two steps and more between prunings")
        halves += [event._replace(kind=nn.Linear), event._replace(step=half, kind=nn.Conv2d)]
    return halves


class Pruning:
    """A network on its way to being sparse: its masks, and what they mean to the rest of a training.

    Args:
        model: is pruned in place.
        criterion: which weights stay; a function of `criteria`.
        plan: when, and how many stay; see `events`.
        layers: the layers that are pruned, and whose weights `plan` counts; None: all.
        seed: of the criterion's random numbers.

    Raises:
        ValueError: a layer that the model does not have, or layers of one kind for a plan of two.
    """

    def __init__(
        self, model: nn.Module, criterion: Criterion, plan: list[Event], layers: list[str] | None = None, seed: int = 0
    ) -> None:
        self.model, self.criterion, self.seed = model, criterion, seed
        self.plan = {event.step: event for event in plan}
        self.weights = pruned_layers(model, layers)
        kinds = {event.kind for event in plan}
        if len(kinds) > 1 and not all(any(self._is(name, kind) for name in self.weights) for kind in kinds):
            raise ValueError("alternate=true is not allowed: it takes convolutions and fully connected layers to prune")
        self.masks = everything(model)

    def _is(self, name: str, kind: type[nn.Module]) -> bool:
        return isinstance(self.model.get_submodule(name.removesuffix(".weight")), kind)

    def prune(self, step: int, optimizer: torch.optim.Optimizer | None = None, **seen: dict[str, Any]) -> None:
        """Takes weights away until as many are left as the event of this step says.

        `seen`: what the criterion looks at beside the weights, by parameter name (see `Seen`).
        """
        event = self.plan[step]
        own = [name for name in self.weights if self._is(name, event.kind)]
        other = [name for name in self.weights if name not in own]
        # The first half of a round chooses among all layers and prunes its own; the second is bound to what that left.
        bound = event.kind is nn.Conv2d
        among = own if bound else self.weights
        kept = event.kept - (count({name: self.masks[name] for name in other}) if bound else 0)
        weights = prunable(self.model)

        def select(alive: Masks) -> Masks:
            facts = ({name: values[name] for name in among} for values in (weights, alive, *seen.values()))
            looked_at = dict(zip(("weights", "alive", *seen), facts, strict=True))
            return alive | self.criterion(Seen(**looked_at, seed=self.seed), kept)

        masks = without_dead_neurons(self.model, select, self.masks, own)
        self.masks |= {name: masks[name] for name in own}
        hold(self.model, self.masks, optimizer)
        silence(self.model, self.masks, optimizer)

    def exchange(
        self, slope: dict[str, Tensor], fraction: float, optimizer: torch.optim.Optimizer | None = None
    ) -> None:
        """Lets a fraction of the kept weights of each layer change places with removed ones (see `regrowth`).

        `slope`: dE/dw of all weights by parameter name. What comes begins at zero, without momentum.
        """
        weights = prunable(self.model)
        own = {name: self.masks[name] for name in self.weights}
        self.masks |= exchange({name: weights[name] for name in own}, own, slope, fraction)
        hold(self.model, self.masks, optimizer)
        silence(self.model, self.masks, optimizer)

    def freeze(self, step: int) -> None:
        """Lets only those layers learn whose turn it is at this step."""
        kind = next((event.kind for event in reversed(self.plan.values()) if event.step <= step), nn.Module)
        for layer in weight_layers(self.model).values():
            layer.requires_grad_(isinstance(layer, kind))

    def dropout_factor(self) -> float:
        """sqrt(C_ir / C_io), C_io and C_ir the connections of fully connected layers before and now (section 3.2)."""
        full = {name: mask for name, mask in self.masks.items() if self._is(name, nn.Linear)}
        return math.sqrt(count(full) / sum(mask.numel() for mask in full.values()))


def pruned_layers(model: nn.Module, layers: list[str] | None) -> list[str]:
    """The parameter names of the layers that are pruned, in the order of the network.

    Raises:
        ValueError: a layer that the model does not have, or none at all.
    """
    known = list(weight_layers(model))
    for layer in layers or []:
        if layer not in known:
            raise ValueError(f"layers=[{layer}] is not allowed: the layers of this model are {', '.join(known)}")
    if layers is not None and not layers:
        raise ValueError(f"layers=[] is not allowed: name some of {', '.join(known)}, or null for all")
    return [f"{layer}.weight" for layer in known if layers is None or layer in layers]
