"""The exact laws of the package, as `task=verify` reads them."""

import math
from collections.abc import Callable

import torch

from physlearn.instruments.law import Law
from physlearn.instruments.statistics import mean_and_error
from physlearn.streams import stream
from physlearn.tensor.decomposition import Cutoff
from physlearn.tensor.exact import aklt_correlation, all_states, probabilities
from physlearn.tensor.gauge import entanglement_entropies, truncate
from physlearn.tensor.sampling import UNKNOWN, complete, sample
from physlearn.tensor.state import MatrixProductState, expectation
from physlearn.tensor.states import aklt, ghz, random_state

ROUNDING = 1e-12  # the error given for what is exact up to rounding
SITES = 8


def laws(device: torch.device, seed: int = 0) -> list[Law]:
    """Norm, entropy and truncation of known states; frequencies of exact and of conditional samples."""
    unit = random_state(SITES, 4, stream(seed, "laws: state"))
    state = MatrixProductState([1.3 * core for core in unit.cores])
    shares = probabilities(state.dense())  # (configuration,)
    ones = all_states(SITES).sum(1).double()
    half = torch.tensor([UNKNOWN] * (SITES // 2) + [1] * (SITES // 2))
    given = torch.where((all_states(SITES)[:, SITES // 2 :] == 1).all(1), shares, 0.0)

    def row(name: str, exact: float, measure: Callable[[], tuple[float, float]]) -> Law:
        return Law("tensor", name, float(exact), measure)

    def of(value: float) -> Callable[[], tuple[float, float]]:
        return lambda: (value, ROUNDING)

    def drawn(known: torch.Tensor | None) -> Callable[[], tuple[float, float]]:
        def measure() -> tuple[float, float]:
            own = MatrixProductState([core.to(device) for core in state.cores])
            generator = stream(seed, f"laws: samples {known is None}", device)
            if known is None:
                samples, _ = sample(own, 40_000, generator)
            else:
                samples, _ = complete(own, known.to(device), 40_000, generator)
            return mean_and_error(samples.sum(1).double().cpu())

        return measure

    small, error = truncate(state, Cutoff(max_bond=2))
    difference = torch.linalg.vector_norm(small.dense() - state.dense()) / torch.linalg.vector_norm(state.dense())
    spins = torch.tensor([1.0, 0.0, -1.0], dtype=torch.float64)
    return [
        row("ln <psi|psi> by enumeration of 2^8 configurations",
            float(state.dense().square().sum().log()), of(2 * state.log_norm())),
        row("entropy of GHZ at the middle cut is ln 2", math.log(2), of(entanglement_entropies(ghz(20))[9])),
        row("truncation error is sqrt(sum of discarded squares)", float(difference), of(error)),
        row("AKLT: <Sz Sz> at distance 3 is (4/3)(-1/3)^3, 40 sites",
            aklt_correlation(3), lambda: (_correlation(aklt(40), spins, 18, 21), 1e-9)),
        row("exact samples: mean number of ones, 8 sites", float((shares * ones).sum()), drawn(None)),
        row("conditional samples: the same, 4 sites known to be 1",
            float((given * ones).sum() / given.sum()), drawn(half)),
    ]  # fmt: skip


def _correlation(state: MatrixProductState, values: torch.Tensor, first: int, second: int) -> float:
    operator = torch.diag(values)
    return expectation(state, [(first, operator), (second, operator)])
