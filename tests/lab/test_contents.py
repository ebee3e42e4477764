"""A directory that holds something of somebody else is refused for a run or a sweep, and nothing in it is touched."""

import pytest

from physlearn.lab import run_directory
from physlearn.lab.contents import refuse_foreign_run, refuse_foreign_sweep
from physlearn.lab.errors import Refused
from physlearn.tasks.prune import report as prune_report
from physlearn.tasks.setup.rules import writes

CONFIG = "task:\n  name: train\n"
SMALL = "threads=1 model=mlp model.widths=[4] data.limit=64 task.batch_size=16 task.epochs=2 task.log_every=3"


def fill(directory, *names, content="mine"):
    for name in names:
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(CONFIG if path.name == "config.yaml" else content)
    return directory


def everything(directory):
    return {path: path.read_bytes() for path in directory.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("names", "line"),
    [
        (["thesis.tex"], "holds thesis.tex, which no run writes"),
        (["config.yaml", "thesis.tex"], "holds thesis.tex, which no run writes"),
        (["a", "b", "c", "d", "e"], "holds a, b, c and 2 more, which no run writes"),
        (["result.json"], "holds result.json, without the config.yaml of a run"),
        (["report.html", ".lock"], "holds report.html, without the config.yaml of a run"),
        (["metrics.jsonl", ".lock"], "holds metrics.jsonl, without the config.yaml of a run"),
        (["provenance.json"], "holds provenance.json, without"),
        (["figures/a.png"], "holds figures, without"),
        (["config.yaml", "network.plnet"], "holds network.plnet, which no run writes"),
    ],
)
def test_a_directory_of_somebody_else_is_refused(tmp_path, names, line):
    fill(tmp_path, *names)
    before = everything(tmp_path)
    with pytest.raises(Refused, match=line):
        refuse_foreign_run(tmp_path)
    assert everything(tmp_path) == before


@pytest.mark.parametrize(
    "names",
    [
        [],
        [".lock"],
        [".lock", "overrides.txt", "provenance.json", "status.json", ".config.yaml.123.part"],  # a start was killed
        [".lock", "config.yaml", "metrics.jsonl", "result.json", "checkpoints/step_1.safetensors", "figures/a.csv"],
    ],
)
def test_what_a_run_leaves_is_accepted(tmp_path, names):
    fill(tmp_path, *names)
    refuse_foreign_run(tmp_path)
    refuse_foreign_run(tmp_path / "nowhere")


def test_a_start_that_was_killed_leaves_an_empty_metrics_file(tmp_path):
    fill(tmp_path, ".lock", "metrics.jsonl", content="")
    refuse_foreign_run(tmp_path)


def test_a_task_says_what_else_it_writes(tmp_path):
    assert writes("prune") == (prune_report.FILE,)
    assert writes("train") == writes("none_such") == ()
    refuse_foreign_run(fill(tmp_path, "config.yaml", "network.plnet"), writes("prune"))


@pytest.mark.parametrize(
    ("names", "line"),
    [
        (["0/config.yaml", "notes.md"], "holds notes.md, which no sweep writes"),
        (["report.html"], "holds report.html, without a job of a sweep"),
        (["comparison.csv", "0/mine"], "holds comparison.csv, without a job of a sweep"),
    ],
)
def test_a_sweep_is_as_careful(tmp_path, names, line):
    with pytest.raises(Refused, match=line):
        refuse_foreign_sweep(fill(tmp_path, *names))


@pytest.mark.parametrize("names", [[], [".lock", "multirun.yaml", "0/.lock"], ["0/config.yaml", "report.html", "1/a"]])
def test_what_a_sweep_leaves_is_accepted(tmp_path, names):
    refuse_foreign_sweep(fill(tmp_path, *names))


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("hydra.run.dir=mine", ["mine/result.json"]),
        ("hydra.run.dir=.", ["README.md"]),
        ("-m seed=0,1 hydra.sweep.dir=mine", ["mine/report.html"]),
        ("-m seed=0,1 hydra.sweep.dir=mine", ["mine/1/metrics.jsonl"]),
    ],
)
def test_the_front_door_touches_nothing(typed, tmp_path, words, names):
    fill(tmp_path, *names)
    before = everything(tmp_path)
    code, printed = typed(f"{SMALL} {words}")
    assert (code, printed.err.count("\n"), printed.out) == (2, 1, "")
    assert "choose another directory" in printed.err
    assert everything(tmp_path) == before


def test_a_refused_run_leaves_no_empty_folders(typed, tmp_path):
    """The folders above it too, where they were made for it; one that was there stays, empty or not."""
    (tmp_path / "there").mkdir()
    for words in ("data.limit=100000", "data.limit=100000 hydra.run.dir=there/deep/down"):
        assert typed(words)[0] == 2
        assert [path.name for path in tmp_path.rglob("*")] == ["there"]
    assert typed("data.limit=100000 hydra.run.dir=there")[0] == 2
    assert [path.name for path in tmp_path.rglob("*")] == ["there"]


def test_another_run_beside_a_refused_one_keeps_its_folder(tmp_path):
    first, second = (run_directory.new_directory(tmp_path / "outputs/train", "12345678") for _ in range(2))
    run_directory.remove_directory(first)
    assert not first.exists()
    assert second.is_dir()
    run_directory.remove_directory(second)
    assert list(tmp_path.iterdir()) == []
