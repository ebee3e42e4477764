"""task=train against a loop written out by hand: priors, temperatures, dropout, steps, samples and what is read off."""

import json
import math
from functools import cache

import pytest
import torch
from safetensors.torch import save_file
from stopping import Stopping, checked, run_task
from torch.nn import functional as F

from physlearn import ensemble
from physlearn.data import dataset
from physlearn.data.augment import shifted
from physlearn.data.batches import Batches
from physlearn.dynamics.langevin import Langevin
from physlearn.instruments.agreement import Agreement
from physlearn.lab.checkpoints import newest_readable, read_checkpoint
from physlearn.models.dropout import set_generator, set_rate
from physlearn.models.mlp import MLP
from physlearn.streams import stream, stream_seed
from physlearn.tasks.setup import scores
from physlearn.tasks.train import report as train_report
from physlearn.tasks.train import run as train

SMALL = (
    "threads=1",
    "precision=float64",
    "model=mlp",
    "model.widths=[5]",
    "data.limit=90",
    "data.validation=25",
    "task.batch_size=16",
    "task.epochs=6",
    "task.log_every=4",
)
TRAINED, STEPS, FIRST = 65, 24, 12  # 90 - 25 examples, 4 batches an epoch, 6 epochs; half of them before the samples


@pytest.fixture(autouse=True)
def in_haste(monkeypatch):
    """The digits are read from their file once, and no figures are drawn."""
    monkeypatch.setattr(dataset, "read", cache(dataset.read))
    monkeypatch.setattr(train_report, "draw", lambda *_: None)


def by_hand(temperature, decay, rate=lambda t: 0.0, step=0.2, kept=(18, 24), seed=0, start=None, shift=0):
    """The loop of the docstring, with the streams named there; what it ends with and what it saw."""
    data = dataset.load("digits", limit=90, validation=25, dtype=torch.float64)
    model = MLP(data.shape, data.classes, (5,), generator=stream(seed, "weights")).double()
    if start:
        start(model)
    thermal, masks, drawn = stream(seed, "thermal"), stream(seed, "dropout"), stream(seed, "fresh batches")
    batches = Batches(TRAINED, 16, stream_seed(seed, "batches"))
    set_generator(model, masks)
    model.train()
    groups = {}  # parameters of one lambda share a draw of the noise
    for name, p in model.named_parameters():
        groups.setdefault(decay[name], []).append(p)
    losses, virials, samples, energies = [], [], [], []
    for t in range(STEPS):
        h = step(t) if callable(step) else step
        set_rate(model, rate(t))
        batch = batches.fresh(drawn)
        model.zero_grad()
        x = shifted(data.train_x[batch], shift, stream(seed, f"shift {t}"))
        loss = F.cross_entropy(model(x), data.train_y[batch])
        loss.backward()
        losses.append(loss.item())
        total = sum((p * (p.grad + decay[name] * p)).sum().item() for name, p in model.named_parameters())
        virials.append(total / sum(p.numel() for p in model.parameters()))
        for value, members in groups.items():
            noise = Langevin(members, h, temperature(t), noise="rademacher", weight_decay=value, generator=thermal)
            noise.step()
        if t + 1 in kept:
            samples.append({name: tensor.clone() for name, tensor in model.state_dict().items()})
        if (t + 1) % 4 == 0:
            prior = sum(decay[name] / 2 * p.square().sum().item() for name, p in model.named_parameters())
            energies.append(sum(losses[-4:]) / 4 + prior)
    return {"model": model, "data": data, "samples": samples, "energies": energies, "virials": virials}


def average(found, x):
    """Class probabilities averaged over the samples: (example, class)."""
    model, sum_of = found["model"].eval(), 0.0
    for sample in found["samples"]:
        model.load_state_dict(sample)
        sum_of = sum_of + model(x).softmax(1)
    return sum_of / len(found["samples"])


def lines_of(result):
    return [json.loads(line) for line in result["metrics.jsonl"].splitlines()]


def fan_in_decay(scale, strength):
    return {
        "fc1.weight": strength * 64 / scale,
        "fc1.bias": strength * 64 / scale,
        "fc2.weight": strength * 5 / scale,
        "fc2.bias": strength * 5 / scale,
    }


CASES = {
    "annealed temperature and dropout, tempered prior by fan-in": (
        [
            "temperature=linear",
            "temperature.start=4posterior",
            "temperature.value=0.5posterior",
            "temperature.fraction=0.4",
            "dropout=annealed",
            "dropout.fraction=0.25",
            "prior=fan_in",
            "prior.scale=1.5",
            "prior.draw=false",
        ],
        dict(
            temperature=lambda t: (4 + (0.5 - 4) * min(1, t / (0.4 * STEPS))) / TRAINED,
            decay=fan_in_decay(1.5, 0.5 / TRAINED),
            rate=lambda t: 0.5 * (1 - min(1, t / (0.25 * STEPS))),
        ),
    ),
    "posterior family, step annealed, dropout constant": (
        [
            "temperature.value=posterior",
            "prior=gaussian",
            "prior.variance=0.7",
            "prior.family=posterior",
            "prior.draw=false",
            "schedule=cosine",
            "schedule.stop=0.1",
            "schedule.fraction=0.5",
            "dropout=constant",
            "dropout.start=0.3",
        ],
        dict(
            temperature=lambda t: 1 / TRAINED,
            decay=dict.fromkeys(fan_in_decay(1, 1), 1 / (TRAINED * 0.7)),
            rate=lambda t: 0.3,
            step=lambda t: 0.2 * (0.1 + 0.9 * (1 + math.cos(math.pi * min(1, t / (0.5 * STEPS)))) / 2),
        ),
    ),
    "T = 0 with the prior of another temperature, weights from the prior": (
        ["temperature=none", "prior=fan_in", "prior.temperature=0.2posterior", "prior.draw=true", "dropout=none"],
        dict(
            temperature=lambda t: 0.0,
            decay=fan_in_decay(2.0, 0.2 / TRAINED),
            start=lambda model: draw_prior(model, 2.0),
        ),
    ),
    "lambda as a number": (
        ["temperature.value=3e-3", "optimizer.weight_decay=0.04", "dropout=none"],
        dict(temperature=lambda t: 3e-3, decay=dict.fromkeys(fan_in_decay(1, 1), 0.04)),
    ),
    "shifted images": (
        ["temperature.value=3e-3", "optimizer.weight_decay=0.04", "dropout=none", "task.shift=1"],
        dict(temperature=lambda t: 3e-3, decay=dict.fromkeys(fan_in_decay(1, 1), 0.04), shift=1),
    ),
}


def draw_prior(model, scale):
    """sigma^2 = c/fan-in, normals of the stream `prior` in the order of the parameters."""
    generator = stream(0, "prior")
    with torch.no_grad():
        for name, p in model.named_parameters():
            fan_in = 64 if name.startswith("fc1") else 5
            normals = torch.randn(p.shape, generator=generator, dtype=torch.float64)
            p.copy_(normals * math.sqrt(scale / fan_in))


@pytest.mark.parametrize("case", CASES)
def test_the_task_is_the_loop_written_out(tmp_path, case):
    """Weights to round-off, energies, temperatures, rates, thermometer, and the average of exactly the kept samples."""
    words, truth = CASES[case]
    result = run_task(train.run, tmp_path / "run", checked(*SMALL, "optimizer.lr=0.2", "ensemble.keep=2", *words))
    found = by_hand(**truth)
    saved = newest_readable(tmp_path / "run" / "checkpoints")["state"]["model"]
    for name, tensor in found["model"].state_dict().items():
        torch.testing.assert_close(saved[name], tensor, rtol=1e-9, atol=1e-12)

    lines = lines_of(result)
    assert [line["energy"] for line in lines] == pytest.approx(found["energies"], rel=1e-9)
    assert [line["temperature"] for line in lines] == pytest.approx([truth["temperature"](t) for t in range(3, 24, 4)])
    rate = truth.get("rate", lambda t: 0.0)
    assert [line["dropout"] for line in lines] == pytest.approx([rate(t) for t in range(3, 24, 4)])
    blocks = [sum(found["virials"][t : t + 4]) / 4 for t in range(0, STEPS, 4)]
    assert [line["temperature_configurational"] for line in lines] == pytest.approx(blocks, rel=1e-9)
    assert result["temperature_set"] == pytest.approx(truth["temperature"](STEPS - 1))
    assert result["temperature_posterior"] == pytest.approx(1 / TRAINED)

    last = found["model"]
    for name, x, y in (("test", "test_x", "test_y"), ("validation", "validation_x", "validation_y")):
        x, y = getattr(found["data"], x), getattr(found["data"], y)
        single = last.eval()(x).softmax(1)
        assert result[f"{name}_nll"] == pytest.approx(-single.log().gather(1, y[:, None]).mean().item(), rel=1e-9)
        assert result[f"{name}_error"] == (single.argmax(1) != y).double().mean().item()
    for name, x, y in (("test", "test_x", "test_y"), ("validation", "validation_x", "validation_y")):
        x, y = getattr(found["data"], x), getattr(found["data"], y)
        mean = average(found, x)
        expected = -mean.log().gather(1, y[:, None]).mean().item()
        assert result[f"ensemble_{name}_nll"] == pytest.approx(expected, rel=1e-9)
        assert result[f"ensemble_{name}_error"] == (mean.argmax(1) != y).double().mean().item()


def test_the_test_set_can_stay_unread(tmp_path, monkeypatch):
    """task.test=false: the result says so, holds no number of the test set, and no network ever sees it."""
    seen = []
    for module in (train_report, ensemble, scores):
        real = module.outputs
        monkeypatch.setattr(module, "outputs", lambda model, x, real=real: seen.append(len(x)) or real(model, x))
    result = run_task(train.run, tmp_path / "run", checked(*SMALL, "task.test=false"))
    assert result["test_read"] is False
    assert [key for key in result if "test_" in key and result[key] is not None and key != "test_read"] == []
    assert 360 not in seen  # the digits' test set
    assert {25, 65} <= set(seen)
    assert result["validation_error"] is not None
    assert (result["test_examples"], result["validation_examples"]) == (None, 25)


def test_a_run_goes_on_from_a_trained_network_under_another_law(tmp_path):
    """from= and weights= begin with the weights they name, without a draw of the prior; then the law typed acts."""
    first = run_task(train.run, tmp_path / "first", checked(*SMALL, "optimizer.lr=0.2"))
    assert first["test_examples"] == 360
    trained = newest_readable(tmp_path / "first" / "checkpoints")["state"]["model"]
    save_file(trained, tmp_path / "network.safetensors")
    law = ("optimizer.lr=0.05", "dropout=none", "temperature.value=posterior", "prior.variance=0.05", "ensemble.keep=2")
    decay = dict.fromkeys(trained, 1 / TRAINED / 0.05)
    found = by_hand(lambda t: 1 / TRAINED, decay, step=0.05, start=lambda model: model.load_state_dict(trained))
    for name, source in (
        ("run", f"from={tmp_path / 'first'}"),
        ("file", f"weights={tmp_path / 'network.safetensors'}"),
    ):
        run_task(train.run, tmp_path / name, checked(*SMALL, *law, source))
        saved = newest_readable(tmp_path / name / "checkpoints")["state"]["model"]
        for key, tensor in found["model"].state_dict().items():
            torch.testing.assert_close(saved[key], tensor, rtol=1e-9, atol=1e-12)


FULL = ("task.batch_size=full", "dropout=none", "wrapper=ledger")
POSTERIOR = ("temperature.value=posterior", "prior.variance=0.05", "prior.draw=false")


@pytest.mark.parametrize(
    ("words", "sampled", "said"),
    [
        ([*POSTERIOR], True, "Then sampling exp(-E/T) at T = 0.0154"),
        ([*POSTERIOR, "dropout=constant", "dropout.start=0.2"], True, "Then sampling exp(-E/T)"),
        ([*POSTERIOR, "dropout.fraction=0.9"], False, "the dropout rate still changes until step 1,0"),
        (["temperature=linear", "temperature.fraction=0.8"], False, "the temperature still changes"),
        ([*POSTERIOR, "schedule=cosine"], False, "the step still changes"),
        (["temperature.value=posterior", "prior.variance=5"], False, "relax in 1,625 steps"),
        (["temperature.value=posterior", "prior=fan_in", "prior.scale=3"], False, "relax in 195 steps"),
        (["temperature.value=posterior", "optimizer.weight_decay=0"], False, "cannot be normalised"),
        (["temperature=none"], False, "no thermal noise"),
        (["temperature=none", "task.shift=1"], False, "is used it is moved by up to 1 pixel"),
        ([*POSTERIOR, *FULL], True, "at no further gradient"),
        ([*POSTERIOR, *FULL, "task.shift=1"], True, "one more gradient per step"),  # each shift is a new U
        (["optimizer=sgd", "dropout=none"], False, "there is no temperature (T = 0)"),
    ],
)
def test_a_run_says_what_it_is_before_its_first_step(tmp_path, monkeypatch, words, sampled, said):
    """The word sampling stands only where all is constant from the first sample on, and for long enough."""
    plans = []
    monkeypatch.setattr(train, "report", lambda *rest: plans.append(rest[2].plan) or {})
    monkeypatch.setattr(Stopping, "steps", lambda *_: iter(()))
    run_task(train.run, tmp_path / "run", checked(*SMALL, "task.epochs=300", "optimizer.lr=0.2", *words))
    notes = (tmp_path / "run" / "notes.txt").read_text()
    assert said in notes
    assert ("sampling exp(-E/T)" in notes) is sampled
    assert [plan.samples for plan in plans] == [sampled]


@pytest.fixture(scope="module")
def sampled_run(tmp_path_factory):
    """A small network sampled at the posterior's temperature, its metrics beside its result."""
    words = ("task.epochs=700", "temperature.value=posterior", "prior.variance=0.1", "optimizer.lr=0.1")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train_report, "draw", lambda *_: None)
        directory = tmp_path_factory.mktemp("sampled") / "run"
        result = run_task(train.run, directory, checked(*SMALL, "task.log_every=14", *words))
    return directory, result


def test_a_run_that_samples_says_so_and_its_thermometers_agree(sampled_run):
    directory, result = sampled_run
    assert result["sampled"] is True
    assert "Sampled exp(-E/T) at T = 0.0154" in (directory / "notes.txt").read_text()
    assert max(abs(z) for z in result["layers_z"]) <= 3
    assert max(result["layers_ratio_se"]) < 0.05
    lines = [line for line in lines_of(result) if line["step"] > 1400]  # the burn-in is left out
    force, read = ([line[f"layers_{name}"] for line in lines] for name in ("force", "configurational"))
    for i in range(2):
        expected = 1 / TRAINED + 0.1 / 2 * sum(line[i] for line in force) / len(lines)
        assert result["layers_temperature_predicted"][i] == pytest.approx(expected)
        assert result["layers_temperature"][i] == pytest.approx(sum(line[i] for line in read) / len(lines))
    assert result["energy_ess"] > 10


def test_control_the_same_run_at_zero_temperature_is_told_apart(sampled_run, tmp_path):
    """T = 0 with the lambda of the run that it controls: the thermometer reads what gradient noise makes, no more."""
    words = ("task.epochs=700", "temperature=none", "prior.temperature=posterior", "prior.variance=0.1")
    cold = run_task(train.run, tmp_path / "run", checked(*SMALL, "task.log_every=14", "optimizer.lr=0.1", *words))
    _, hot = sampled_run
    assert cold["weight_decay"] == pytest.approx(hot["weight_decay"])
    assert cold["sampled"] is False
    error = math.hypot(cold["temperature_configurational_se"] or 0.0, hot["temperature_configurational_se"])
    assert hot["temperature_configurational"] - cold["temperature_configurational"] > 5 * error


def test_a_verdict_needs_thermometers_that_agree(tmp_path, monkeypatch):
    """A run that can sample and whose thermometers disagree has not sampled, and says where."""
    wrong = Agreement([1.0, 1.3], [1.0, 1.0], [0.01, 0.01])
    monkeypatch.setattr(train_report, "agreement", lambda *_: wrong)
    words = ("task.epochs=300", "task.log_every=50", "optimizer.lr=0.2", *POSTERIOR)
    result = run_task(train.run, tmp_path / "run", checked(*SMALL, *words))
    assert result["sampled"] is False
    assert "Not the law that was set" in (tmp_path / "run" / "notes.txt").read_text()


def test_a_metric_is_frozen_before_samples_are_kept(tmp_path):
    """pSGLD with a metric that moves samples another law."""
    words = ("optimizer=preconditioned", "ensemble.burn_in=0.5")
    run_task(train.run, tmp_path / "run", checked(*SMALL, *words, "task.checkpoint_every=10"))
    frozen = [
        read_checkpoint(path)["state"]["optimizer"]["param_groups"][0]["frozen"]
        for path in sorted((tmp_path / "run" / "checkpoints").iterdir())
    ]
    assert frozen == [True, True]  # after 20 and 24 steps of 24; the burn-in has 12


def test_torch_optimizers_see_reshuffled_epochs_and_say_no_temperature(tmp_path):
    result = run_task(train.run, tmp_path / "run", checked(*SMALL, "optimizer=sgd", "dropout=none"))
    assert result["sampled"] is False
    assert result["temperature_set"] == 0.0
    assert result["prior_family"] is None
    assert result["weight_decay"] == [1e-4, 1e-4]
    assert all(line["temperature"] == 0.0 for line in lines_of(result))


def test_a_fused_step_is_the_same_step(tmp_path):
    words = ("optimizer=adamw", "dropout=none", "task.test=false")
    plain, fused = (
        run_task(train.run, tmp_path / word, checked(*SMALL, *words, f"optimizer.fused={word}"))
        for word in ("null", "true")
    )
    assert fused["validation_nll"] == pytest.approx(plain["validation_nll"], rel=1e-9)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("prior=fan_in optimizer.weight_decay=1e-3", "both say lambda"),
        (
            "prior.family=posterior optimizer.weight_decay=1e-3",
            "prior.family is not read by optimizer.weight_decay=0.001",
        ),
        ("prior.variance=-1", "prior.variance=-1 is not allowed"),
        ("prior.family=flat", "prior.family=flat is not allowed"),
        ("temperature.value=-0.1posterior", "temperature.value=-0.1posterior is not allowed"),
        ("temperature.value=0.1prior", "temperature.value=0.1prior is not allowed"),
        ("temperature.value=1e400posterior", "is not allowed"),
        ("optimizer=mala dropout=none", "task.batch_size=full"),
        ("optimizer=mala task.batch_size=full", "dropout=none"),
        ("optimizer=mala task.batch_size=full dropout=none task.shift=1", "task.shift=0"),
        ("task.shift=-1", "task.shift=-1 is not allowed"),
        ("from=nowhere", "from=nowhere: no run lies there"),
        ("weights=nowhere.pt", "weights: nowhere.pt: there is no such file"),
        ("from=a weights=b", "weights=b is not allowed beside from=a"),
        ("task.test=maybe", "task.test=maybe is not allowed"),
    ],
)
def test_bad_input_is_one_line(refused, words, line):
    refused(words, line)
