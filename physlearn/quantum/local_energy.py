"""Local energies: E_loc(s) = sum_s' <s|H|s'> psi(s') / psi(s), whose mean over |psi|^2 is the energy of psi.

For an eigenstate E_loc(s) is the same for every s: its variance is the distance from one.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from physlearn.quantum.chain import SpinChain

LogPsi = Callable[[Tensor], Tensor]


class LocalEnergy:
    """The configurations that H connects, and the sum over them. Configurations are int64 (row, site) of 0 ... d - 1.

    Args:
        chain: the Hamiltonian.
        sign_rule: psi(s) = sign(s) exp(ln psi) with the chain's sign rule; False: psi > 0.
    """

    def __init__(self, chain: SpinChain, sign_rule: bool = True) -> None:
        self.chain = chain
        d = chain.physical
        both = [chain.bond, chain.field]
        self.diagonals = [matrix.diagonal() for matrix in both]
        self.pair_to, self.pair_value = _others(chain.bond)  # (d d, m)
        self.site_to, self.site_value = _others(chain.field)  # (d, m)
        self.left, self.right = (torch.tensor(ends) for ends in zip(*chain.bonds, strict=True))
        self.digits = torch.arange(d)
        self.staggered = chain.staggered and sign_rule

    def connected(self, states: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """<s|H|s> (row,); every other s' that H leads to, (row, K, site); <s|H|s'> or 0, (row, K)."""
        d = self.chain.physical
        pairs = states[:, self.left] * d + states[:, self.right]  # (row, bond)
        diagonal = self.diagonals[0][pairs].sum(1) + self.diagonals[1][states].sum(1)
        moved, values = [], []
        for m in range(self.pair_to.shape[1]):
            to = self.pair_to[pairs, m]  # (row, bond)
            new = states[:, None, :].repeat(1, len(self.left), 1)
            bond = torch.arange(len(self.left))
            new[:, bond, self.left], new[:, bond, self.right] = to // d, to % d
            moved.append(new)
            values.append(self.pair_value[pairs, m])
        for m in range(self.site_to.shape[1]):
            site = torch.arange(self.chain.sites)
            new = states[:, None, :].repeat(1, self.chain.sites, 1)
            new[:, site, site] = self.site_to[states, m]
            moved.append(new)
            values.append(self.site_value[states, m])
        return diagonal, torch.cat(moved, 1), torch.cat(values, 1)

    def signs(self, states: Tensor) -> Tensor:
        """The sign rule, (...) of +-1 for states (..., site): (-1)^(number of state 0, up, on sites 1, 3, 5, ...)."""
        if not self.staggered:
            return states.new_ones(states.shape[:-1], dtype=torch.float64)
        return 1.0 - 2.0 * ((states[..., ::2] == 0).sum(-1) % 2)

    def __call__(self, log_psi: LogPsi, states: Tensor, chunk: int = 8_000) -> Tensor:
        """E_loc of every row, (row,), of the dtype of ln psi: float64 or complex128.

        Args:
            log_psi: ln psi of states (row, site), the sign rule apart.
            states: int64 (row, site).
            chunk: configurations at once.
        """
        found = []
        for part in states.split(max(1, chunk // self.chain.sites)):
            diagonal, moved, values = self.connected(part)
            row, k = values.nonzero(as_tuple=True)
            others = moved[row, k]
            ratios = (log_psi(others) - log_psi(part)[row]).exp() * self.signs(others) * self.signs(part)[row]
            found.append(diagonal.to(ratios.dtype).index_add(0, row, values[row, k] * ratios))
        return torch.cat(found)


def _others(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """Of every row of a matrix the columns of its entries off the diagonal, and these; padded by the row and 0."""
    size = len(matrix)
    off = matrix - torch.diag(matrix.diagonal())
    most = int((off.abs() > 1e-14).sum(1).max())
    to, values = torch.arange(size)[:, None].repeat(1, most), torch.zeros(size, most, dtype=torch.float64)
    for row in range(size):
        columns = (off[row].abs() > 1e-14).nonzero()[:, 0]
        to[row, : len(columns)], values[row, : len(columns)] = columns, off[row, columns]
    return to, values


def spins_of(states: Tensor) -> Tensor:
    """State 0 as +1 and state 1 as -1, float64: what the networks read."""
    return 1.0 - 2.0 * states.double()
