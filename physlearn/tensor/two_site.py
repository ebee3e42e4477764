"""The classifier by sweeps: two neighbouring cores at a time, quadratic cost, conjugate gradient at each bond.

    C = (1/2n) sum_n sum_c (f_c(x_n) - delta_{c, y_n})^2 + (ridge/2) |B|^2

With the label on the tensor B of two sites, f_c(x_n) = <L_n phi phi R_n, B^c> is linear in B: a least-squares problem,
solved by a few steps of conjugate gradient, then split by SVD with the label handed on. Sites are left-canonical behind
the bond. Source: Stoudenmire and Schwab, NIPS 2016 (arXiv 1605.05775), section 5.
"""

from itertools import pairwise

import torch
from torch import Tensor

from physlearn.tensor.decomposition import Cutoff, split_right


class TwoSiteClassifier:
    """f_c(x) = <W^c, Phi(x)>, a chain with the label on one site, trained by sweeps.

    Args:
        phi: site features of the training images, (example, site, 2).
        targets: wanted outputs, (example, class).
        bond: largest bond.
        generator: of the initial cores.
        steps: of conjugate gradient at each bond.
        ridge: of the cost.

    Attributes:
        cores: (left, 2, right); that of site `center` has its label behind: (left, 2, right, class).
    """

    def __init__(
        self, phi: Tensor, targets: Tensor, bond: int, generator: torch.Generator, steps: int = 4, ridge: float = 1e-3
    ) -> None:
        self.phi, self.targets, self.cutoff = phi, targets, Cutoff(bond, 1e-6)
        self.steps, self.ridge, self.sites = steps, ridge, phi.shape[1]
        ends = [1, *[min(4, bond)] * (self.sites - 1), 1]
        self.cores = []
        for left, right in pairwise(ends):
            core = 0.01 * torch.randn(left, 2, right, generator=generator)
            core[:, 0] += torch.eye(left, right)
            self.cores.append(core.to(phi))
        drawn = 0.01 * torch.randn(*self.cores[0].shape, targets.shape[1], generator=generator)
        self.cores[0] = drawn.to(phi)
        ones = phi.new_ones(len(phi), 1)
        self.left: list[Tensor] = [ones] + [ones] * self.sites
        self.right: list[Tensor] = [ones] * self.sites + [ones]
        for site in range(self.sites - 1, 1, -1):
            self._extend_right(site)

    def update(self, bond: int, rightward: bool) -> float:
        """Solves and splits at sites `bond` and `bond` + 1; the cost before the last step, without the ridge."""
        first, second = self.cores[bond], self.cores[bond + 1]
        equation = "lsmc,mtr->lstrc" if rightward else "lsm,mtrc->lstrc"
        merged = torch.einsum(equation, first, second)
        shape = merged.shape
        left, right = self.left[bond], self.right[bond + 2]
        pair = torch.einsum("ns,nt->nst", self.phi[:, bond], self.phi[:, bond + 1]).flatten(1)
        inner = (left[:, :, None] * pair[:, None]).flatten(1)  # (example, l s t)
        tensor, cost = self._solve(merged.reshape(inner.shape[1], right.shape[1], -1), inner, right)
        tensor = tensor.reshape(shape)
        if rightward:
            u, rest, _, _ = split_right(tensor.reshape(shape[0] * 2, -1), self.cutoff)
            self.cores[bond] = u.reshape(shape[0], 2, -1)
            self.cores[bond + 1] = rest.reshape(-1, 2, shape[3], shape[4])
            self.left[bond + 1] = _forward(left, self.cores[bond], self.phi[:, bond])
        else:
            turned = tensor.permute(2, 3, 0, 1, 4)  # (t, r, l, s, c)
            u, rest, _, _ = split_right(turned.reshape(2 * shape[3], -1), self.cutoff)
            self.cores[bond + 1] = u.reshape(2, shape[3], -1).permute(2, 0, 1)
            self.cores[bond] = rest.reshape(-1, shape[0], 2, shape[4]).permute(1, 2, 0, 3)
            self._extend_right(bond + 1)
        return cost

    def _solve(self, tensor: Tensor, inner: Tensor, right: Tensor) -> tuple[Tensor, float]:
        """Conjugate gradient on (A^T A / n + ridge) B = A^T targets / n, from B = `tensor` (l s t, r, class)."""
        count = len(inner)

        def outputs(b: Tensor) -> Tensor:
            return torch.einsum("nrc,nr->nc", (inner @ b.flatten(1)).view(count, *b.shape[1:]), right)

        def back(residual: Tensor) -> Tensor:
            spread = (right[:, :, None] * residual[:, None]).flatten(1)  # (example, r class)
            return (inner.T @ spread).view(tensor.shape) / count

        missing = self.targets - outputs(tensor)
        cost = float(missing.square().sum() / (2 * count))
        residual = back(missing) - self.ridge * tensor
        direction, square = residual, residual.square().sum()
        for _ in range(self.steps):
            moved = outputs(direction)
            step = square / (moved.square().sum() / count + self.ridge * direction.square().sum())
            tensor, missing = tensor + step * direction, missing - step * moved
            cost = float(missing.square().sum() / (2 * count))
            residual = back(missing) - self.ridge * tensor
            square, before = residual.square().sum(), square
            direction = residual + square / before * direction
        return tensor, cost

    def predict(self, phi: Tensor, chunk: int = 2000) -> Tensor:
        """f_c(x), (example, class), of phi (example, site, 2)."""
        found = []
        for part in phi.split(chunk):
            h, labelled = part.new_ones(len(part), 1), None
            for site, core in enumerate(self.cores):
                if core.ndim == 4:
                    labelled = torch.einsum("nl,ns,lsrc->nrc", h, part[:, site], core)
                elif labelled is None:
                    h = _forward(h, core, part[:, site])
                else:
                    labelled = torch.einsum("nlc,ns,lsr->nrc", labelled, part[:, site], core)
            found.append(labelled[:, 0])
        return torch.cat(found)

    def _extend_right(self, site: int) -> None:
        self.right[site] = _forward(self.right[site + 1], self.cores[site].transpose(0, 2), self.phi[:, site])


def _forward(h: Tensor, core: Tensor, phi: Tensor) -> Tensor:
    return sum((phi[:, s : s + 1] * h) @ core[:, s] for s in range(core.shape[1]))
