"""A Born machine on a grid: a density on the unit cube, constant in cells that binary digits number."""

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from physlearn.tensor.born import bond_of, initial_state, nll, update_bond
from physlearn.tensor.decomposition import Cutoff
from physlearn.tensor.environments import Environments
from physlearn.tensor.sampling import sample
from physlearn.tensor.state import MatrixProductState


class GridBornMachine:
    """p(y) = 2^B psi(s)^2: psi a matrix product state, s the B = b_1 + b_2 + b_3 binary digits of the cell of y.

    Coordinate i is cut into 2^(b_i) cells; its digits are b_i neighbouring sites, the most significant first. psi is
    learned bond by bond (`physlearn.tensor.update_bond`), so that a step is one bond and a loop is 2 (B - 1) steps. A
    cell of width a costs about a^2 <|grad ln p|^2>/24 nats, samples about (free parameters)/2n.

    Args:
        bits: b_i, digits of each coordinate.
        bond: D, no bond grows beyond it.
        loops: sweeps over all bonds to the right and back.
        lr: largest step of the line search on the unit sphere of a bond's tensor.
        relative: singular values below this fraction of the largest are discarded. Those that n samples make up by
            chance are about 1/sqrt(n) of it: kept, they cost more than all that is true.
        noise: of the initial state, the product of the digits' frequencies, as a fraction.

    Raises:
        ValueError: bits that are not three positive numbers.
    """

    def __init__(
        self,
        bits: Sequence[int] = (8, 6, 3),
        bond: int = 8,
        loops: int = 3,
        lr: float = 0.3,
        relative: float = 1e-2,
        noise: float = 0.1,
    ) -> None:
        if len(bits) != 3 or min(bits) < 1:
            raise ValueError(f"bits={list(bits)}: allowed are three whole numbers >= 1")
        self.bits, self.sites = tuple(bits), sum(bits)
        self.lr, self.noise, self.cutoff = lr, noise, Cutoff(bond, relative)
        self.steps = loops * 2 * (self.sites - 1)
        self.words = (
            f"Born machine on {' x '.join(str(2**b) for b in self.bits)} cells, {self.sites} binary digits, bonds up "
            f"to {bond}; {loops} loops over its bonds."
        )
        self.state: MatrixProductState | None = None

    def begin(self, points: Tensor, generator: torch.Generator) -> None:
        """Takes the points to be learned, (row, 3) in the unit cube."""
        self.rows = self.digits(points)
        self.state = initial_state(self.rows, min(2, self.cutoff.max_bond), self.noise, generator)
        self.environments: Environments | None = None

    def advance(self, step: int) -> float:
        """Learns at the bond of this step; the training NLL on the cube, nats."""
        bond, rightward = bond_of(step, self.sites)
        if self.environments is None:
            self.environments = Environments(self.state.cores, self.rows)
            self.environments.build(bond)
        update = update_bond(self.state, self.environments, bond, rightward, self.cutoff, self.lr, steps=1, search=True)
        return update.nll - self.sites * math.log(2)

    def log_density(self, points: Tensor) -> Tensor:
        """ln p(y) on the cube, (row,); -inf in cells of probability 0."""
        return self.sites * math.log(2) - nll(self.state, self.digits(points))

    def sample(self, count: int, generator: torch.Generator) -> Tensor:
        """Independent samples on the cube, uniform within a cell: (count, 3)."""
        rows, _ = sample(self.state, count, generator)
        corners = []
        for digits, b in zip(rows.split(self.bits, dim=1), self.bits, strict=True):
            weights = 2.0 ** -torch.arange(1, b + 1, dtype=torch.float64, device=rows.device)
            shift = torch.rand(count, generator=generator, dtype=torch.float64, device=rows.device) / 2**b
            corners.append(digits.double() @ weights + shift)
        return torch.stack(corners, 1)

    def digits(self, points: Tensor) -> Tensor:
        """Binary digits of the cells of points (row, 3): int64 (row, site)."""
        columns = []
        for y, b in zip(points.double().unbind(1), self.bits, strict=True):
            cell = (y * 2**b).long().clamp(0, 2**b - 1)
            columns += [cell >> place & 1 for place in reversed(range(b))]
        return torch.stack(columns, 1)

    @property
    def parameters(self) -> int:
        return self.state.parameters

    def state_dict(self) -> dict[str, Any]:
        """The state; the points are the caller's."""
        return {"cores": self.state.cores, "center": self.state.center}

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        """Goes on from what `state_dict` gave, after `begin` with the same points."""
        # copied: tensors of a file lie at any address, and the last bit of a matrix product depends on it
        cores = [core.to(self.rows.device).clone() for core in saved["cores"]]
        self.state = MatrixProductState(cores, 0.0, saved["center"])
        self.environments = None
