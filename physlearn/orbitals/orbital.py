"""An orbital of hydrogen as a system: its energy is -ln |psi|^2, so that at T = 1 it is sampled as |psi|^2."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from scipy.special import roots_gegenbauer, roots_genlaguerre
from torch import Tensor

LARGEST = 8  # n; beyond it the polynomials of exact.py lose digits


@dataclass(frozen=True)
class Orbital:
    r"""psi_nlm(x) = R_nl(r) Y_lm(theta, phi) of the hydrogen atom, complex convention Y_lm ~ e^{i m phi}, a_0 = 1.

        |psi|^2 = c^2 rho^(2l) e^-rho prod_k (rho - rho_k)^2 (sin theta)^(2|m|) prod_k (u - u_k)^2,  rho = 2r/n, u = z/r

    with rho_k the n - l - 1 zeros of the Laguerre polynomial L_{n-l-1}^{2l+1} and u_k the l - |m| zeros of the
    Gegenbauer polynomial C_{l-|m|}^{|m|+1/2}, proportional to the |m|-th derivative of the Legendre polynomial P_l. The
    density does not depend on phi or on the sign of m. As a system, E(x) = -ln |psi(x)|^2 in nats, and

        P(x) = exp(-E/T)/Z = |psi|^(2/T)/Z.

    Nodes are n - l - 1 spheres and l - |m| cones (the plane z = 0 among them); they divide space into regions. Near one
    P ~ d^(2/T), d the distance: a continuous path crosses it only for T > 2.

    Args:
        n: principal quantum number, 1 ... 8.
        l: angular momentum, 0 ... n - 1.
        m: its z component, -l ... l.

    Raises:
        ValueError: quantum numbers that do not exist.
    """

    n: int
    l: int
    m: int

    dimension = 3

    def __post_init__(self) -> None:
        if not 1 <= self.n <= LARGEST:
            raise ValueError(f"n={self.n} is not allowed: it must be a whole number from 1 to {LARGEST}")
        if not 0 <= self.l < self.n:
            raise ValueError(
                f"l={self.l} is not allowed: it must be a whole number from 0 to n - 1 = {self.n - 1}. "
                f"Type e.g. l={self.n - 1}, or n={max(self.l, 0) + 1}"
            )
        if abs(self.m) > self.l:
            span = "0" if self.l == 0 else f"a whole number from -l = {-self.l} to l = {self.l}"
            raise ValueError(
                f"m={self.m} is not allowed: it must be {span}. Type e.g. m={int(math.copysign(self.l, self.m))}"
            )

    @property
    def name(self) -> str:
        """1s, 2p0, 3d-2: n, the letter of l, and m where l > 0."""
        letter = "spdfghik"[self.l]
        return f"{self.n}{letter}{self.m if self.l else ''}"

    @cached_property
    def spheres(self) -> np.ndarray:
        """Radii of the nodal spheres, rising: (n - l - 1,)."""
        count = self.n - self.l - 1
        return self.n / 2 * roots_genlaguerre(count, 2 * self.l + 1)[0] if count else np.empty(0)

    @cached_property
    def cones(self) -> np.ndarray:
        """u = cos(theta) of the nodal cones, rising: (l - |m|,)."""
        count = self.l - abs(self.m)
        return roots_gegenbauer(count, abs(self.m) + 0.5)[0] if count else np.empty(0)

    @cached_property
    def log_constants(self) -> tuple[float, float]:
        """ln of the factors before R = c_R r^l e^{-r/n} prod (r - r_k) and |Y| = c_Y sin^|m| prod (u - u_k)."""
        n, l, m, k = self.n, self.l, abs(self.m), self.n - self.l - 1
        factorial = lambda j: math.lgamma(j + 1)  # noqa: E731
        radial = (3 * math.log(2 / n) + factorial(k) - math.log(2 * n) - factorial(n + l)) / 2
        radial += (l + k) * math.log(2 / n) - factorial(k)
        angular = (math.log((2 * l + 1) / (4 * math.pi)) + factorial(l - m) - factorial(l + m)) / 2
        angular += factorial(2 * l) - l * math.log(2) - factorial(l) - factorial(l - m)
        return radial, angular

    def log_radial(self, r: Tensor) -> Tensor:
        """ln R_nl(r)^2, as `r`."""
        nodes = torch.from_numpy(self.spheres).to(r)
        logs = self.log_constants[0] - r / self.n + (r[..., None] - nodes).abs().log().sum(-1)
        return 2 * (logs + self.l * r.log() if self.l else logs)

    def log_angular(self, u: Tensor) -> Tensor:
        """ln |Y_lm|^2 at u = cos(theta), as `u`."""
        nodes, m = torch.from_numpy(self.cones).to(u), abs(self.m)
        logs = self.log_constants[1] + (u[..., None] - nodes).abs().log().sum(-1)
        return 2 * (logs + m / 2 * (torch.log1p(-u) + torch.log1p(u)) if m else logs)

    def log_density(self, states: Tensor) -> Tensor:
        """ln |psi|^2 of every row, per a_0^3: (row, 3) -> (row,)."""
        r = torch.linalg.vector_norm(states, dim=1)
        return self.log_radial(r) + self.log_angular((states[:, 2] / r).clamp(-1, 1))

    def energy(self, states: Tensor) -> Tensor:
        """E = -ln |psi|^2: (row, 3) -> (row,)."""
        return -self.log_density(states)

    def gradient(self, states: Tensor) -> Tensor:
        """dE/dx of every row, (row, 3) -> (row, 3)."""
        m = abs(self.m)
        z, square = states[:, 2:], states.square().sum(1, keepdim=True)
        r = square.sqrt()
        spheres, cones = (torch.from_numpy(nodes).to(states) for nodes in (self.spheres, self.cones))
        radial = (self.l - m) / r - 1 / self.n + (1 / (r - spheres)).sum(1, keepdim=True)  # (row, 1)
        polar = (1 / (z / r - cones)).sum(1, keepdim=True)  # d ln|Y|/du without the sine
        along = (radial / r - polar * z / (r * square)) * states
        along[:, 2:] += polar / r
        if m:
            across = states[:, :2]
            along[:, :2] += m * across / across.square().sum(1, keepdim=True)
        return -2 * along

    def region(self, states: Tensor) -> Tensor:
        """Which of the `regions` between nodes a row is in, from the nucleus outwards, from -z to z: int64 (row,)."""
        r = torch.linalg.vector_norm(states, dim=1)
        spheres, cones = (torch.from_numpy(nodes).to(states) for nodes in (self.spheres, self.cones))
        shell = (r[:, None] > spheres).sum(1)
        return shell * (len(cones) + 1) + (states[:, 2:] / r[:, None] > cones).sum(1)

    @property
    def regions(self) -> int:
        """(n - l)(l - |m| + 1)."""
        return (len(self.spheres) + 1) * (len(self.cones) + 1)

    # what task=temper reads of a system of its own

    @cached_property
    def start(self) -> list[float]:
        """Where all chains begin, a point of large density: one region alone. (3,)"""
        r = torch.linspace(0, 4 * self.n**2, 4001, dtype=torch.float64)[1:]
        u = torch.linspace(0, 1, 1001, dtype=torch.float64)[:-1]
        best_r = float(r[(2 * r.log() + self.log_radial(r)).argmax()])
        best_u = float(u[self.log_angular(u).argmax()])
        return [best_r * math.sqrt(1 - best_u**2), 0.0, best_r * best_u]

    @property
    def names(self) -> tuple[str, ...]:
        return ("r", *(f"region_{i + 1}" for i in range(self.regions)))

    def observe(self, states: Tensor) -> Tensor:
        """r, and 1 in the region that a row is in: (row, 1 + region)."""
        shares = torch.nn.functional.one_hot(self.region(states), self.regions)
        return torch.cat((torch.linalg.vector_norm(states, dim=1, keepdim=True), shares.to(states)), 1)

    def expected(self, temperature: float) -> list[float]:
        """The exact means of what `observe` reads at T."""
        from physlearn.orbitals.exact import at_temperature

        law = at_temperature(self, temperature)
        return [law.radius, *law.shares.tolist()]

    def exact(self, temperature: float) -> tuple[float, float]:
        """<E> and the heat capacity Var E / T^2 at T."""
        from physlearn.orbitals.exact import at_temperature

        law = at_temperature(self, temperature)
        return law.energy, law.heat_capacity
