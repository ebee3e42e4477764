"""task=prune: what a run reports, against its own files: errors, dropout, steps and sparsity, line by line."""

import json
from types import SimpleNamespace

import pytest
import torch
from stopping import Stopping, checked, run_task

from physlearn import schedules
from physlearn.ensemble import probabilities
from physlearn.instruments.calibration import error
from physlearn.instruments.notation import error_rate
from physlearn.lab.checkpoints import newest_readable
from physlearn.lab.progress import percent
from physlearn.models.dropout import Dropout
from physlearn.pruning import storage
from physlearn.pruning.accounting import measure_activations
from physlearn.pruning.neurons import gone
from physlearn.tasks.prune import report as prune_report
from physlearn.tasks.prune import run as prune
from physlearn.tasks.setup.make import make_data, make_model

PER_EPOCH, DENSE, SPARSE = 7, 21, 28  # steps
WORDS = (
    *("task=prune", "threads=1", "task.batch_size=50", "data.limit=400", "model=mlp", "model.widths=[30,20]"),
    *("task.dense_epochs=3", "task.epochs=4", "task.prune_every=3", "task.retrain_rate=0.5", "pruning.compression=8"),
    *(
        "dropout=annealed",
        "dropout.start=0.5",
        "dropout.stop=0.1",
        "dropout.fraction=1",
        "schedule=linear",
        "optimizer.lr=0.1",
    ),
)


@pytest.fixture(autouse=True, scope="module")
def no_pictures():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prune_report, "draw", lambda *_: None)
        yield


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """One run: its config, result, lines of metrics, the rate at each pass through a dropout layer, its data."""
    directory, rates, forward = tmp_path_factory.mktemp("runs") / "run", [], Dropout.forward

    def noted(self, x):
        rates.extend([self.rate] if self.training else [])
        return forward(self, x)

    config = checked(*WORDS, "task.log_every=1")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Dropout, "forward", noted)
        result = run_task(prune.run, directory, config)
    lines = [json.loads(line) for line in result.pop("metrics.jsonl").splitlines()]
    bench = Stopping(directory, config, quiet=True)
    data = make_data(config, bench)
    bench.metrics.close()
    return SimpleNamespace(**locals())


def errors_of(finished, load):
    """The errors on the three sets of the network that `load` fills in."""
    model, data = make_model(finished.config, finished.data, finished.bench), finished.data
    load(model)
    model.eval()
    sets = {"test": (data.test_x, data.test_y), "validation": (data.validation_x, data.validation_y)}
    sets["train"] = data.train_x, data.train_y
    return {f"{name}_error": error(probabilities(model, x), y) for name, (x, y) in sets.items()}


def test_the_errors_are_those_of_the_networks_on_the_three_sets(finished):
    state = newest_readable(finished.directory / "checkpoints")["state"]
    found = {
        "dense_{}": errors_of(finished, lambda model: model.load_state_dict(state["networks"]["dense"])),
        "{}": errors_of(finished, lambda model: model.load_state_dict(state["model"])),
    }
    for form, expected in found.items():
        assert len(set(expected.values())) == 3, "different sets, different errors: else a mix-up would not show"
        assert {name: finished.result[form.format(name)] for name in expected} == expected
    assert finished.result["dense_test_error"] != finished.result["test_error"]
    assert finished.lines[-1]["validation_error"] == finished.result["validation_error"]
    assert finished.lines[DENSE - 1]["validation_error"] == finished.result["dense_validation_error"]


def test_the_error_from_the_file_is_that_of_what_lies_on_disk(finished, tmp_path, monkeypatch):
    """Something else is written: the classes of the last layer in another order. Only the file's errors change."""
    write = prune_report.write_atomically

    def tampered(path, content):
        model = make_model(finished.config, finished.data, finished.bench)
        storage.load(model, content)
        with torch.no_grad():
            model.fc3.weight.copy_(model.fc3.weight.roll(1, 0))
        masks = {f"fc{i}.weight": model.get_parameter(f"fc{i}.weight") != 0 for i in (1, 2, 3)}
        write(path, storage.pack(model, masks))

    monkeypatch.setattr(prune_report, "write_atomically", tampered)
    result = run_task(prune.run, tmp_path / "run", finished.config)
    content = (tmp_path / "run" / prune_report.FILE).read_bytes()
    expected = errors_of(finished, lambda model: storage.load(model, content))
    assert {name: result[f"{name}_after_load"] for name in expected} == expected
    assert all(result[name] == finished.result[name] for name in expected)
    assert result["test_error_after_load"] > result["test_error"] + 0.1
    rows = dict(json.loads((tmp_path / "run" / "summary.json").read_text())["rows"])
    assert rows["test error from the file"] == error_rate(result["test_error_after_load"], len(finished.data.test_y))
    assert finished.result["test_error_after_load"] == finished.result["test_error"]


def test_activations_neurons_and_the_table_are_those_of_the_final_network(finished):
    model, result = make_model(finished.config, finished.data, finished.bench), finished.result
    storage.load(model, (finished.directory / prune_report.FILE).read_bytes())
    active = measure_activations(model, finished.data.train_x)
    assert {name: result[f"activation_{name}"] for name in active} == active
    assert active != measure_activations(model, finished.data.test_x)
    masks = {f"fc{i}.weight": model.get_parameter(f"fc{i}.weight") != 0 for i in (1, 2, 3)}
    dead = {layer: int(units.sum()) for layer, units in gone(model, masks).items()}
    assert sum(dead.values()) > 0
    assert {layer: result[f"neurons_gone_{layer}"] for layer in dead} == dead
    rows = dict(json.loads((finished.directory / "summary.json").read_text())["rows"])
    for line, key in (
        ("test error, dense", "dense_test_error"),
        ("test error, pruned", "test_error"),
        ("validation error, dense", "dense_validation_error"),
        ("validation error, pruned", "validation_error"),
    ):
        examples = finished.data.validation_y if "validation" in key else finished.data.test_y
        assert rows[line] == error_rate(result[key], len(examples))
    assert rows["FLOP left"] == percent(result["flops_fraction"])
    assert rows["weights kept"] == "340 of 2,720"


def test_dropout_shrinks_with_the_connections_in_every_step(finished):
    """p = p_0(t) sqrt(C/C_0): p_0 starts anew with the sparse part, C is what is left when the step is made."""
    weights = finished.result["weights"]
    p = [schedules.linear(0.5, 0.1)(now, steps) for steps in (DENSE, SPARSE) for now in range(steps)]
    expected = [rate * (line["weights_kept"] / weights) ** 0.5 for rate, line in zip(p, finished.lines, strict=True)]
    assert [line["dropout"] for line in finished.lines] == pytest.approx(expected)
    layers = len(finished.rates) // len(expected)
    assert layers == 2
    assert finished.rates == pytest.approx([rate for rate in expected for _ in range(layers)])
    assert expected[-1] < 0.5 * p[-1]


def test_the_sparsity_follows_its_schedule_and_the_step_size_its_own(finished):
    cubic, weights = schedules.cubic(0.0, 1 - 340 / 2720, 0.8), 2720
    kept = weights
    for now, line in enumerate(finished.lines[DENSE:]):
        if now % 3 == 0:
            kept = min(kept, round(weights * (1 - cubic(now, SPARSE))))
        assert line["weights_kept"] == kept
        assert line["lr"] == pytest.approx(0.05 * schedules.linear(1.0, 0.01)(now, SPARSE))
    assert finished.lines[-1]["weights_kept"] == finished.result["weights_kept"] == 2720 // 8
    for now, line in enumerate(finished.lines[:DENSE]):
        assert line["weights_kept"] == weights
        assert line["lr"] == pytest.approx(0.1 * schedules.linear(1.0, 0.01)(now, DENSE))


def test_a_line_holds_the_mean_loss_since_the_line_before(finished, tmp_path):
    run = run_task(prune.run, tmp_path / "run", checked(*WORDS, f"task.log_every={PER_EPOCH}"))
    coarse = [json.loads(line)["loss"] for line in run["metrics.jsonl"].splitlines()]
    fine = torch.tensor([line["loss"] for line in finished.lines], dtype=torch.float64).view(-1, PER_EPOCH)
    assert coarse == pytest.approx(fine.mean(1).tolist())
    assert fine[0, 0] > 2 > coarse[-1]


def test_the_test_set_can_stay_unread(finished, tmp_path):
    """task.test=false: no number of the test set in the result, and the rest as it was."""
    config = finished.config.copy()
    config.task.test = False
    result = run_task(prune.run, tmp_path / "run", config)
    without = {key for key in result if "test_" in key}
    assert {key: result[key] for key in without if result[key] is not None} == {"test_read": False}
    timed = without | {"seconds", "metrics.jsonl"}
    assert {k: v for k, v in result.items() if k not in timed} == {
        k: v for k, v in finished.result.items() if k not in timed
    }
