"""Which examples a step sees: a pure function of the step, so that a resumed run needs the step alone."""

import hashlib

import numpy as np
import torch
from torch import Tensor


class Batches:
    """Minibatches by index: each epoch is a permutation of its own, cut into batches; the remainder is dropped.

    Step t belongs to epoch e = t // b with b = `per_epoch` = examples // batch_size, and sees the indices
    pi_e[(t mod b) n ... (t mod b) n + n - 1], where n is `batch_size` and pi_e a permutation seeded by (seed, e) alone.

    Args:
        examples: N, how many there are to draw from.
        batch_size: n, how many a step sees.
        seed: of this stream.
        device: where the indices are wanted.

    Raises:
        ValueError: `batch_size` is not in 1 ... N.
    """

    def __init__(self, examples: int, batch_size: int, seed: int, device: torch.device | str = "cpu") -> None:
        if examples < 1:
            raise ValueError("there are no training examples to draw batches from")
        if not 1 <= batch_size <= examples:
            raise ValueError(f"batch_size={batch_size}: allowed is anything from 1 to {examples} (training examples)")
        self.examples, self.batch_size, self.seed, self.device = examples, batch_size, seed, device
        self.per_epoch = examples // batch_size
        self._epoch, self._permutation = -1, torch.empty(0)

    def __call__(self, step: int) -> Tensor:
        """The indices int64 (batch_size,) of the examples that step 0, 1, ... sees."""
        epoch, batch = divmod(step, self.per_epoch)
        if epoch != self._epoch:
            permutation = epoch_permutation(self.examples, self.seed, epoch)
            self._epoch, self._permutation = epoch, permutation.to(self.device)
        return self._permutation[batch * self.batch_size : (batch + 1) * self.batch_size]

    def fresh(self, generator: torch.Generator) -> Tensor:
        """Indices int64 (batch_size,) drawn anew without replacement, independent of every other draw: for instruments.

        Reshuffled epochs anticorrelate the gradient noise, which heats far less than fresh draws do. The first
        n different values of a row of independent draws are a uniform sample; a permutation is cheaper where n is not
        small beside N.
        """
        n, device = self.batch_size, generator.device
        if 4 * n > self.examples:
            return torch.randperm(self.examples, generator=generator, device=device)[:n].to(self.device)
        row = np.empty(0, dtype=np.int64)
        while True:
            draws = torch.randint(self.examples, (2 * n,), generator=generator, device=device)
            row = np.append(row, draws.cpu().numpy())
            first = np.sort(np.unique(row, return_index=True)[1])  # where each value stands first
            if len(first) >= n:
                return torch.from_numpy(row[first[:n]]).to(self.device)


def epoch_permutation(examples: int, seed: int, epoch: int) -> Tensor:
    """The permutation of 0 ... examples - 1 that belongs to (seed, epoch), int64 (example,), on the CPU.

    Seed and epoch are hashed together: neighbouring seeds share no epochs.
    """
    word = hashlib.sha256(f"batches {seed} {epoch}".encode()).digest()[:8]
    generator = torch.Generator().manual_seed(int.from_bytes(word, "big") >> 1)
    return torch.randperm(examples, generator=generator)
