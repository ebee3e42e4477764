"""What lies left and right of a bond, for every row of a data set: vectors that move along with a sweep."""

from torch import Tensor

from physlearn.tensor.state import step, unit_rows


class Environments:
    """left(j) = A_1[s_1] ... A_j[s_j] and right(j) = A_{j+1}[s_{j+1}] ... A_N[s_N] of each row s, j = 0 ... N.

    Each vector is kept at length 1 with the logarithm of its length beside it. The cores are read from the list that is
    given, which the caller changes: after a change of site j, `extend_left(j)` or `extend_right(j)` renews what is on
    that side of it, from the neighbour's environment alone, so a sweep costs one matrix product per site.

    Args:
        cores: of the state, (left, physical, right) each; the list is kept, not copied.
        rows: int64 (row, site).
    """

    def __init__(self, cores: list[Tensor], rows: Tensor) -> None:
        self.cores, self.rows = cores, rows
        ones, zeros = cores[0].new_ones(len(rows), 1), cores[0].new_zeros(len(rows))
        self.left: list[Tensor | None] = [ones] + [None] * len(cores)
        self.right: list[Tensor | None] = [None] * len(cores) + [ones]
        self.log_left: list[Tensor | None] = [zeros] + [None] * len(cores)
        self.log_right: list[Tensor | None] = [None] * len(cores) + [zeros]

    def extend_left(self, site: int) -> None:
        """left(site + 1) from left(site) and the core of the site (counted from 0)."""
        moved = step(self.left[site], self.cores[site], self.rows[:, site])
        self.left[site + 1], grown = unit_rows(moved)
        self.log_left[site + 1] = self.log_left[site] + grown

    def extend_right(self, site: int) -> None:
        """right(site) from right(site + 1) and the core of the site (counted from 0)."""
        moved = step(self.right[site + 1], self.cores[site].transpose(0, 2), self.rows[:, site])
        self.right[site], grown = unit_rows(moved)
        self.log_right[site] = self.log_right[site + 1] + grown

    def build(self, bond: int) -> None:
        """All that an update of sites `bond` and `bond` + 1 reads: left(0) ... left(bond), right(bond + 2) ... ."""
        for site in range(bond):
            self.extend_left(site)
        for site in range(len(self.cores) - 1, bond + 1, -1):
            self.extend_right(site)

    def around(self, bond: int) -> tuple[Tensor, Tensor, Tensor]:
        """left(bond) (row, l), right(bond + 2) (row, r), and ln of the length of both together (row,)."""
        logs = self.log_left[bond] + self.log_right[bond + 2]
        return self.left[bond], self.right[bond + 2], logs
