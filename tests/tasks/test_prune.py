"""task=prune: counts, files and controls of a run; resumes bit for bit; what cannot be is one clear line."""

import math
import shutil
from functools import cache, partial
from pathlib import Path

import pytest
import torch
from stopping import Stopped, Stopping, checked, run_task

from physlearn.data import dataset
from physlearn.data.raw import Raw
from physlearn.lab.checkpoints import newest_readable
from physlearn.lab.collect import Run, group
from physlearn.lab.errors import Diverged, UserError
from physlearn.pruning.running import Running
from physlearn.tasks.prune import report as prune_report
from physlearn.tasks.prune import run as prune
from physlearn.tasks.prune import teachers
from physlearn.tasks.train import run as train

SMALL = ("task=prune", "threads=1", "task.batch_size=50")
MLP = ("data.limit=400", "model=mlp", "model.widths=[30,20]")
SHORT = ("task.dense_epochs=2", "task.epochs=3", "task.prune_every=3", "task.log_every=4")  # 7 steps an epoch
CASES = {
    "gradual": [],
    "iterative, by layer": ["pruning=layerwise", "sparsity=iterative"],
    "one shot, gradient": ["pruning=gradient", "sparsity=one_shot"],
    "sensitivity scan": ["pruning=han", "sparsity=iterative", "sparsity.rounds=2"],
    "random": ["pruning=random"],
    "saliency, regrowth": ["pruning=saliency", "task.regrow=0.4"],
    "saliency at once": ["pruning=saliency", "sparsity=one_shot", "task.dense_epochs=0"],
    "whole neurons": ["pruning=neurons"],
    "boltzmann, adam": ["pruning=boltzmann", "optimizer=adam", "schedule=constant"],
    "shuffled, langevin": ["pruning=shuffled", "optimizer=langevin", "optimizer.weight_decay=2e-4"],
    "shared values": ["storage=codebook", "storage.bits=3", "storage.epochs=1"],
    "bfloat16": ["task.matmul_precision=bfloat16"],
    "untrained, shifted": ["task.dense_epochs=0", "task.shift=1"],
}


@pytest.fixture(autouse=True)
def in_haste(monkeypatch):
    """The digits are read once, and no pictures are drawn."""
    monkeypatch.setattr(dataset, "read", cache(dataset.read))
    monkeypatch.setattr(prune_report, "draw", lambda *_: None)


def config(*words, network=MLP):
    return checked(*SMALL, *SHORT, *network, *words)


run = partial(run_task, prune.run)


@pytest.mark.parametrize("name", CASES)
def test_resumed_is_straight_and_the_count_is_exact(tmp_path, name):
    """Cut while dense, at the first pruning and later; results, metrics and the file agree to the bit."""
    cfg = config(*CASES[name], "task.checkpoint_every=7", "pruning.compression=7.3")
    whole = run(tmp_path / "whole", cfg)
    asked = int((64 * 30 + 30 * 20 + 20 * 10) / 7.3)
    assert whole["weights_kept"] == asked or (name == "whole neurons" and asked - 84 < whole["weights_kept"] < asked)
    for stop in (7, 14, 21):
        with pytest.raises(Stopped):
            run(tmp_path / f"cut{stop}", cfg, stop=stop)
        assert run(tmp_path / f"cut{stop}", cfg) == whole
        for file in ("metrics.jsonl", prune_report.FILE):
            assert (tmp_path / f"cut{stop}" / file).read_bytes() == (tmp_path / "whole" / file).read_bytes()
    state = newest_readable(tmp_path / "whole" / "checkpoints")["state"]
    assert all((state["model"][key][~mask] == 0).all() for key, mask in state["masks"].items())
    assert (whole["dense_test_error"] is None) == (name in ("untrained, shifted", "saliency at once"))


def masks_by_step(tmp_path, monkeypatch, *words):
    """Kept weights after each step, by layer: a list of masks. Of 35 steps the first 14 are dense, the rest sparse."""
    seen, save = [], Stopping.save

    def noted(self, state):
        seen.append({name: mask.clone() for name, mask in state["masks"].items()})
        save(self, state)

    monkeypatch.setattr(Stopping, "save", noted)
    run(tmp_path, config("task.checkpoint_every=1", "pruning.compression=5", "sparsity.fraction=0.3", *words))
    monkeypatch.setattr(Stopping, "save", save)
    return seen


def test_places_are_exchanged_ever_fewer_and_stand_still_in_the_last_quarter(tmp_path, monkeypatch):
    """At look t of 21 sparse steps sum_l floor(r k_l) weights come, r = .2 [1 + cos(pi t/15.75)]; without it none."""
    for words, start in ((["task.regrow=0.4"], 0.4), ([], 0.0)):
        masks = masks_by_step(tmp_path / str(start), monkeypatch, *words)
        for step in range(14 + 9, 35):  # by then the number of weights stands still
            before, after, t = masks[step - 1], masks[step], step - 14
            fraction = start / 2 * (1 + math.cos(math.pi * t / 15.75)) if t % 3 == 0 and t < 15.75 else 0.0
            expected = sum(int(fraction * int(mask.sum())) for mask in before.values())
            assert sum(int((after[name] & ~before[name]).sum()) for name in before) == expected
            assert expected > 20 or not (start and t in (9, 12))


def test_running_means_see_every_step_of_the_training(tmp_path, monkeypatch):
    calls, see = [], Running.see
    monkeypatch.setattr(Running, "see", lambda self: calls.append(1) or see(self))
    by_saliency = masks_by_step(tmp_path / "saliency", monkeypatch, "pruning=saliency")[-1]
    assert len(calls) == 35
    by_size = masks_by_step(tmp_path / "magnitude", monkeypatch)[-1]
    assert not all(torch.equal(by_saliency[name], by_size[name]) for name in by_size)
    assert len(calls) == 35  # magnitude looks at none


def test_what_teachers_say_belongs_to_its_image(tmp_path):
    """A pupil that hears its teacher alone (a share of 1) is about as good; a share of 0.3 is another energy."""
    teacher = run(tmp_path / "teacher", config("task.dense_epochs=20", "task.epochs=1", "dropout=none"))
    words = ("pruning.compression=2", "task.dense_epochs=0", "task.epochs=20", f"teachers={tmp_path / 'teacher'}")
    pupils = [run(tmp_path / str(a), config(*words, "dropout=none", f"task.teaching={a}")) for a in (1.0, 0.3)]
    assert pupils[0]["test_error"] < teacher["dense_test_error"] + 0.1 < 0.4
    assert pupils[0]["test_nll"] != pupils[1]["test_nll"]


def test_a_pupil_learns_from_a_network_and_an_ensemble_of_another_model(tmp_path, monkeypatch):
    """Its teachers are read once: resumed after they have gone it is the same; without them it is another network."""
    heard, average = [], teachers.softened
    monkeypatch.setattr(teachers, "softened", lambda outputs: average(heard.append(1) or f for f in outputs))
    own, wide = tmp_path / "own", tmp_path / "wide"
    run(own, config("task.epochs=1"))
    words = ("task=train", "threads=1", "task.batch_size=50", "data.limit=400", "model=mlp", "model.widths=[50]")
    run_task(train.run, wide, checked(*words, "task.epochs=4", "ensemble.keep=2"))
    said = {key: path / "checkpoints" for key, path in (("own", own), ("wide", wide))}
    assert len(newest_readable(said["wide"])["state"]["samples"]) == 2
    cfg = config(f"teachers=[{own},{wide}]", "task.checkpoint_every=7", "pruning.compression=4")
    whole = run(tmp_path / "whole", cfg)
    assert len(heard) == 1 + 2  # the dense network of one run, both samples of the other
    with pytest.raises(Stopped):
        run(tmp_path / "cut", cfg, stop=21)
    shutil.rmtree(own)
    assert run(tmp_path / "cut", cfg) == whole
    alone = run(tmp_path / "alone", config("pruning.compression=4"))
    assert alone["dense_test_nll"] == whole["dense_test_nll"]  # teachers speak to the sparse network alone
    assert alone["test_nll"] != whole["test_nll"]


def test_the_check_sees_masks_that_are_lost(tmp_path, monkeypatch):
    """Negative control: masks left out of the state grow back, and another network comes out."""
    cfg = config("task.checkpoint_every=21", "sparsity=one_shot")
    whole = run(tmp_path / "whole", cfg)
    save = Stopping.save

    def forgetful(self, state):
        save(self, state | {"masks": {name: torch.ones_like(mask) for name, mask in state["masks"].items()}})

    monkeypatch.setattr(Stopping, "save", forgetful)
    with pytest.raises(Stopped):
        run(tmp_path / "cut", cfg, stop=21)
    assert run(tmp_path / "cut", cfg)["weights_kept"] > whole["weights_kept"]


def test_result_holds_what_is_promised(tmp_path):
    """Keys, and that the file says what the network says: float32 loads back to the very same network."""
    result = run(tmp_path / "run", config("pruning.compression=9"))
    result.pop("metrics.jsonl")
    assert result["compression"] == result["weights"] / result["weights_kept"]
    assert result["weights_kept"] == 2720 // 9
    assert result["parameters"] == 2720 + 60
    assert result["compression_parameters"] == result["parameters"] / result["parameters_kept"]
    assert result["test_error_after_load"] == result["test_error"]
    assert result["file_bytes"] == (tmp_path / "run" / prune_report.FILE).stat().st_size
    assert result["file_bytes"] < result["csr_bytes"] < result["dense_bytes"]
    kept = sum(result[f"density_fc{i}"] * size for i, size in ((1, 1920), (2, 600), (3, 200)))
    assert kept == pytest.approx(result["weights_kept"])
    assert 0 < result["flops_fraction"] < result["flops_weights_fraction"] < 1
    assert all(value is None or isinstance(value, int | float) for value in result.values())


def test_pruning_what_was_trained(tmp_path):
    """`from` takes the dense network of an earlier run, and two criteria begin from the same one."""
    first = run(tmp_path / "first", config())
    from_it = f"from={tmp_path / 'first'}"
    for name in ("magnitude", "random"):
        result = run(tmp_path / name, config(from_it, f"pruning={name}", "pruning.compression=20"))
        assert result["dense_test_error"] == first["dense_test_error"]
        assert result["weights_kept"] == 2720 // 20
    states = [newest_readable(tmp_path / name / "checkpoints")["state"] for name in ("first", "magnitude", "random")]
    for key, tensor in states[0]["networks"]["dense"].items():
        assert torch.equal(tensor, states[1]["networks"]["dense"][key])
        assert torch.equal(tensor, states[2]["networks"]["dense"][key])


def test_a_run_goes_on_when_its_source_has_gone(tmp_path):
    run(tmp_path / "first", config())
    cfg = config(f"from={tmp_path / 'first'}", "task.checkpoint_every=7")
    whole = run(tmp_path / "whole", cfg)
    with pytest.raises(Stopped):
        run(tmp_path / "cut", cfg, stop=7)
    (tmp_path / "first").rename(tmp_path / "elsewhere")
    assert run(tmp_path / "cut", cfg) == whole


def test_magnitude_beats_the_controls(tmp_path):
    """At 30x from one dense network, by more than two standard errors of a difference on 360 digits."""
    words = (
        "data.limit=null",
        "model.widths=[100,50]",
        "task.dense_epochs=20",
        "task.epochs=10",
        "pruning.compression=30",
    )
    dense = run(tmp_path / "dense", config(*words, "pruning.compression=1"))
    errors = {
        name: run(tmp_path / name, config(*words, f"from={tmp_path / 'dense'}", f"pruning={name}"))["test_error"]
        for name in ("magnitude", "random", "shuffled")
    }
    assert dense["test_error"] < 0.05
    for control in ("random", "shuffled"):
        spread = (sum(e * (1 - e) for e in (errors["magnitude"], errors[control])) / 360) ** 0.5
        assert errors[control] - errors["magnitude"] > 2 * spread


def made(shape, classes=4):
    """A source of pictures whose brighter quadrant is their class."""
    generator = torch.Generator().manual_seed(8)

    def pair(examples):
        y = torch.randint(classes, (examples,), generator=generator)
        x = torch.randint(100, (examples, *shape), generator=generator)
        half = shape[1] // 2
        for picture, label in zip(x, y, strict=True):
            row, column = half * (int(label) // 2), half * (int(label) % 2)
            picture[:, row : row + half, column : column + half] += 80
        return x.to(torch.uint8), y

    return Raw(pair(240), pair(120), classes)


@pytest.mark.parametrize(
    ("model", "shape", "words"),
    [
        ("lenet5", (1, 16, 16), ["pruning=han", "sparsity=iterative", "sparsity.rounds=2", "task.alternate=true"]),
        pytest.param(
            *("vgg16_cifar", (3, 32, 32), ["model.width=0.25", "data=cifar10", "dropout=none", "optimizer.lr=0.02"]),
            marks=pytest.mark.slow,
        ),
    ],
)
def test_convolutions(tmp_path, monkeypatch, model, shape, words):
    """Frozen layers, normalisation and memory formats go through a resume and the file as well."""
    monkeypatch.setattr(dataset, "read", lambda *_, **__: made(shape))
    cfg = config(*words, "pruning.compression=5", "task.checkpoint_every=4", network=(f"model={model}",))
    whole = run(tmp_path / "whole", cfg)
    with pytest.raises(Stopped):
        run(tmp_path / "cut", cfg, stop=12)
    assert run(tmp_path / "cut", cfg) == whole
    assert whole["weights_kept"] == whole["weights"] // 5
    assert whole["test_error_after_load"] == whole["test_error"]


def test_bfloat16_changes_little_and_leave_the_weights_in_float32(tmp_path):
    """What is trained in bfloat16 differs, by far less than what is trained from another seed."""

    def first_layer(name, *words):
        run(tmp_path / name, config("dropout=none", "pruning.compression=1", "task.epochs=1", *words))
        return newest_readable(tmp_path / name / "checkpoints")["state"]["model"]["fc1.weight"]

    exact, coarse = first_layer("exact"), first_layer("coarse", "task.matmul_precision=bfloat16")
    other = first_layer("other", "seed=1")
    assert coarse.dtype == torch.float32
    assert 0 < (coarse - exact).norm() < 0.05 * (other - exact).norm()


def test_a_preset_for_shared_values_runs_without_them(tmp_path):
    """experiment=compression/lenet5 sets storage.epochs; storage=float32 beside it shares nothing."""
    small = ("data=digits", "data.validation=200", "model=mlp", "model.widths=[30,20]")
    whole = run(tmp_path / "run", config("experiment=compression/lenet5", "storage=float32", network=small))
    assert whole["test_error_after_load"] == whole["test_error"]


def test_a_run_that_diverges_says_so(tmp_path):
    with pytest.raises(Diverged):
        run(tmp_path / "run", config("optimizer.lr=1e20", "task.log_every=100"))


def test_weights_from_a_file(tmp_path):
    first = run(tmp_path / "first", config())
    state = newest_readable(tmp_path / "first" / "checkpoints")["state"]
    torch.save(state["networks"]["dense"], tmp_path / "dense.pt")
    result = run(tmp_path / "second", config(f"weights={tmp_path / 'dense.pt'}"))
    assert result["dense_test_error"] == first["dense_test_error"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["pruning.compression=0.5"], "pruning.compression=0.5 is not allowed: it must be a number >= 1"),
        (["pruning.compression=9999"], "pruning.compression=9999 is not allowed: it must be from 1 to 2720"),
        (["task.layers=[fc9]"], r"task.layers=\[fc9\] is not allowed: the layers of this model are fc1, fc2, fc3"),
        (["task.layers=fc1"], "task.layers=fc1 is not allowed: it must be a list of layer names"),
        (["task.alternate=true"], "task.alternate=true is not allowed: it takes convolutions"),
        (["pruning=neurons", "task.layers=[fc1]"], "pruning=neurons takes them from all layers: type task.layers=null"),
        (
            ["pruning=neurons", "pruning.compression=40"],
            "pruning: compression leaves 68 weights, but one neuron in each layer takes 75: type less",
        ),
        (["pruning=neurons", "task.regrow=0.1"], "pruning=neurons takes whole neurons, which do not come back"),
        (["task.regrow=0.1", "task.alternate=true"], "task.regrow asks for layers that learn together"),
        (["task.regrow=1"], "task.regrow=1 is not allowed: it must be a fraction"),
        (["teachers=/none/such"], "teachers=/none/such: no run lies there"),
        (["teachers=[a,b]", "task.shift=1"], "of images that are not moved: type task.shift=0"),
        (["teachers=[]"], "teachers=.. is not allowed: it must be a folder"),
        (["from=/none/such"], "from=/none/such: no run lies there"),
        (["weights=/none/such"], "weights: /none/such: there is no such file"),
        (["weights=a", "from=b"], "weights=a is not allowed beside from=b"),
        (["pruning=boltzmann", "pruning.beta=-1"], "pruning.beta=-1 is not allowed"),
        (["sparsity.fraction=0"], "sparsity.fraction=0 is not allowed"),
        (
            ["storage=codebook", "storage.bits=9"],
            "storage.bits=9 is not allowed: it must be a whole number",
        ),
        (
            ["task.matmul_precision=bfloat16", "precision=float64"],
            "task.matmul_precision=bfloat16 is not allowed with precision",
        ),
        (["task.batch_size=5000"], "fewer than task.batch_size=5000"),
    ],
)
def test_bad_input_gets_one_clear_line(tmp_path, words, message):
    with pytest.raises(UserError, match=message) as caught:
        run(tmp_path / "run", config(*words))
    assert "\n" not in str(caught.value)


def test_a_network_that_does_not_fit(tmp_path):
    run(tmp_path / "first", config("task.dense_epochs=1", "task.epochs=1"))
    with pytest.raises(UserError, match=r"from: .*fc1.weight is \(30, 64\) there, the model needs \(31, 64\)"):
        run(tmp_path / "second", config(f"from={tmp_path / 'first'}", "model.widths=[31,20]"))


def test_runs_from_the_dense_network_of_their_seed_are_one_group():
    """from=dense/${seed} is the same for all seeds; two folders typed out are not."""

    def runs(*words):
        return [
            Run(Path(f"{seed}"), {"from": f"dense/{seed}", "seed": seed}, {"from": word}, "done", {}, None)
            for seed, word in enumerate(words)
        ]

    assert len(group(runs(r"dense/$\{seed\}", r"dense/$\{seed\}"))) == 1
    assert len(group(runs("dense/0", "dense/1"))) == 2
