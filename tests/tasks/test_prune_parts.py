"""task=prune: each of its keys does what it says, one by one, on a few steps."""

import pytest
import torch
from stopping import Stopping, checked, run_task

from physlearn.data import augment
from physlearn.data.batches import Batches
from physlearn.lab.checkpoints import newest_readable
from physlearn.models.dropout import set_generator, set_rate
from physlearn.models.lenet import LeNet5
from physlearn.pruning import storage
from physlearn.pruning.pipeline import Pruning
from physlearn.pruning.sensitivity import importance
from physlearn.streams import stream_seed
from physlearn.tasks.prune import report as prune_report
from physlearn.tasks.prune import run as prune
from physlearn.tasks.prune import setup as prune_furnish
from physlearn.tasks.setup import make
from physlearn.tasks.setup.make import make_data, make_model

SMALL = (
    *("task=prune", "threads=1", "task.batch_size=50", "data.limit=400", "model=mlp", "model.widths=[30,20]"),
    *("task.dense_epochs=1", "task.epochs=1", "task.prune_every=3", "pruning.compression=4", "optimizer.lr=0.1"),
)


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch):
    monkeypatch.setattr(prune_report, "draw", lambda *_: None)


def run(directory, *words):
    return run_task(prune.run, directory, checked(*SMALL, *words))


@pytest.fixture
def network(tmp_path):
    """network("words"): config, model, data and bench of a run that is not made."""

    def make(*words):
        config = checked(*SMALL, *words)
        bench = Stopping(tmp_path, config, quiet=True)
        data = make_data(config, bench)
        bench.metrics.close()
        return config, prune_furnish.make_network(config, data, bench), data, bench

    return make


def test_auto_is_a_number_of_epochs_and_of_steps_at_least():
    """20 epochs, and 2,500 steps; 40 and 5,000."""
    config = checked("task=prune")
    assert prune_furnish.parts(config, False, 10) == {"dense": 2500, "sparse": 5000, "shared": 0}
    assert prune_furnish.parts(config, False, 7) == {"dense": 7 * 358, "sparse": 7 * 715, "shared": 0}
    assert prune_furnish.parts(config, True, 1000) == {"dense": 0, "sparse": 40_000, "shared": 0}
    assert prune_furnish.parts(checked("task=prune", "task.epochs=3"), False, 1000)["sparse"] == 3000


def test_the_initial_weights_are_made_smaller_and_biases_are_not(network):
    config, small, data, bench = network("task.init_scale=0.25")
    for (name, weight), whole in zip(
        small.named_parameters(), make_model(config, data, bench).parameters(), strict=True
    ):
        assert torch.equal(weight, whole * (0.25 if weight.ndim > 1 else 1)), name


def test_only_the_named_layers_are_pruned(tmp_path):
    result = run(tmp_path / "run", "task.layers=[fc1]")
    assert result["weights_kept"] == 1920 // 4 + 600 + 200
    assert (result["density_fc1"], result["density_fc2"], result["density_fc3"]) == (0.25, 1, 1)


def test_alternating_rounds_freeze_convolutions_and_layers_in_turn():
    model = LeNet5((1, 16, 16), 4)
    words = ("task=prune", "task.prune_every=4", "pruning.compression=3", "sparsity=iterative", "sparsity.rounds=2")

    def frozen(*more):
        pruning = prune_furnish.make_pruning(checked(*words, *more), model, 16)
        seen = []
        for step in range(16):
            pruning.freeze(step)
            seen.append((model.conv1.weight.requires_grad, model.fc1.weight.requires_grad))
        return seen

    assert set(frozen()) == {(True, True)}
    turns = frozen("task.alternate=true")
    assert set(turns) == {(False, True), (True, False)} | ({(True, True)} & set(turns))
    assert turns[-1] == (True, False)


def test_every_step_asks_whose_turn_it_is_and_starts_with_a_clean_optimizer(tmp_path, monkeypatch):
    """Momenta of the dense network would push weights that have just been taken away."""
    asked, remembered, freeze, take = [], [], Pruning.freeze, Pruning.prune

    def prune_and_note(self, step, optimizer=None, **seen):
        remembered.append((step, len(optimizer.state)))
        return take(self, step, optimizer, **seen)

    monkeypatch.setattr(Pruning, "freeze", lambda self, step: (asked.append(step), freeze(self, step))[1])
    monkeypatch.setattr(Pruning, "prune", prune_and_note)
    run(tmp_path / "run", "sparsity=one_shot", "optimizer.momentum=0.9", "storage=codebook", "storage.epochs=1")
    assert asked == [*range(7), -1]
    assert remembered == [(0, 0)]


def test_pictures_are_shifted_otherwise_in_every_step(tmp_path, monkeypatch):
    calls, shifted = [], augment.shifted

    def noted(x, pixels, generator):
        moved = shifted(x, pixels, generator)
        calls.append((pixels, generator.initial_seed(), float((moved != x).double().mean())))
        return moved

    monkeypatch.setattr(augment, "shifted", noted)
    moved = run(tmp_path / "moved", "task.shift=1", "task.log_every=1")
    assert {pixels for pixels, _, _ in calls} == {1}
    assert len({seed for _, seed, _ in calls}) == len(calls) == 14
    assert all(share > 0.3 for _, _, share in calls)
    turned = run(tmp_path / "turned", "task.flip=true", "task.log_every=1")
    still = run(tmp_path / "still", "task.log_every=1")
    assert len({found["metrics.jsonl"] for found in (still, moved, turned)}) == 3


def test_shared_values_are_as_many_as_the_bits_allow_and_stay_shared(tmp_path):
    run(tmp_path / "run", "storage=codebook", "storage.bits=3", "storage.epochs=2")
    file = storage.unpack((tmp_path / "run" / prune_report.FILE).read_bytes())
    network = newest_readable(tmp_path / "run" / "checkpoints")["state"]["model"]
    for name, weight in network.items():
        if weight.ndim > 1:
            assert len(weight[weight != 0].unique()) <= 8
            assert len(file[name][file[name] != 0].unique()) > 4
        assert torch.allclose(file[name], weight, rtol=2**-10, atol=1e-6)


def test_what_a_criterion_sees_is_measured_without_dropout(network):
    config, model, data, _ = network("pruning=gradient")
    set_rate(model, 0.5)
    set_generator(model, torch.Generator().manual_seed(1))
    model.train()
    batches = Batches(len(data.train_y), 50, 1)

    def loss_on(batch):
        return torch.nn.functional.cross_entropy(model(data.train_x[batch]), data.train_y[batch])

    found = prune_furnish.seen(config, model, None, loss_on, batches, {}, 0)["importance"]
    assert model.training
    model.eval()
    fresh = prune_furnish.stream(config.seed, "pruning batches 0")
    expected = importance(model, map(loss_on, [batches.fresh(fresh) for _ in range(10)]))
    for name, values in expected.items():
        torch.testing.assert_close(found[name], values)


def test_the_scan_is_made_once_and_its_tolerance_is_the_keys(network, monkeypatch):
    config, model, data, _ = network("pruning=han", "pruning.tolerance=0.07")
    calls = []
    monkeypatch.setattr(prune_furnish, "scan", lambda *_: {"fc1.weight": []})
    monkeypatch.setattr(prune_furnish, "thresholds", lambda *given: calls.append(given) or {"fc1.weight": 0.5})
    batches, shown = Batches(len(data.train_y), 50, 1), {}
    for step in (0, 3):
        found = prune_furnish.seen(config, model, None, lambda _: torch.tensor(1.5), batches, shown, step)
        assert found == {"thresholds": {"fc1.weight": 0.5}}
    assert calls == [({"fc1.weight": []}, 1.5, 0.07)]


def test_batches_follow_the_seed_and_a_source_with_other_data_is_named(tmp_path, monkeypatch):
    seeds = []
    monkeypatch.setattr(make, "Batches", lambda n, size, seed, device: (seeds.append(seed), Batches(n, size, seed))[1])
    run(tmp_path / "first", "seed=1")
    run(tmp_path / "second", f"from={tmp_path / 'first'}", "data.limit=390")
    assert "was trained on other data" in (tmp_path / "second" / "notes.txt").read_text()
    run(tmp_path / "third", f"from={tmp_path / 'first'}")
    assert "other data" not in (tmp_path / "third" / "notes.txt").read_text()
    assert seeds == [stream_seed(1, "batches"), *[stream_seed(0, "batches")] * 2]
