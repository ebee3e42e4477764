"""task=born: it learns, resumes bit for bit within a sweep, is undone where it rises, and completes what it knows."""

import itertools
import math
from functools import partial

import pytest
import torch
from stopping import Stopped, checked, run_task

from physlearn.lab.errors import Diverged
from physlearn.tasks.born import report as born_report
from physlearn.tasks.born import run as born
from physlearn.tasks.born.completion import half
from physlearn.tasks.born.images import Images
from physlearn.tensor import figures

SMALL = ("threads=1", "data.size=3", "task.loops=3", "task.samples=200", "task.log_every=7")


@pytest.fixture
def unseen(monkeypatch):
    """No pictures are drawn."""
    monkeypatch.setattr(born_report.figures, "images", lambda *_, **__: None)
    monkeypatch.setattr(born_report.figures, "over_picture", lambda *_, **__: None)
    monkeypatch.setattr(born_report.figures, "learning", lambda *_: None)
    monkeypatch.setattr("physlearn.lab.bench.save_figure", lambda *_: None)


config = partial(checked, "task=born")
run = partial(run_task, born.run)


@pytest.mark.usefixtures("unseen")
@pytest.mark.parametrize(
    "words",
    [
        (),
        ("task.batch_size=6", "tensor.lr=0.02"),
        ("tensor.lr=30", "tensor.bond=3"),
        ("tensor.steps=3", "tensor.order=snake"),
    ],
    ids=["full batch", "minibatches", "loops undone", "three steps"],
)
@pytest.mark.parametrize("cut", [5, 21, 32])
def test_resumed_within_a_sweep_is_straight(tmp_path, words, cut):
    """A loop is 16 bonds: cut on the way to the right, on the way back, and between two loops."""
    cfg = config(*SMALL, *words, f"task.checkpoint_every={cut}")
    whole = run(tmp_path / "whole", cfg)
    with pytest.raises(Stopped):
        run(tmp_path / "cut", cfg, stop=cut)
    assert run(tmp_path / "cut", cfg) == whole
    assert whole["metrics.jsonl"].count("\n") == 3 + sum(1 for s in range(1, 49) if s % 7 == 0 and s % 16)


@pytest.mark.usefixtures("unseen")
def test_a_loop_that_raises_the_nll_is_undone(tmp_path):
    """Its state is the one before, its step half as long; without that the history would rise."""
    cfg = config(*SMALL, "tensor.bond=3", "tensor.lr=1.0", "task.loops=20", "task.log_every=1000")
    result = run(tmp_path / "run", cfg)
    history = result["history"]
    assert all(after <= before for before, after in itertools.pairwise(history))
    lines = [line for line in result["metrics.jsonl"].splitlines() if '"nll"' in line]
    assert len(lines) == 20
    assert result["train_nll"] == pytest.approx(history[-1], rel=1e-12)
    rates = [float(line.split('"lr": ')[1].split(",")[0]) for line in lines]
    undone = [after == before for before, after in itertools.pairwise(history)]
    expected = [0.5 ** sum(undone[:loop]) for loop in range(20)]
    assert rates == expected
    assert any(undone)


@pytest.mark.slow
def test_bars_and_stripes_from_the_command(tmp_path):
    result = run(tmp_path / "run", config("threads=1", "task.loops=25", "task.samples=6000"))
    assert result["bound"] == pytest.approx(math.log(30), abs=1e-12)
    assert 0 <= result["above_bound"] + 1e-12 < 1e-4
    assert result["bond_max"] <= 16
    assert result["images_sampled"] == 30
    assert result["samples_known"] > 0.999
    assert result["chi_square_p"] > 0.001
    assert result["test_nll"] == pytest.approx(result["train_nll"], rel=1e-12)
    assert len(result["entropies"]) == 15
    for name in ("samples", "entanglement", "learning"):
        assert (tmp_path / "run" / "figures" / f"{name}.png").exists()

    again = config("threads=1", f"from={tmp_path / 'run'}", "task.complete=right", "task.samples=100")
    completed = run(tmp_path / "again", again)
    assert completed["train_nll"] == pytest.approx(result["train_nll"], rel=1e-12)
    assert completed["loops"] == 25
    assert completed["completed_differs_train"] < 0.5  # stripes leave the right half open, bars do not
    assert (tmp_path / "again" / "figures" / "completed_train.png").exists()


@pytest.mark.usefixtures("unseen")
def test_the_seed_draws_the_images_and_threshold_cuts_them(tmp_path):
    words = ("threads=1", "data=digits", "tensor.threshold=0.5", "task.images=20", "task.loops=1", "tensor.bond=3",
             "task.samples=10", "task.test=false")  # fmt: skip
    first, second = (run(tmp_path / str(seed), config(*words, f"seed={seed}")) for seed in (0, 1))
    assert first["bound"] == pytest.approx(math.log(20), abs=1e-12)
    assert first["history"][0] != second["history"][0]
    assert "test_nll" not in first
    assert math.isfinite(first["validation_nll_median"])


@pytest.mark.usefixtures("unseen")
def test_a_nan_ends_as_diverged(tmp_path, monkeypatch):
    monkeypatch.setattr(born, "update_bond", lambda *_, **__: born_report.nll and _nan())
    with pytest.raises(Diverged):
        run(tmp_path / "run", config(*SMALL))


def _nan():
    from physlearn.tensor.born import Update

    return Update(math.nan, math.nan)


def test_the_pixels_of_a_snake_are_neighbours():
    images = Images(torch.empty(0, 12), {}, (3, 4), "snake")
    picture = torch.arange(12).view(3, 4)
    chain = images.sites(picture)
    assert chain.tolist() == [0, 1, 2, 3, 7, 6, 5, 4, 8, 9, 10, 11]
    assert torch.equal(images.pictures(chain.expand(2, 5, 12)), picture.expand(2, 5, 3, 4))
    straight = Images(torch.empty(0, 12), {}, (3, 4))
    assert torch.equal(straight.sites(picture), torch.arange(12))


def test_a_snake_is_drawn_and_completed_as_the_picture_it_is(tmp_path, monkeypatch):
    """Bars and stripes by heart: samples and originals are bars or stripes, the known half of a completion stays."""
    seen = {}

    def keep(name):
        def drawn(*given, **_):
            seen.setdefault(name, given)
            return None, {"hidden pixels that differ": torch.zeros(1)}

        return drawn

    for name in ("images", "completions"):
        monkeypatch.setattr(born_report.figures, name, keep(name))
    monkeypatch.setattr("physlearn.lab.bench.save_figure", lambda *_: None)
    words = ("tensor.order=snake", "task.loops=20", "task.complete=right")
    assert run(tmp_path / "run", config(*SMALL, *words))["samples_known"] > 0.999
    whole, completed, known, _ = (torch.from_numpy(x) for x in seen["completions"])
    same = completed == whole[:, None]  # (original, sample, height, width)
    assert bool(same[:, :, known].all())
    assert not bool(same[:, :, 1, 2].all())  # hidden, in a row that runs backwards
    for pictures in (torch.from_numpy(seen["images"][0]), whole):
        bars = (pictures == pictures[:, :, :1]).flatten(1).all(1)
        stripes = (pictures == pictures[:, :1]).flatten(1).all(1)
        assert bool((bars | stripes).all())


def test_a_snake_over_the_picture():
    """The value of a cut stands at the pixel before it."""
    drawing, _ = figures.over_picture((2, 3), [1, 2, 3, 4, 5], [0.0] * 5, order="snake")
    shown = drawing.axes[0].images[0].get_array().filled(0)
    assert shown.tolist() == [[1, 2, 3], [0, 5, 4]]


@pytest.mark.parametrize("which", ["bottom", "top", "left", "right"])
def test_halves(which):
    gone = half(which, (4, 6))
    assert int(gone.sum()) == 12
    rows, columns = torch.where(gone)
    assert {
        "bottom": rows.min() == 2,
        "top": rows.max() == 1,
        "left": columns.max() == 2,
        "right": columns.min() == 3,
    }[which]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("task=born tensor.bond=0", "tensor.bond=0"),
        ("task=born tensor.order=columns", "tensor.order=columns is not allowed"),
        ("task=born data=digits", "tensor.threshold=null is not allowed: these images have grey values"),
        ("task=born data.pool=3", "data.pool=3: allowed are whole numbers that divide the sides of the images, 4 x 4"),
        ("task=born data.size=1", "data.size=1: allowed are whole numbers from 2 to 12"),
        ("task=born task.images=31", "task.images=31 is not allowed: bars_and_stripes has 30 training examples"),
        ("task=born task.complete=middle", "task.complete=middle"),
        ("task=born from=nowhere", "from=nowhere: no run lies there"),
        ("task=born task.batch_size=31", "batch_size=31: allowed is anything from 1 to 30"),
    ],
)
def test_bad_input_is_one_line(typed, words, line):
    code, printed = typed(words)
    assert code == 2
    assert line in printed.err
    assert printed.err.count("\n") == 1
