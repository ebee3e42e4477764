"""A trained classifier as a matrix product state: its logits from cores of any bond, and the norm that data give it.

f_c(x) = <W^c, Phi(x)>, Phi(x) the product of the site features phi(x_j). Where the pixels were independent with
<phi phi^T> = G_j at pixel j, the mean of sum_c f_c(x)^2 were the squared norm of the state whose cores are multiplied
by G_j^(1/2): truncated in that norm, a core keeps what changes the logits of such images.
"""

import torch
from torch import Tensor

from physlearn.tensor.decomposition import Cutoff
from physlearn.tensor.gauge import truncate
from physlearn.tensor.state import MatrixProductState

LEAST = 1e-4  # share of the largest eigenvalue of G_j below which a direction of phi counts as seen that often


def as_state(cores: list[Tensor], label: Tensor) -> MatrixProductState:
    """The cores with the label tensor (class, left, right) among them, as a core of its own in the middle (float64).

    A logit that all classes have in common changes no prediction: it is taken off, sum_c W^c = 0.
    """
    own = (label - label.mean(0)).double().permute(1, 0, 2)
    half = (len(cores) + 1) // 2
    return MatrixProductState([*(c.double() for c in cores[:half]), own, *(c.double() for c in cores[half:])])


def pixel_grams(phi: Tensor) -> Tensor:
    """G_j = <phi(x_j) phi(x_j)^T> over examples, (site, 2, 2), of phi (example, site, 2)."""
    return torch.einsum("njs,njt->jst", phi, phi).double() / len(phi)


def truncated(
    state: MatrixProductState, error: float, grams: Tensor | None = None
) -> tuple[MatrixProductState, MatrixProductState, float]:
    """The smallest state within a relative error, bond by bond.

    Each of the cuts may discard error^2 / (number of cuts) of the squared norm, so that |W - W'| <= error |W|.

    Args:
        state: of `as_state`.
        error: 0 <= error < 1.
        grams: G_j of each pixel, (site, 2, 2), for the norm that the data give; None: the plain norm.

    Returns:
        The state to predict with; the same in the norm of the truncation, canonical, for bonds and entropies; the error
        made, |W - W'| / |W| in that norm.
    """
    half = len(state) // 2
    roots = None if grams is None else [*_roots(grams[:half]), None, *_roots(grams[half:])]
    weighted = state if roots is None else _times(state, roots)
    cut, made = truncate(weighted, Cutoff(discarded_weight=error**2 / (len(state) - 1), relative=1e-12))
    back = cut if roots is None else _times(cut, [None if r is None else torch.linalg.inv(r) for r in roots])
    return back, cut, made


def logits(state: MatrixProductState, phi: Tensor, chunk: int = 2000) -> Tensor:
    """f_c(x), (example, class), of phi (example, site, 2); up to the factor e^log_scale, which is left out."""
    half = len(state) // 2
    found = []
    for part in phi.to(state.cores[0].dtype).split(chunk):
        left = right = part.new_ones(len(part), 1)
        for site in range(half):
            left = _step(left, state.cores[site], part[:, site])
        for site in range(len(state) - 1, half, -1):
            right = _step(right, state.cores[site].transpose(0, 2), part[:, site - 1])
        found.append(torch.einsum("nl,lcr,nr->nc", left, state.cores[half], right))
    return torch.cat(found)


def _step(h: Tensor, core: Tensor, phi: Tensor) -> Tensor:
    return sum((phi[:, s : s + 1] * h) @ core[:, s] for s in range(core.shape[1]))


def _times(state: MatrixProductState, matrices: list[Tensor | None]) -> MatrixProductState:
    """Each physical index multiplied by a matrix of its own; None: left as it is."""
    pairs = zip(state.cores, matrices, strict=True)
    cores = [core if matrix is None else torch.einsum("st,ltr->lsr", matrix, core) for core, matrix in pairs]
    return MatrixProductState(cores, state.log_scale)


def _roots(grams: Tensor) -> list[Tensor]:
    values, vectors = torch.linalg.eigh(grams)
    values = torch.maximum(values, LEAST * values[:, -1:])
    return list(vectors @ torch.diag_embed(values.sqrt()) @ vectors.transpose(1, 2))
