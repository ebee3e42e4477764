"""One description of a spin chain, from which its operators are made: sparse, dense, matrix product, local energies.

    H = sum_i h(i, i+1) + sum_i f(i)

h acts on two neighbours, f on one site; on a periodic chain site N is followed by site 1. All matrices are real.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial

import torch
from torch import Tensor

from physlearn.quantum import exact


@dataclass(frozen=True)
class SpinChain:
    """N sites of d states, h on every bond and f on every site.

    Args:
        name: in sentences.
        sites: N >= 2; on a periodic chain N >= 3.
        bond: h, (d d, d d), real and symmetric, the left site slowest.
        field: f, (d, d), real and symmetric.
        periodic: site N is a neighbour of site 1.
        staggered: Marshall's sign rule: psi has the sign (-1)^(number of up spins on sites 1, 3, 5, ...); False: a
            ground state of one sign.
        least_bond: of the matrix product state that holds the ground state, where it is known; else 1.
        charge: c, the central charge, of a critical chain whose entropy follows the conformal law; else None.
        energy, entropies: E_0, and S of the first 1 ... N - 1 sites, in closed form; None where there is none.
        source: of the closed form, in words.

    Raises:
        ValueError: too few sites.
    """

    name: str
    sites: int
    bond: Tensor  # (d d, d d)
    field: Tensor  # (d, d)
    periodic: bool = False
    staggered: bool = False
    least_bond: int = 1
    charge: float | None = None
    energy: Callable[[], float] | None = None
    entropies: Callable[[], list[float]] | None = None
    source: str = ""

    def __post_init__(self) -> None:
        least = 3 if self.periodic else 2
        if self.sites < least:
            allowed = f"it must be a whole number >= {least} here. Type e.g. size={least + 1}"
            raise ValueError(f"size={self.sites} is not allowed: {allowed}")

    @property
    def physical(self) -> int:
        """d, states of a site."""
        return len(self.field)

    @cached_property
    def conserves_sz(self) -> bool:
        """H commutes with sum_i S^z_i, the states of a site numbered from the highest to the lowest S^z."""
        z = torch.diag(torch.arange(self.physical, dtype=torch.float64))
        one = torch.eye(self.physical, dtype=torch.float64)
        pairs = ((self.bond, torch.kron(z, one) + torch.kron(one, z)), (self.field, z))
        return all(torch.allclose(matrix @ total, total @ matrix) for matrix, total in pairs)

    @property
    def bonds(self) -> list[tuple[int, int]]:
        """(i, j) of every bond, sites counted from 0; the bond that closes a periodic chain is (N - 1, 0)."""
        last = [(self.sites - 1, 0)] if self.periodic else []
        return [(site, site + 1) for site in range(self.sites - 1)] + last

    @cached_property
    def factors(self) -> tuple[Tensor, Tensor]:
        """h = sum_a L_a x R_a with as few terms as there can be: L and R, (term, d, d) each.

        The singular values of h with rows (s, s') of the left site and columns (t, t') of the right one.
        """
        d = self.physical
        matrix = self.bond.reshape(d, d, d, d).permute(0, 2, 1, 3).reshape(d * d, d * d)  # (s s', t t')
        left, values, right = torch.linalg.svd(matrix)
        kept = int((values > 1e-12 * values[0]).sum())
        roots = values[:kept].sqrt()
        return (left[:, :kept] * roots).T.reshape(-1, d, d), (right[:kept] * roots[:, None]).reshape(-1, d, d)

    def apply(self, psi: Tensor) -> Tensor:
        """H psi of a dense state, (d^N,) with the first site slowest."""
        d, found = self.physical, torch.zeros_like(psi)
        both = (self.bond + torch.kron(self.field, torch.eye(d, dtype=self.field.dtype))).to(psi)  # f of the left site
        for i, j in self.bonds:
            if j:
                found += torch.einsum("ab,lbr->lar", both, psi.view(d**i, d * d, -1)).flatten()
            else:  # sites N and 1
                rows = psi.view(d, -1, d).permute(2, 0, 1).reshape(d * d, -1)
                found += (both @ rows).view(d, d, -1).permute(1, 2, 0).flatten()
        if not self.periodic:  # the last site is the left one of no bond
            found += (psi.view(-1, d) @ self.field.to(psi)).flatten()
        return found


def pauli() -> dict[str, Tensor]:
    """X and Z, and the real matrix i Y, float64; state 0 is up, Z = +1."""
    values = {"x": [[0, 1], [1, 0]], "iy": [[0, 1], [-1, 0]], "z": [[1, 0], [0, -1]]}
    return {name: torch.tensor(matrix, dtype=torch.float64) for name, matrix in values.items()}


def tfim(size: int, coupling: float = 1.0, field: float = 1.0, periodic: bool = False) -> SpinChain:
    """The Ising chain in a transverse field, H = -J sum Z Z - h sum X (Pauli matrices).

    Args:
        size: N.
        coupling: J.
        field: h.
        periodic: periodic or open boundaries.

    Raises:
        ValueError: a periodic chain of odd N.
    """
    if periodic and size % 2:
        raise ValueError(
            f"size={size} is not allowed on a periodic chain: the closed form needs N even. Type e.g. size={size + 1}"
        )
    p, given = pauli(), (size, coupling, field, periodic)
    return SpinChain(
        f"Ising chain in a transverse field, J = {coupling:g}, h = {field:g}",
        size,
        -coupling * torch.kron(p["z"], p["z"]),
        -field * p["x"],
        periodic,
        charge=0.5 if abs(coupling) == abs(field) else None,
        energy=partial(exact.tfim_energy, *given),
        entropies=partial(exact.tfim_entropies, *given),
        source="free fermions",
    )


def heisenberg(size: int, periodic: bool = False) -> SpinChain:
    """The antiferromagnetic chain of spins 1/2, H = sum S.S.

    Args:
        size: N.
        periodic: periodic or open boundaries.

    Raises:
        ValueError: a periodic chain of odd N, where neighbours cannot all be antiparallel.
    """
    if periodic and size % 2:
        raise ValueError(
            f"size={size} is not allowed on a periodic chain: neighbours alternate, N even. Type e.g. size={size + 1}"
        )
    p = pauli()
    bond = (torch.kron(p["x"], p["x"]) - torch.kron(p["iy"], p["iy"]) + torch.kron(p["z"], p["z"])) / 4
    return SpinChain("Heisenberg chain", size, bond, torch.zeros(2, 2, dtype=torch.float64), periodic, staggered=True)


def aklt(size: int, periodic: bool = False) -> SpinChain:
    """Spins 1 with H = sum S.S + (S.S)^2/3 (Affleck, Kennedy, Lieb and Tasaki, PRL 59 (1987) 799).

    Args:
        size: N.
        periodic: periodic or open boundaries.
    """
    up = torch.diag(torch.full((2,), 2**0.5, dtype=torch.float64), 1)  # S+
    z = torch.diag(torch.tensor([1.0, 0.0, -1.0], dtype=torch.float64))
    down = up.T.contiguous()  # S-
    product = (torch.kron(up, down) + torch.kron(down, up)) / 2 + torch.kron(z, z)
    zero = torch.zeros(3, 3, dtype=torch.float64)
    return SpinChain(
        "AKLT chain",
        size,
        product + product @ product / 3,
        zero,
        periodic,
        least_bond=4 if periodic else 2,
        energy=lambda: -2 / 3 * (size if periodic else size - 1),
        source="valence bonds, -2/3 each",
    )
