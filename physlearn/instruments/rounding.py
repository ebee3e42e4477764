"""Steps so small that they are lost in the rounding of the weights."""

import torch
from torch import nn


@torch.no_grad()
def rounding_warning(model: nn.Module, step: float, temperature: float, curvature: float) -> str | None:
    """A warning where the drift of a typical fluctuation is less than half a unit in the last place, else None.

    A weight of curvature k fluctuates by sqrt(T/k), and the drift that brings it back is h k sqrt(T/k) = h sqrt(k T) a
    step. Where that is below eps |W|/2 it is rounded away, and the weight diffuses further than exp(-E/T) lets it
    (h = .001, T = 5e-11, k = 1, W = .3 in float32: 1.9 times the variance; W = 1: 8 times).

    Args:
        model: |W| is the largest root mean square of one of its weight tensors; their dtype gives eps.
        step: h.
        temperature: T.
        curvature: k, the least there is: lambda.
    """
    weight = max(model.parameters(), key=lambda p: float(p.square().mean()))
    unit = float(weight.square().mean().sqrt()) * torch.finfo(weight.dtype).eps
    drift = step * (curvature * temperature) ** 0.5
    if drift >= unit / 2:
        return None
    return (
        f"Warning: the drift h sqrt(lambda T) = {drift:.1g} of a step is lost in the rounding of weights in "
        f"{str(weight.dtype).removeprefix('torch.')} ({unit:.1g}): raise optimizer.lr or the temperature, or type "
        "precision=float64."
    )
