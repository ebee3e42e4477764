"""Exact samples of p(s) = psi(s)^2 / |psi|^2: site by site, a batch at a time, with no Markov chain."""

import torch
from torch import Tensor

from physlearn.tensor.gauge import canonical
from physlearn.tensor.state import MatrixProductState

UNKNOWN = -1


@torch.no_grad()
def sample(state: MatrixProductState, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Independent samples and their ln p.

    With the centre at site 1 all that lies right of a site is an isometry, so p(s_j | s_1 ... s_{j-1}) is
    |h A_j[s_j]|^2 / |h|^2 with h = A_1[s_1] ... A_{j-1}[s_{j-1}]. Two D x D products a sample and site.

    Args:
        state: any gauge; it is brought into the one that is needed.
        count: how many samples.
        generator: on the device of the state.

    Returns:
        int64 (count, site), and ln p (count,), equal to 2 ln |psi(s)| - 2 ln |psi|.
    """
    free = torch.full((1, len(state)), UNKNOWN)
    return _draw(canonical(state, 0), free[0], [None] * (len(state) + 1), count, generator)


@torch.no_grad()
def complete(state: MatrixProductState, known: Tensor, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Independent samples of p(s | known sites), and ln of that conditional probability.

    What lies right of site j enters as R_j = sum A_{j+1}[s] R_{j+1} A_{j+1}[s]^T over the values that s may take there:
    all, or the known one; p(s_j | s_1 ... s_{j-1}, known) is (h A_j[s]) R_j (h A_j[s])^T, normalised. O(N D^3).

    Args:
        state: any gauge.
        known: int64 (site,), the value of a known site, -1 where it is not known.
        count: how many samples.
        generator: on the device of the state.

    Returns:
        int64 (count, site), and ln p(s | known) (count,).

    Raises:
        ValueError: the known values have probability 0.
    """
    whole = canonical(state, 0)
    right: list[Tensor | None] = [None] * (len(state) + 1)  # None: the identity
    after = None
    for site in range(len(state) - 1, 0, -1):
        if int(known[site]) == UNKNOWN and after is None:
            continue  # isometries
        core = whole.cores[site]
        core = core if int(known[site]) == UNKNOWN else core[:, known[site] : known[site] + 1]
        grown = core if after is None else torch.tensordot(core, after, dims=1)  # (left, physical, right)
        after = grown.flatten(1) @ core.flatten(1).T
        trace = after.trace()
        if not trace > 0:
            raise ValueError("the known values have probability 0 under this state: there is nothing to complete")
        after = after / trace
        right[site] = after
    return _draw(whole, known, right, count, generator)


def _draw(
    whole: MatrixProductState, known: Tensor, right: list[Tensor | None], count: int, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Samples from left to right; `right[j]` is what sums over the sites from j on, (bond, bond), None the identity."""
    h = whole.cores[0].new_ones(count, 1)  # (sample, bond)
    drawn = torch.empty(count, len(whole), dtype=torch.int64, device=h.device)
    logs = h.new_zeros(count)
    for site, core in enumerate(whole.cores):
        left, physical, bond = core.shape
        grown = (h @ core.reshape(left, -1)).view(count, physical, bond)
        after = right[site + 1]
        weights = (grown.square() if after is None else (grown @ after) * grown).sum(2).clamp_min(0)  # (sample, s)
        if (value := int(known[site])) != UNKNOWN:
            if not bool((weights[:, value] > 0).all()):
                raise ValueError("the known values have probability 0 under this state: there is nothing to complete")
            drawn[:, site] = value
            h = grown[:, value]
        else:
            shares = weights / weights.sum(1, keepdim=True)
            uniform = torch.rand(count, 1, generator=generator, dtype=shares.dtype, device=shares.device)
            chosen = (uniform >= shares.cumsum(1)[:, :-1]).sum(1)
            logs += shares.gather(1, chosen[:, None])[:, 0].log()
            drawn[:, site] = chosen
            h = grown[torch.arange(count, device=h.device), chosen]
        h = h / torch.linalg.vector_norm(h, dim=1, keepdim=True)
    return drawn, logs
