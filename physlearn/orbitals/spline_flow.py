"""A small autoregressive flow of quadratic splines: a density on the unit cube with exact samples and exact NLL."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from physlearn.randomness import seeded

LEAST = 1e-4  # of an even share: no bin narrower, no density lower than it


class SplineFlow:
    """p(y) = p_1(y_1) p_2(y_2 | y_1) p_3(y_3 | y_1, y_2), each a piecewise linear density on (0, 1).

    v_i = F_i(y_i | y_1 ... y_{i-1}), F_i the distribution function, a quadratic spline, maps y to uniform v. Widths of
    the K bins and the densities at their K + 1 ends come out of a network of the coordinates before; between knots the
    density is linear, so that normalising, evaluating and inverting it are closed forms. Trained by Adam, with a rate
    that falls to 0 as a cosine.

    Args:
        bins: K of each coordinate.
        hidden: neurons of the two hidden layers.
        training: steps.
        batch: points of a step.
        lr: initial rate.

    Raises:
        ValueError: a value out of its range.

    Source: Mueller, McWilliams, Rousselle, Gross and Novak, ACM Trans. Graph. 38 (2019) 145, section 4.2.
    """

    def __init__(
        self, bins: int = 24, hidden: int = 48, training: int = 2000, batch: int = 2000, lr: float = 5e-3
    ) -> None:
        for name, value in (("bins", bins), ("hidden", hidden), ("training", training), ("batch", batch)):
            if value < 1:
                raise ValueError(f"{name}={value}: allowed are whole numbers >= 1")
        self.bins, self.hidden, self.steps, self.batch, self.lr = bins, hidden, training, batch, lr
        self.words = f"Flow of quadratic splines, {bins} bins, {hidden} hidden neurons; {training} steps of Adam."

    def begin(self, points: Tensor, generator: torch.Generator) -> None:
        """Takes the points to be learned, (row, 3) in the unit cube; `generator` (CPU) draws weights and batches."""
        outputs = 2 * self.bins + 1
        self.points, self.generator = points.float(), generator  # (row, 3)
        with seeded(int(torch.randint(2**62, (), generator=generator))):
            first = Constant(outputs)
            self.shapes = nn.ModuleList([first, *(network(inputs, self.hidden, outputs) for inputs in (1, 2))])
        self.shapes.to(points.device)
        self.adam = torch.optim.Adam(self.shapes.parameters(), lr=self.lr)
        self.rate = torch.optim.lr_scheduler.CosineAnnealingLR(self.adam, self.steps)

    def advance(self, step: int) -> float:
        """One step of Adam; the NLL of its batch on the cube, nats."""
        index = torch.randint(len(self.points), (self.batch,), generator=self.generator)
        loss = -self.log_density(self.points[index.to(self.points.device)], gradients=True).mean()
        self.adam.zero_grad()
        loss.backward()
        self.adam.step()
        self.rate.step()
        return float(loss.detach())

    def log_density(self, points: Tensor, gradients: bool = False) -> Tensor:
        """ln p(y) on the cube, (row,)."""
        with torch.set_grad_enabled(gradients):
            columns = points.float().clamp(0, 1).split(1, 1)
            shapes = [self._shape(columns[:i], len(points)) for i in range(3)]
            logs = [Spline(*shape).log_density(y[:, 0]) for shape, y in zip(shapes, columns, strict=True)]
            return sum(logs[1:], logs[0])

    @torch.no_grad()
    def sample(self, count: int, generator: torch.Generator) -> Tensor:
        """Independent samples on the cube, coordinate by coordinate: (count, 3)."""
        uniform = torch.rand(count, 3, generator=generator, device=self.points.device)
        columns: list[Tensor] = []
        for i in range(3):
            columns.append(Spline(*self._shape(columns, count)).invert(uniform[:, i])[:, None])
        return torch.cat(columns, 1).double()

    @property
    def parameters(self) -> int:
        return sum(weight.numel() for weight in self.shapes.parameters())

    def state_dict(self) -> dict[str, Any]:
        """Weights, Adam and the generator: enough to go on bit for bit; the points are the caller's."""
        return {
            "weights": self.shapes.state_dict(),
            "adam": self.adam.state_dict(),
            "rate": self.rate.state_dict(),
            "generator": self.generator.get_state(),
        }

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        """Goes on from what `state_dict` gave, after `begin` with the same points."""
        self.shapes.load_state_dict(saved["weights"])
        self.adam.load_state_dict(saved["adam"])
        self.rate.load_state_dict(saved["rate"])
        self.generator.set_state(saved["generator"])

    def _shape(self, before: Sequence[Tensor], count: int) -> tuple[Tensor, Tensor]:
        """Widths (row, K) and densities at the knots (row, K + 1) of the coordinate that follows `before`."""
        inputs = 2 * torch.cat(list(before), 1) - 1 if before else self.points.new_empty(count, 0)
        raw = self.shapes[len(before)](inputs)  # (row, 2K + 1)
        widths = raw[:, : self.bins].softmax(1) * (1 - LEAST) + LEAST / self.bins
        heights = raw[:, self.bins :].exp() + LEAST
        area = (widths * (heights[:, 1:] + heights[:, :-1])).sum(1, keepdim=True) / 2
        return widths, heights / area


class Constant(nn.Module):
    """The same outputs for every row."""

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.values = nn.Parameter(torch.zeros(outputs))

    def forward(self, inputs: Tensor) -> Tensor:
        return self.values.expand(len(inputs), -1)


def network(inputs: int, hidden: int, outputs: int) -> nn.Sequential:
    """Two hidden layers; begins with outputs 0, the uniform density."""
    layers = [nn.Linear(inputs, hidden), nn.SiLU(), nn.Linear(hidden, hidden), nn.SiLU(), nn.Linear(hidden, outputs)]
    for weights in layers[-1].parameters():
        nn.init.zeros_(weights)
    return nn.Sequential(*layers)


class Spline:
    """A piecewise linear density on (0, 1) for every row, and its distribution function F.

    Args:
        widths: of the bins, positive, of sum 1: (row, K).
        heights: densities at the knots, positive, of integral 1: (row, K + 1).
    """

    def __init__(self, widths: Tensor, heights: Tensor) -> None:
        self.widths, self.heights = widths, heights
        ends = torch.zeros_like(widths[:, :1])
        self.knots = torch.cat((ends, widths.cumsum(1)), 1)  # (row, K + 1)
        self.masses = torch.cat((ends, (widths * (heights[:, 1:] + heights[:, :-1]) / 2).cumsum(1)), 1)

    def log_density(self, y: Tensor) -> Tensor:
        """ln p(y), (row,)."""
        bin, width, low, high = self._bin(self.knots, y)
        share = ((y - self.knots.gather(1, bin)[:, 0]) / width).clamp(0, 1)
        return (low + share * (high - low)).log()

    def distribution(self, y: Tensor) -> Tensor:
        """F(y), (row,)."""
        bin, width, low, high = self._bin(self.knots, y)
        share = ((y - self.knots.gather(1, bin)[:, 0]) / width).clamp(0, 1)
        return self.masses.gather(1, bin)[:, 0] + width * share * (low + share * (high - low) / 2)

    def invert(self, v: Tensor) -> Tensor:
        """y with F(y) = v: within a bin the root of width (low t + (high - low) t^2/2) = v - F(knot), (row,)."""
        bin, width, low, high = self._bin(self.masses, v)
        mass = ((v - self.masses.gather(1, bin)[:, 0]) / width).clamp_min(0)
        share = 2 * mass / (low + (low.square() + 2 * (high - low) * mass).clamp_min(0).sqrt())
        return self.knots.gather(1, bin)[:, 0] + width * share.clamp(0, 1)

    def _bin(self, edges: Tensor, values: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The bin that holds each value, (row, 1), its width, and the densities at its ends, (row,) each."""
        inner = edges.detach()[:, 1:-1].contiguous()
        bin = torch.searchsorted(inner, values.detach()[:, None].contiguous(), right=True)
        low, high = self.heights.gather(1, bin)[:, 0], self.heights.gather(1, bin + 1)[:, 0]
        return bin, self.widths.gather(1, bin)[:, 0], low, high
