"""system=network of task=temper: energies, forces and minibatches against autograd, averages against sums by hand."""

from types import SimpleNamespace

import pytest
import torch
from stopping import Stopped, Stopping, checked, run_task
from torch.nn import functional as F

from physlearn.dynamics.preconditioned import PreconditionedLangevin
from physlearn.lab.build import build
from physlearn.tasks.setup.make import make_data, make_model
from physlearn.tasks.temper import network as temper_network
from physlearn.tasks.temper import report as temper_report
from physlearn.tasks.temper import run as temper
from physlearn.tasks.temper.parts import Context
from physlearn.tempering.exact import harmonic_acceptance

ROWS, DECAY, BATCH = 3, 0.3, 8  # a prior so strong that its absence shows
SMALL = (
    *("task=temper", "system=network", "threads=1", "precision=float64", "data.limit=60", "data.validation=20"),
    *("model=mlp", "model.widths=[5]", f"optimizer.weight_decay={DECAY}", f"tempering.replicas={ROWS}"),
)
MINIBATCHES = ("optimizer=langevin", f"task.batch_size={BATCH}", "system.energies=minibatch")


def set_up(directory, *words):
    """The experiment of these words, and a function states (D,) -> losses (example,) that knows nothing of rows."""
    config = checked(*[w for w in SMALL if w.partition("=")[0] not in {x.partition("=")[0] for x in words}], *words)
    bench = Stopping(directory, config, quiet=True)
    experiment = build("system", config.system, Context(config, bench, range(ROWS)))
    data = make_data(config, bench)
    bench.metrics.close()
    model = make_model(config, data, bench)

    def outputs(row, x):
        parts = row.split([w.numel() for w in model.parameters()])
        named = {name: part.view_as(w) for (name, w), part in zip(model.named_parameters(), parts, strict=True)}
        return torch.func.functional_call(model, named, (x,))

    def losses(row, x=data.train_x, y=data.train_y):
        return F.cross_entropy(outputs(row, x), y, reduction="none")

    return SimpleNamespace(mover=experiment.mover, keeper=experiment.keeper, **locals())


def energies_by_hand(setup, states, **batch):
    return torch.stack([setup.losses(row, **batch).mean() + DECAY / 2 * row.square().sum() for row in states])


def test_energies_and_forces_are_those_of_the_loss_and_the_prior(tmp_path, monkeypatch):
    monkeypatch.setattr(temper_network, "CHUNK", 7)  # several pieces of the training set, the last one smaller
    setup = set_up(tmp_path)
    states = setup.mover.states.detach().clone()
    torch.testing.assert_close(setup.mover.measure(), energies_by_hand(setup, states))
    energies, gradient = setup.mover.force(states)
    by_hand = states.clone().requires_grad_()
    torch.testing.assert_close(energies, energies_by_hand(setup, states))
    torch.testing.assert_close(gradient, torch.autograd.grad(energies_by_hand(setup, by_hand).sum(), by_hand)[0])
    assert setup.mover.optimizer.param_groups[0]["weight_decay"] == 0, "the prior is in the force already"
    assert setup.mover.heating() == 0


def test_replicas_begin_and_are_driven_each_by_its_own_stream(tmp_path):
    setup = set_up(tmp_path, "optimizer=langevin", "optimizer.lr=1e-6")
    before = setup.mover.states.detach().clone()
    assert (torch.pdist(before) > 0.1).all()
    setup.mover.explore(torch.ones(ROWS))
    moved = setup.mover.states.detach() - before  # nearly the noise alone
    assert (torch.corrcoef(moved).fill_diagonal_(0).abs() < 0.3).all()  # 385 weights


def test_what_is_foretold_and_what_is_seen_of_a_perceptron(tmp_path):
    """Acceptances of D degrees of freedom; tanh of the first hidden unit, its bias included."""
    setup = set_up(tmp_path, "model.activation=tanh")
    degrees = setup.mover.states.shape[1]
    found = setup.experiment.forecast(torch.tensor([1.0, 1.1, 1.3])).acceptance
    assert found == pytest.approx([harmonic_acceptance(degrees, ratio) for ratio in (1.1, 1.3 / 1.1)])
    states = torch.randn(ROWS, degrees, generator=torch.Generator().manual_seed(2), dtype=torch.float64) / 4
    fc1 = states[:, : 64 * 5].view(ROWS, 5, 64), states[:, 64 * 5 : 64 * 5 + 5]
    expected = (fc1[0][:, 0] @ setup.data.train_x[0].flatten() + fc1[1][:, 0]).tanh()
    torch.testing.assert_close(setup.experiment.read(states), expected)


def test_forces_on_minibatches_take_one_after_another(tmp_path):
    setup = set_up(tmp_path, *MINIBATCHES)
    states = setup.mover.states.detach().clone()
    for step in (0, 1, 2):
        setup.mover.explore.steps = step  # a minibatch belongs to a step, not to a call
        index = setup.mover.batches(step)
        batch = {"x": setup.data.train_x[index], "y": setup.data.train_y[index]}
        torch.testing.assert_close(setup.mover.force(states)[0], energies_by_hand(setup, states, **batch))


def test_swaps_on_minibatches_see_fresh_examples_the_whole_prior_and_N(tmp_path):
    setup = set_up(tmp_path, *MINIBATCHES)
    states, draws = setup.mover.states.detach(), 150
    found = [setup.mover.measure() for _ in range(draws)]
    torch.testing.assert_close(found[0].prior, DECAY / 2 * states.square().sum(1))
    assert found[0].examples == len(setup.data.train_y) == 40
    means = torch.stack([batch.losses.mean(1) for batch in found])  # (draw, row)
    every = torch.stack([setup.losses(row) for row in states]).detach()  # (row, example)
    error = every.std(1) * (1 / BATCH - 1 / 40) ** 0.5
    assert ((means.mean(0) - every.mean(1)).abs() < 4 * error / draws**0.5).all()
    assert (abs(means.std(0) / error - 1) < 4 / (2 * draws) ** 0.5).all()


def test_the_heat_of_minibatches_is_half_the_step_times_their_noise(tmp_path):
    """h tr(C)/2D, C over all batches of 8 out of 40: (1 - n/N)/n times the covariance of the gradients of examples."""
    setup = set_up(tmp_path, *MINIBATCHES, "optimizer.lr=0.2")
    row = setup.mover.states.detach()[0].clone().requires_grad_()
    gradients = torch.stack([torch.autograd.grad(loss, row, retain_graph=True)[0] for loss in setup.losses(row)])
    exact = 0.1 * float((gradients - gradients.mean(0)).square().sum(0).mean() / 39) * (1 / BATCH - 1 / 40) * 1
    fresh = setup.mover.batches.fresh
    draws = []
    for seed in range(80):  # it looks at one pair of batches, always the same: here many
        own = torch.Generator().manual_seed(seed)
        setup.mover.batches.fresh = lambda _, own=own: fresh(own)
        draws.append(setup.mover.heating())
    values = torch.tensor(draws)
    assert abs(values.mean() - exact) < 4 * values.std() / 80**0.5


def test_averages_are_of_the_probabilities_at_each_level(tmp_path):
    setup = set_up(tmp_path)
    generator = torch.Generator().manual_seed(1)
    samples = [torch.randn(ROWS, setup.mover.states.shape[1], generator=generator).double() for _ in range(4)]
    levels = [torch.randperm(ROWS, generator=generator) for _ in samples]
    for states, at in zip(samples, levels, strict=True):
        setup.keeper.add(states, at)
    found = setup.keeper.scores()
    for name, x, y in (
        ("test", setup.data.test_x, setup.data.test_y),
        ("validation", setup.data.validation_x, setup.data.validation_y),
    ):
        for level in range(ROWS):
            rows = [states[int((at == level).nonzero())] for states, at in zip(samples, levels, strict=True)]
            each = torch.stack([setup.outputs(row, x).softmax(1) for row in rows])  # (sample, example, class)
            errors = (each.argmax(2) != y).double().mean(1)
            average = each.mean(0)
            assert found[f"{name}_error"][level] == pytest.approx(float(errors.mean()))
            assert found[f"ensemble_{name}_error"][level] == float((average.argmax(1) != y).double().mean())
            nll = float(-average[range(len(y)), y].log().mean())
            assert found[f"ensemble_{name}_nll"][level] == pytest.approx(nll)


def test_samples_are_kept_after_the_burn_in_at_the_level_that_each_row_has(tmp_path, monkeypatch):
    """Spied on: when the keeper is given a sample, and that it is told the levels of that moment."""
    kept, ladders = [], []
    monkeypatch.setattr(temper_report, "draw", lambda *_: None)
    add, run_exchange = temper_network.Predictions.add, temper.exchange
    monkeypatch.setattr(
        temper_network.Predictions,
        "add",
        lambda self, x, at: (kept.append((len(ladders), at.clone())), add(self, x, at)),
    )

    def followed(ladder, *args, **keys):
        for result in run_exchange(ladder, *args, **keys):
            ladders.append(ladder.levels.flatten().clone())
            yield result

    monkeypatch.setattr(temper, "exchange", followed)
    words = ("task.sweeps=10", "task.burn_in=5", "system.keep=4", "tempering.every=1")
    words += ("tempering.minimum=0.45", "tempering.maximum=0.5")
    result = run_task(temper.run, tmp_path / "run", checked(*SMALL, *words))
    assert [sweep for sweep, _ in kept] == [8, 10, 13, 15]
    assert all(torch.equal(at, ladders[sweep - 1]) for sweep, at in kept)
    assert len({tuple(at.tolist()) for _, at in kept}) > 1, "replicas moved, so that a mix-up would show"
    assert all(0 <= error <= 1 for error in result["ensemble_test_error"])


def test_a_metric_is_frozen_at_the_end_of_the_burn_in(tmp_path, monkeypatch):
    monkeypatch.setattr(temper_report, "draw", lambda *_: None)
    frozen, sweeps = [], []
    freeze, run_exchange = PreconditionedLangevin.freeze, temper.exchange
    monkeypatch.setattr(PreconditionedLangevin, "freeze", lambda self: (frozen.append(len(sweeps)), freeze(self)))
    monkeypatch.setattr(
        temper, "exchange", lambda *a, **k: (sweeps.append(1) or found for found in run_exchange(*a, **k))
    )
    words = ("task=temper", "system=harmonic", "threads=1", "optimizer=preconditioned", "tempering.replicas=2")
    run_task(temper.run, tmp_path / "run", checked(*words, "task.sweeps=9", "task.burn_in=4"))
    assert frozen == [4]


LIKELIHOOD = ("optimizer.weight_decay=auto", "prior.family=likelihood", "prior.variance=0.3")


def test_a_tempered_likelihood_has_the_prior_s_lambda_at_every_temperature(tmp_path):
    """Forces are those of L + (T/sigma^2)|W|^2/2 at the row's own T; what swaps compare is L alone."""
    setup = set_up(tmp_path, *LIKELIHOOD)
    temperatures = torch.tensor([0.02, 0.05, 0.3], dtype=torch.float64)
    states = setup.mover.states.detach().clone()
    alone = torch.stack([setup.losses(row).mean() for row in states])
    torch.testing.assert_close(setup.mover.measure(), alone)
    setup.mover.explore._at(temperatures)
    energies, gradient = setup.mover.explore._energy_and_gradient(states)
    by_hand = states.clone().requires_grad_()
    expected = torch.stack([setup.losses(row).mean() for row in by_hand])
    expected = expected + temperatures / 0.3 * by_hand.square().sum(1) / 2
    torch.testing.assert_close(energies, expected.detach())
    torch.testing.assert_close(gradient, torch.autograd.grad(expected.sum(), by_hand)[0])


@pytest.mark.parametrize("family", ["posterior", "likelihood"])
@pytest.mark.slow
def test_the_prior_of_a_family_runs_and_resumes(tmp_path, family):
    """`auto`: lambda = 1/(N sigma^2) at every level, or T/sigma^2; at T = 1/N alone the two runs have one law."""
    words = (
        "optimizer.weight_decay=auto",
        f"prior.family={family}",
        "prior.variance=0.3",
        "optimizer.lr=0.05",
        "tempering.maximum=3posterior",
    )
    config = checked(*[w for w in SMALL if "weight_decay" not in w], *words, "task.sweeps=12", "task.burn_in=4")
    whole = run_task(temper.run, tmp_path / "whole", config)
    config.task.checkpoint_every = 7
    with pytest.raises(Stopped):
        run_task(temper.run, tmp_path / "cut", config, stop=7)
    again = run_task(temper.run, tmp_path / "cut", config)
    assert again["energy_mean"] == whole["energy_mean"]
    assert again["acceptance"] == whole["acceptance"]


def test_a_prior_by_layer_is_refused(refused):
    words = "task=temper system=network prior=fan_in optimizer.weight_decay=auto"
    refused(words, "prior=fan_in is not allowed with system=network")
