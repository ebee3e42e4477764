"""task=table: runs that differ in their seed are one row; the accounting is the papers'; what is missing is said."""

import json
import math

import pytest
from omegaconf import OmegaConf

from physlearn.lab.check import check
from physlearn.lab.config import compose, own_part
from physlearn.lab.errors import UserError
from physlearn.lab.run_directory import as_dict
from physlearn.pruning.published import HAN
from physlearn.tasks.setup.rules import rules
from physlearn.tasks.table import run as table


class Screen:
    """What a bench would show."""

    def __init__(self):
        self.said, self.figures, self.rows = [], {}, []

    def say(self, text):
        self.said.append(text)

    def figure(self, name, drawn):
        self.figures[name] = drawn[1]

    def summary(self, title, columns, rows):
        self.rows = [dict(zip(columns, row, strict=True)) for row in rows]


@pytest.fixture
def runs(tmp_path):
    """runs(name, *words, state="done", error=..., further results): the files of a prune run."""

    def make(name, *words, state="done", error=0.015, **more):
        directory = tmp_path / "runs" / name
        directory.mkdir(parents=True)
        config = own_part(compose(["task=prune", "threads=1", "data=mnist", *words]))
        (directory / "config.yaml").write_text(OmegaConf.to_yaml(config, resolve=True))
        (directory / "overrides.txt").write_text(
            "\n".join(["threads=1", "data=mnist", *words, "hydra.run.dir=x"]) + "\n"
        )
        (directory / "status.json").write_text(json.dumps({"state": state}))
        result = {"test_error": error, "dense_test_error": 0.0164, "compression": config.pruning.compression}
        result |= {"weights_kept": 5324, "file_bytes": 6800, "test_error_after_load": error, "seconds": 60.0}
        (directory / "result.json").write_text(json.dumps(result | {"flops_fraction": 0.01} | more))

    (tmp_path / "runs").mkdir()
    return make


def look(tmp_path, *words):
    config = own_part(compose(["experiment=han2015/table", f"runs={tmp_path / 'runs'}", *words]))
    check(as_dict(config), rules("table"))
    screen = Screen()
    return table.run(config, screen), screen


def test_seeds_are_one_row_beside_the_published_one(runs, tmp_path):
    for seed, error in enumerate((0.0150, 0.0156, 0.0162)):
        runs(
            f"a{seed}", f"seed={seed}", "pruning.compression=50", "data.validation=0", f"from=some/{seed}", error=error
        )
    runs("b", "pruning.compression=12", "data.validation=0", error=0.0141)
    runs("augmented", "pruning.compression=12", "data.validation=0", "task.shift=2", error=0.0131)
    runs("random", "pruning=random", "pruning.compression=12", error=0.02)
    result, screen = look(tmp_path)
    lenet300 = screen.rows[:5]
    ways = ["Han 2015", "magnitude", "magnitude, augmented", "magnitude, shared dense network", "random *"]
    assert [row["source"] for row in lenet300] == ways
    assert [row["rate"] for row in lenet300] == ["12.22x", "12.00x", "12.00x", "50.00x", "12.00x"]
    se = 100 * math.sqrt(0.0006**2 / 3)  # sample deviation .0006
    assert lenet300[3]["error %"] == f"1.56 ± {se:.2f}"
    assert (lenet300[3]["n"], lenet300[1]["n"], lenet300[1]["error %"]) == ("3", "1", "1.41")
    assert (result["runs"], result["runs_lenet300"], result["runs_lenet5"]) == (6, 6, 0)
    assert screen.figures["error_against_compression"]["compression"].tolist() == [12, 12, 50, 12]


def test_each_row_says_its_command(runs, tmp_path):
    """Seeds of one row come together; where each began with a network of its own, each is typed."""
    for seed in (0, 1):
        runs(f"a{seed}", f"seed={seed}", "pruning.compression=50", "task.layers=[fc1]", "task=prune")
        runs(f"b{seed}", f"seed={seed}", "pruning.compression=70", f"from=some/{seed}")
    told = [line.strip() for line in look(tmp_path)[1].said if "--multirun" in line]
    first = "python -m physlearn --multirun"
    assert told == [
        f"{first} task=prune data=mnist pruning.compression=50 'task.layers=[fc1]' seed=0,1",
        f"{first} data=mnist pruning.compression=70 from=some/0 seed=0",
        f"{first} data=mnist pruning.compression=70 from=some/1 seed=1",
    ]


def test_a_row_holds_what_the_run_found_in_its_own_unit(runs, tmp_path):
    """Each value is another one, so that none can stand for another."""
    runs("one", "pruning.compression=50", error=0.015)
    path = tmp_path / "runs" / "one" / "result.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"test_error_after_load": 0.0177}))
    _, screen = look(tmp_path)
    assert screen.rows[1] == {
        "network": "",
        "source": "magnitude *",
        "dense error %": "1.64",
        "error %": "1.50",
        "weights": "5,324",
        "rate": "50.00x",
        "FLOP %": "1.00",
        "file": "6.8 KB",
        "error from file (%)": "1.77",
        "n": "1",
        "seconds": "60",
    }


def test_vgg_on_cifar10_says_its_width_and_stands_apart_from_other_widths(runs, tmp_path):
    vgg = ("data=cifar10", "model=vgg16_cifar", "data.validation=0", "task.flip=true", "pruning.compression=13")
    for seed, width, error in ((0, 0.5, 0.08), (1, 0.5, 0.09), (0, 1.0, 0.06)):
        runs(f"v{seed}{width}", *vgg, f"seed={seed}", f"model.width={width}", error=error)
    runs("others", "data=mnist", "model=vgg16_cifar")
    result, screen = look(tmp_path)
    rows = [(row["network"], row["source"], row["error %"], row["n"]) for row in screen.rows[len(HAN) :]]
    way = "magnitude, augmented"
    assert rows == [
        ("VGG-16 on CIFAR-10", way, "6.00", "1"),
        ("VGG-16 on CIFAR-10 at width 0.5", way, "8.5 ± 0.5", "2"),
    ]
    assert (result["runs_vgg16cifar"], result["runs_vgg16"]) == (3, 0)
    told = "\n".join(screen.said)
    assert "VGG-16 on CIFAR-10 at width 0.5, 13x by magnitude, augmented, is typed as" in told
    assert "Left out: 1 finished prune runs" in told
    assert "VGG-16 on CIFAR-10 has no" not in told


def test_the_accounting_is_the_papers_and_what_is_missing_is_said(runs, tmp_path):
    runs("other", "data=digits")
    runs("unfinished", state="interrupted")
    result, screen = look(tmp_path)
    assert [row["network"] for row in screen.rows] == [network.name for network in HAN.values()]
    assert [row["weights"] for row in screen.rows] == ["21,776", "36,280", "6,796,192", "10,532,392"]
    assert [row["FLOP %"] for row in screen.rows] == ["7.52", "16.18", "30.26", "20.66"]
    assert round(result["accounted_weights_kept_vgg16"]) == 10_532_392
    told = "\n".join(screen.said)
    assert "Not finished, so not counted: 1 of 2 prune runs." in told
    assert "Left out: 1 finished prune runs of other networks or other images." in told
    assert "LeNet-5 has no finished run yet; type python -m physlearn experiment=han2015/lenet5" in told
    assert "VGG-16 needs ImageNet; type python -m physlearn task=prune model=vgg16 data=image_folder" in told
    assert "VGG-16 on CIFAR-10 has no finished run yet; type python -m physlearn experiment=compression/vgg" in told
    assert not screen.figures


def test_runs_that_left_the_test_set_unread_are_rows_and_not_points(runs, tmp_path):
    """Of VGG at a quarter of the width all runs were of this kind: their panel was empty."""
    runs("read", "pruning.compression=12", "data.validation=0")
    runs("unread", "model=lenet5", "task.test=false", error=None, dense_test_error=None, test_read=False)
    _, screen = look(tmp_path)
    assert [row["source"] for row in screen.rows if row["n"]] == ["magnitude", "magnitude *"]
    assert screen.figures["error_against_compression"]["network"].tolist() == ["LeNet-300-100"]


def test_two_dense_networks_of_one_error_are_two(runs, tmp_path, monkeypatch):
    """Errors .014, .014, .017 of three seeds have the mean .015, not .0155; a second row that begins so adds none."""
    bands = {}
    monkeypatch.setattr(table.figures, "error_against_compression", lambda *args: (None, bands.update(args[-1])))
    for seed, error in enumerate((0.014, 0.014, 0.017)):
        for c in (12, 50):
            words = (f"seed={seed}", f"pruning.compression={c}", "data.validation=0")
            runs(f"{c}_{seed}", *words, dense_test_error=error, dense_test_nll=0.05 + 0.001 * seed)
    look(tmp_path)
    assert bands["LeNet-300-100"] == pytest.approx((0.015, 0.001))


def test_the_commands_that_it_names_compose():
    for name, command in table.COMMANDS.items():
        words = (
            command.replace("<folder with train/ and val/>", "x").replace("<safetensors or torch file>", "y").split()
        )
        config = own_part(compose(words[3:]))
        check(as_dict(config), rules("prune"))
        assert config.model._target_.rpartition(".")[2].lower() == name


def test_a_folder_that_is_not_there_is_one_line(tmp_path):
    with pytest.raises(UserError, match="there is no such folder"):
        look(tmp_path)
