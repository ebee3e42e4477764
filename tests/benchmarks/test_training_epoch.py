"""How much the bench costs: an epoch of task=train against a bare torch loop that does the same work.

    python -m pytest tests/benchmarks/test_training_epoch.py -s

Once the steps alone; once with the lines of metrics.jsonl, where the bare loop reads the same validation error and the
same thermometers as often.
"""

import statistics
import time

import pytest
import torch
from torch.nn import functional as F

from physlearn.data import load
from physlearn.data.batches import Batches
from physlearn.ensemble import probabilities
from physlearn.instruments.calibration import error
from physlearn.instruments.probe import read_noise
from physlearn.instruments.virial import Virial
from physlearn.lab.bench import Bench
from physlearn.lab.config import compose, own_part
from physlearn.models.lenet import LeNet300
from physlearn.tasks.train import run as train

EPOCHS = 16
WORDS = ["data=mnist", "optimizer=sgd", "dropout=none", "task.batch_size=128", f"task.epochs={EPOCHS}"]
NEVER = 10**6


class Paired(Bench):
    """A bench that stops its clock after each epoch, runs a bare epoch, and goes on."""

    def steps(self, total, state, every):
        self.ours, self.bare, begun = [], [], None
        for step in super().steps(total, state, every):
            if step % (total // EPOCHS) == 0:
                if begun is not None:
                    self.ours.append(time.perf_counter() - begun)
                self.bare.append(self.bare_epoch())
                begun = time.perf_counter()
            yield step


@pytest.mark.parametrize("log_every", [NEVER, 200])
def test_epoch_against_a_bare_loop(tmp_path, log_every):
    """LeNet-300-100 on MNIST, batch 128, SGD: the median ratio of interleaved epochs. Goal: at most 1.05."""
    config = own_part(compose([*WORDS, f"task.log_every={log_every}"]))
    try:
        data = load(**config.data)
    except ValueError as missing:
        pytest.skip(str(missing))
    model = LeNet300(data.shape, data.classes)
    settings = {key: value for key, value in config.optimizer.items() if key != "_target_"}
    optimizer = torch.optim.SGD(model.parameters(), **settings)

    virial = Virial(model, dict.fromkeys(dict(model.named_parameters()), 0.0))
    draws, own = Batches(len(data.train_y), 128, 0), torch.Generator()

    def loss_on(model: torch.nn.Module, batch: torch.Tensor) -> torch.Tensor:
        return F.cross_entropy(model(data.train_x[batch]), data.train_y[batch])

    def bare_epoch() -> float:
        begun = time.perf_counter()
        order = torch.randperm(len(data.train_y))
        for step, batch in enumerate(order[: len(order) // 128 * 128].split(128), 1):
            optimizer.zero_grad()
            loss = loss_on(model, batch)
            loss.backward()
            virial.read(step)
            optimizer.step()
            if step % log_every == 0:
                error(probabilities(model, data.validation_x), data.validation_y)
                read_noise(model, loss_on, lambda: draws.fresh(own), own, own, 1.0)
                virial.take()
        return time.perf_counter() - begun

    bench = Paired(tmp_path, config, quiet=True)
    bench.bare_epoch = bare_epoch
    try:
        train.run(config, bench)
    finally:
        bench.metrics.close()
    ratios = [ours / bare for ours, bare in zip(bench.ours[1:], bench.bare[1:], strict=False)]  # the first warms up
    what = "steps alone" if log_every == NEVER else "with the figures of metrics.jsonl"
    print(
        f"\n{what}: epoch of task=train / bare loop: median {statistics.median(ratios):.3f} of {len(ratios)} pairs "
        f"({min(ratios):.3f} to {max(ratios):.3f}), {statistics.median(bench.ours):.2f} s an epoch"
    )
    assert ratios
