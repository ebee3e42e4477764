"""The ledger of a training run, where `wrapper=ledger` put one on its optimizer."""

import torch
from torch.optim import Optimizer

from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.lab.errors import UserError
from physlearn.schedules import Schedule
from physlearn.thermodynamics.ledger import Ledger, ledger_of


def keep_books(
    bench: BenchProtocol,
    optimizer: Optimizer,
    steps: int,
    temperature: Schedule,
    dropout: Schedule,
    full: bool,
    masks: torch.Generator,
) -> Ledger | None:
    """The ledger, told whether U stays the same and what its closure draws from; None: the run has none.

    Args:
        steps: of the run; its temperature and dropout rate follow the schedules.
        full: every step takes all the training examples.
        masks: the generator of the dropout masks.

    Raises:
        UserError: a temperature of 0 on the way, at which no step has a reverse.
    """
    if (books := ledger_of(optimizer)) is None:
        return None
    if (cold := next((step for step in range(steps) if temperature(step, steps) <= 0), None)) is not None:
        raise UserError(
            f"wrapper=ledger: T = 0 at step {cold:,}, where no step has a reverse and entropy is not defined. "
            "Type temperature.value=posterior, or wrapper=none"
        )
    books.constant_energy = full and not any(dropout(step, steps) > 0 for step in range(steps))
    books.protocol = (masks,)
    cost = (
        "at no further gradient" if books.constant_energy else "one more gradient per step: each minibatch is a new U"
    )
    bench.say(f"Ledger: work, heat and entropy of every step, {cost}; the noise is Gaussian.")
    return books
