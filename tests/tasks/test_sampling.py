"""task=sampling: every study runs, resumes to the same, reports what its rows say; bad input in one line."""

import numpy as np
import pytest
import torch
from stopping import Stopped, checked, run_task

from physlearn.lab.bench import Bench
from physlearn.lab.errors import UserError
from physlearn.sampling.cold import ColdPosterior
from physlearn.sampling.motions import Samples
from physlearn.sampling.problem import Problem, scores
from physlearn.sampling.replicas import Replicas
from physlearn.sampling.samplers import equation
from physlearn.sampling.truth import PosteriorTruth
from physlearn.streams import stream
from physlearn.tasks.sampling import report as reports
from physlearn.tasks.sampling.run import run

DATA = ("task=sampling", "data.limit=40", "data.validation=8", "threads=1", "sampling.widths=[2]", "sampling.keep=4")
SMALL = {
    "truth": ("sampling.chains=4", "sampling.kicks=2", "sampling.burn_in=2", "sampling.moves=6", "sampling.segment=3",
              "sampling.samplers=[euler,minima,hmc]", "sampling.steps=64", "sampling.batch_size=8",
              "sampling.repeats=2", "sampling.members=2", "sampling.short_kicks=2"),
    "cold": ("sampling.taus=[0.1,1]", "sampling.variances=[0.5]", "sampling.steps=64", "sampling.batch_size=8"),
    "replicas": ("sampling.chains=[1,2]", "sampling.steps=[128,64]", "sampling.repeats=2", "sampling.batch_size=8"),
}  # fmt: skip


def config(name, *words):
    return checked(*DATA, f"sampling={name}", *SMALL[name], *words)


@pytest.fixture
def no_pictures(monkeypatch):
    drawn = []
    monkeypatch.setattr(Bench, "figure", lambda _, name, figure: drawn.append(name))  # to save them takes longest
    return drawn


def timeless(found):
    """Without what a clock says."""
    if not any("seconds" in key for key in found):
        return found
    return {key: value for key, value in found.items() if "seconds" not in key and key != "metrics.jsonl"}


@pytest.mark.parametrize(
    ("name", "stop"), [("truth", 2), pytest.param("truth", 5, marks=pytest.mark.slow), ("cold", 1), ("replicas", 3)]
)
def test_resumed_is_straight(tmp_path, no_pictures, name, stop):
    cfg = config(name)
    whole = run_task(run, tmp_path / "whole", cfg)
    assert len(no_pictures) == 1
    with pytest.raises(Stopped):
        run_task(run, tmp_path / "cut", cfg, stop=stop)
    assert timeless(run_task(run, tmp_path / "cut", cfg)) == timeless(whole)
    assert all(not isinstance(value, dict) for value in whole.values()), "flat"
    if name == "truth":
        assert whole["sampler"] == ["euler", "euler", "minima", "minima", "hmc"]
        assert whole["h"] == pytest.approx([0.1, 0.05, 0.1, 0.05, 0])
        assert whole["exact_gradients"] == 2 * 8 * 32
    if name == "replicas":
        assert whole["steps_1"] == [64, 128]
        assert whole["steps_2"] == [64]


@pytest.fixture(scope="module")
def problem():
    draw = torch.Generator().manual_seed(0)
    x, y = torch.randn(20, 3, generator=draw), torch.randint(3, (20,), generator=draw)
    return Problem(x[:10], y[:10], x[10:14], y[10:14], x[14:], y[14:], 3)


COLD = dict(seed=0, widths=[2], taus=[0.5, 2], variances=[0.3], chains=2, sampler="euler", step_size=0.1, friction=0.1,
            steps=40, batch_size=5, keep=4)  # fmt: skip


@pytest.mark.parametrize("family", ["posterior", "likelihood"])
def test_rows_have_the_lambda_of_their_family_and_controls_keep_it(problem, monkeypatch, family):
    kept = {}

    def sample(self, start, *_, **__):
        kept.update(T=self.temperatures, decay=self.decay, start=start)

    monkeypatch.setattr("physlearn.sampling.motions.Motion.sample", sample)
    ColdPosterior(problem, **COLD).sample(family, 0.3, 0)
    T = [0.05, 0.05, 0.2, 0.2]  # tau/N, N = 10
    decay = [t / 0.3 for t in T] if family == "likelihood" else [1 / (10 * 0.3)] * 4
    np.testing.assert_allclose(kept["T"], T + [0] * 4, rtol=1e-6)
    np.testing.assert_allclose(kept["decay"], decay * 2, rtol=1e-6)
    assert torch.equal(kept["start"][:4], kept["start"][4:])  # a control begins where its run begins
    width = kept["start"].square().mean(1)[:4] / torch.tensor([t / k for t, k in zip(T, decay, strict=True)])
    assert ((width - 1).abs() < 4 * (2 / kept["start"].shape[1]) ** 0.5).all()


def test_a_row_reads_its_own_runs_and_its_own_controls(problem, monkeypatch):
    """Runs 0, 1 are at tau = 0.5, 2, 3 at tau = 2; 4 to 7 their controls: of each, p of the label is 0.1 (1 + run)."""
    p = 0.1 * (1 + torch.arange(8, dtype=torch.float64))[:, None, None].expand(8, 10, 3)
    others = (1 - p) / 2
    predicted = torch.where(torch.nn.functional.one_hot(problem.labels, 3).bool(), p, others)
    measured = torch.tensor([1.0, 3.0]) * torch.arange(1.0, 9)[:, None]  # (row, layer)
    found = Samples(predicted, torch.rand(6, 8, 10), torch.rand(6, 8), measured, measured / 1.25, torch.zeros(8, 1))
    monkeypatch.setattr(ColdPosterior, "sample", lambda *_: found)
    study = ColdPosterior(problem, **COLD)
    cold, hot = study.step(0)
    assert (cold["family"], cold["variance"], cold["tau"], hot["tau"]) == ("posterior", 0.3, 0.5, 2)
    for row, runs in ((cold, (0, 1, 4, 5)), (hot, (2, 3, 6, 7))):
        nll = [-np.log(0.1 * (1 + r)) for r in runs]
        assert row["test_nll"] == pytest.approx(np.mean(nll[:2]))
        assert row["test_nll_se"] == pytest.approx(abs(nll[0] - nll[1]) / 2)
        assert row["control_test_nll"] == pytest.approx(np.mean(nll[2:]))
        first, last = study.perceptrons.layers
        mean = 1 + (runs[0] + runs[1]) / 2
        assert row["tau_measured"] == pytest.approx(10 * mean * (first + 3 * last) / (first + last))
        assert row["thermometer"] == pytest.approx([1.25, 1.25])
        assert not row["agrees"]
        assert not row["sampled"]


def test_test_examples_choose_nothing(problem):
    """Another test set changes no validation score and no temperature that is called the best."""
    other = Problem(*(getattr(problem, n) for n in ("train_x", "train_y", "validation_x", "validation_y")),
                    -problem.test_x, problem.test_y, 3)  # fmt: skip
    for one, two in zip(*(ColdPosterior(p, **COLD).step(0) for p in (problem, other)), strict=True):
        same = [name for name in one if one[name] == two[name]]
        assert {"validation_nll", "validation_error", "tau", "tau_measured"} <= set(same)
        assert one["test_nll"] != two["test_nll"]


def test_the_exact_chains_beside_themselves_and_beside_shuffled_examples(problem):
    """The control that must be far: the same predictions with the examples exchanged."""
    words = dict(widths=[2], temperature=0.1, variance=0.3, chains=4, kicks=3, burn_in=4, moves=40, segment=22,
                 samplers=["descent"], step_sizes={"descent": 0.1}, friction=0.1, rate=0.1, members=2, short_kicks=2,
                 steps=64, batch_size=5, keep=4, repeats=2)  # fmt: skip
    study = PosteriorTruth(problem, 0, **words)
    assert study.step(0) == []
    (exact,) = study.step(1)
    assert study.segments == 2
    assert study.total == 4
    assert exact["total_variation"] < 0.1
    (row,) = study.step(2)
    assert row["h"] == 0.1
    assert study.step(3)[0]["h"] == 0.05
    from physlearn.sampling import total_variation

    truth = study.truth.mean(0)
    assert total_variation(truth, truth.roll(1, 0)) > 1.5 * exact["total_variation"]
    torch.testing.assert_close(truth.sum(1), torch.ones(10, dtype=torch.float64))


def test_replicas_average_chains_and_the_second_half(problem):
    """The same steps by hand: after 128 of them the average is over those after 64, and over both chains."""
    words = dict(widths=[2], temperature=0.1, variance=0.3, sampler="euler", step_size=0.1, friction=0.1, batch_size=5)
    study = Replicas(problem, 0, **words, chains=[2], steps=[128], repeats=2, keep=16)
    (row,) = study.step(1)
    draw = stream(0, "replicas 2 1")
    motion = study.posterior.motion(equation("euler", 0.1, 0.1, draw), 2, 5)
    weights = torch.nn.Parameter(study.posterior.start(2, draw))
    optimizer, found = motion.make([weights], motion.temperatures), {}
    for step in range(1, 129):
        weights.grad = motion.gradient(weights.data, draw)
        optimizer.step()
        found[step] = study.posterior.perceptrons.outputs(weights.data, problem.test_x).softmax(1).double()
    for i, kept in enumerate((range(4, 65, 4), range(68, 129, 4))):
        p = torch.stack([found[step] for step in kept]).mean((0, 1)).T
        assert row["nll"][i] == pytest.approx(scores(p, problem.test_y)[1], abs=1e-6)
    assert row["steps"] == [64, 128]
    assert 0 < row["seconds"][0] < row["seconds"][1]


class Heard:
    def __init__(self):
        self.said, self.rows = [], []

    def say(self, text):
        self.said.append(text)

    def figure(self, name, drawn): ...

    def summary(self, title, columns, rows):
        self.rows = [dict(zip(columns, row, strict=True)) for row in rows]


def cold_row(tau, validation, test, sampled):
    scores = {f"{who}test_{score}{end}": test for who in ("", "control_") for score in ("nll", "error", "ece")
              for end in ("", "_se")}  # fmt: skip
    return scores | dict(family="likelihood", variance=0.1, tau=tau, validation_nll=validation, sampled=sampled,
                         thermometer=[1.0], thermometer_se=[0.1], r_hat_loss=1.0, r_hat_median=1.0, r_hat_largest=1.0,
                         tau_measured=tau)  # fmt: skip


def test_the_best_temperature_is_that_of_the_validation_set():
    heard = Heard()
    rows = [cold_row(0.1, 0.3, 0.1, 1), cold_row(1.0, 0.2, 0.5, 0)]
    found = reports.cold(heard, rows, {"chains": 3})
    assert (found["best_tau"], found["best_test_nll"], found["best_sampled"]) == ([1.0], [0.5], [0])
    assert any("tau = 1," in text and "not sampled" in text for text in heard.said)


@pytest.mark.parametrize(
    ("name", "words", "message"),
    [
        ("truth", ["sampling.chains=[1,2]"], "sampling.chains=[1, 2] is not allowed"),
        ("replicas", ["sampling.steps=64"], "wants a list"),
        ("replicas", ["sampling.steps=[64]"], "as long as sampling.chains"),
        ("cold", ["data.validation=0"], "data.validation=0 is not allowed"),
    ],
)
def test_bad_input_in_one_line(tmp_path, name, words, message):
    with pytest.raises(UserError) as refused:
        run_task(run, tmp_path / "run", config(name, *words))
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "word", ["sampling.variance=0", "sampling.samplers=[nuts]", "sampling.temperature=0", "sampling.rate=1",
             "sampling.step_sizes.euler=-1"]
)  # fmt: skip
def test_ranges(word):
    with pytest.raises(UserError, match="not allowed"):
        config("truth", word)
