"""The exact laws of the package, as `task=verify` reads them."""

import torch

from physlearn.dynamics.langevin import Langevin
from physlearn.instruments.law import Law
from physlearn.instruments.statistics import mean_and_error
from physlearn.sampling.exact import euler_width, logistic_predictive
from physlearn.sampling.exact_chains import ExactChains
from physlearn.sampling.motions import Motion
from physlearn.sampling.perceptrons import Perceptrons
from physlearn.streams import stream

X, Y, AT = (-1.5, -0.5, 0.2, 0.7, 1.1, 2.0), (0, 0, 1, 0, 1, 1), (0.4, 1.6)
T, VARIANCE, ROWS, MOVES = 0.08, 1.7, 400, 10
STEP, DECAYS, TEMPERATURES = 0.6, (0.4, 0.8), (0.3, 1.3)  # of weights that no data constrain, one pair a row


def logistic(device: torch.device) -> Perceptrons:
    """Six examples of one input and two classes, no hidden units."""
    inputs = torch.tensor(X, dtype=torch.float64, device=device)[:, None]
    return Perceptrons(inputs, torch.tensor(Y, device=device), (1, 2))


def exact_chains(
    device: torch.device, seed: int, kind: type[ExactChains] = ExactChains, variance: float = VARIANCE, kicks: int = 4
) -> tuple[float, float]:
    """p(1 | x) at the second of two inputs, averaged along 400 Hamiltonian chains, and its standard error."""
    chain = kind(logistic(device), T, variance, ROWS, stream(seed, "laws: exact chains", device), kicks)
    at = torch.tensor(AT, dtype=torch.float64, device=device)[:, None]
    found = []
    for move in range(2 * MOVES):
        chain.move()
        if move >= MOVES:
            found.append(chain.perceptrons.outputs(chain.states, at).softmax(1)[:, 1, 1])
    return mean_and_error(torch.stack(found).mean(0).cpu())


def free_weights(device: torch.device, seed: int, row: int, share: float = 1.0) -> tuple[float, float]:
    """<W^2> of the weights behind inputs that are 0, under Euler's scheme, of two rows at a T and lambda of their own.

    `share` multiplies the temperature of the noise: 1/2 is the known wrong variant without the factor 2.
    """
    perceptrons = Perceptrons(
        torch.zeros(4, 400, device=device), torch.zeros(4, dtype=torch.int64, device=device), (400, 2)
    )
    pair = torch.tensor(TEMPERATURES, device=device), torch.tensor(DECAYS, device=device)
    draw = stream(seed, "laws: free weights", device)
    make = lambda w, temperatures: Langevin(w, STEP, share * temperatures, generator=draw)  # noqa: E731
    motion = Motion(perceptrons, make, *pair, batch_size=2)
    start, at = torch.zeros(2, perceptrons.dimension, device=device), torch.zeros(1, 400, device=device)
    found = motion.sample(start, 80, 79, 1, at, torch.zeros(1, dtype=torch.int64, device=device), draw)
    return mean_and_error(found.last[row, :800].double().square().cpu())


def laws(device: torch.device, seed: int = 0) -> list[Law]:
    """Exact chains against quadrature; rows that have a temperature and a prior of their own."""
    predicted, _ = logistic_predictive(X, Y, AT, T, VARIANCE)
    widths = [euler_width(STEP, k, t) for k, t in zip(DECAYS, TEMPERATURES, strict=True)]
    return [
        Law("sampling", "Hamiltonian chains: p(1 | x) of a classifier", float(predicted[1]),
            lambda: exact_chains(device, seed)),
        *(Law("sampling", f"Euler, row {row + 1}: <W^2> of free weights", width,
              lambda row=row: free_weights(device, seed, row)) for row, width in enumerate(widths)),
    ]  # fmt: skip
