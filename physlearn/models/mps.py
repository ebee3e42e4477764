"""A matrix product state that classifies: one matrix a pixel, multiplied from both ends to a label tensor."""

from math import prod

import torch
from torch import Tensor, nn

from physlearn.models.choices import FEATURES
from physlearn.models.dropout import Dropout
from physlearn.models.layers import Shape


class MatrixProductClassifier(nn.Module):
    """logit_c(x) = l^T M_1(x_1) ... M_{N/2}(x_{N/2}) L_c M_{N/2+1}(x_{N/2+1}) ... M_N(x_N) r, linear in every tensor.

    M_j(x) = sum_s phi_s(x) (e_s 1 + W_j^s) with features phi(x) = (1, x), e = (1, 0), or phi(x) = (cos(pi x/2),
    sin(pi x/2)), e = (1, 1). The weights W are what the prior and the weight decay shrink: the chain is centred on the
    identity and begins near it, W ~ N(0, noise^2), so that products over hundreds of sites neither vanish nor overflow.
    l = r = (1, ..., 1)/sqrt(D); L_c ~ N(0, 1/D), logits of variance about 1/D. Pixels are taken row by row.

    Both halves of the chain are multiplied side by side, vector by vector: 2 N D^2 multiply-accumulates an image and
    half as many matrix products as sites. Dropout leaves a site out: m W in place of W, m = 0 or 1/(1 - p), one m for
    each image and site.

    Args:
        shape: (channel, height, width) of an image; N is their product, and one more where that is odd.
        classes: how many logits.
        bond: D, the dimension of the matrices.
        features: ``linear`` or ``trigonometric``.
        noise: standard deviation of the initial W.
        generator: the stream of the initial weights; None: a new one, seed 0.

    Raises:
        ValueError: a bond below 1, unknown features, or noise that is not positive.

    Source: Stoudenmire and Schwab, NIPS 2016 (arXiv 1605.05775); the start near the identity: Efthymiou, Hidary and
    Leichenauer, arXiv 1906.06329, section 3.
    """

    pixels = "unit"  # the range that the features are made for

    def __init__(
        self,
        shape: Shape,
        classes: int,
        bond: int = 20,
        features: str = "linear",
        noise: float = 0.01,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        if features not in FEATURES:
            raise ValueError(f"model.features={features}: allowed are {', '.join(FEATURES)}")
        if bond < 1 or not noise > 0:
            raise ValueError(f"bond={bond}, noise={noise}: allowed are a whole bond >= 1 and noise > 0")
        self.features, self.bond = features, bond
        self.sites = prod(shape)
        half = (self.sites + 1) // 2
        generator = generator or torch.Generator().manual_seed(0)
        self.cores = Tensors(torch.randn(half, 2, 2 * bond, bond, generator=generator) * noise)
        self.label = Tensors(torch.randn(classes, bond, bond, generator=generator) * bond**-0.5)
        self.dropout = Dropout()

    def forward(self, x: Tensor) -> Tensor:
        """Logits (example, class) of images x (example, channel, height, width), pixels in 0 ... 1."""
        base, phi = site_features(self.halves(x), self.features)
        phi = phi * self.dropout(torch.ones_like(base))[:, None]
        h = x.new_full((2, len(x), self.bond), self.bond**-0.5)  # (half, example, bond): from the left, from the right
        linear = self.features == "linear"  # base is 1
        for weight, (first, second), own in zip(self.cores.weight.unbind(), phi.unbind(), base.unbind(), strict=True):
            h = torch.baddbmm(h if linear else own * h, torch.cat((first * h, second * h), -1), weight)
        return torch.einsum("ni,cij,nj->nc", h[0], self.label.weight, h[1])

    def halves(self, x: Tensor) -> Tensor:
        """The pixels as the two halves meet them: (site, half, example, 1), the second half from the end on.

        An odd number of pixels has one more at the right end, black.
        """
        row = x.flatten(1).T  # (pixel, example)
        if self.sites % 2:
            row = torch.cat((row, torch.zeros_like(row[:1])))
        left, right = row.chunk(2)
        return torch.stack((left, right.flip(0)), 1)[..., None]

    @torch.no_grad()
    def site_vectors(self, x: Tensor) -> Tensor:
        """phi(x_j) of every pixel, (example, site, 2), row by row."""
        return site_features(x.flatten(1), self.features)[1].movedim(1, -1)

    @torch.no_grad()
    def matrices(self) -> tuple[list[Tensor], Tensor]:
        """The state itself: cores (left, physical, right) from site 1 to N, and the label tensor (class, left, right).

        The vectors l and r are multiplied into the first and the last core: f_c(x) is the product of all.
        """
        half, bond = len(self.cores.weight), self.bond
        weight = self.cores.weight.view(half, 2, 2, bond, bond)  # (site, half, physical, in, out)
        identity = torch.eye(bond, dtype=weight.dtype, device=weight.device)
        own = torch.tensor([1.0, float(self.features != "linear")]).to(weight)
        whole = weight + own[:, None, None] * identity
        left = [core.transpose(0, 1) for core in whole[:, 0]]  # (in, physical, out)
        right = [core.permute(2, 0, 1) for core in whole[:, 1]][::-1]  # (out, physical, in): read from the left
        end = torch.full((1, bond), bond**-0.5, dtype=weight.dtype, device=weight.device)
        left[0] = torch.einsum("oi,isr->osr", end, left[0])
        right[-1] = torch.einsum("lsi,oi->lso", right[-1], end)
        if self.sites % 2:  # the black pixel that was added: its core is one matrix
            black = right.pop()[:, 0]  # (left, 1)
            right[-1] = torch.einsum("lsi,io->lso", right[-1], black)
        return [*left, *right], self.label.weight.detach()


class Tensors(nn.Module):
    """A layer that is its weights alone."""

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight)


def site_features(x: Tensor, features: str) -> tuple[Tensor, Tensor]:
    """The factor of the identity, of the shape of x, and phi, its two components stacked along dimension 1."""
    if features == "linear":
        one = torch.ones_like(x)
        return one, torch.stack((one, x), 1)
    angle = torch.pi / 2 * x
    phi = torch.stack((angle.cos(), angle.sin()), 1)
    return phi.sum(1), phi
