"""task=attack from the command line, against a network that another run trained."""

import json
from pathlib import Path

import pytest

from physlearn.tasks.attack.report import nearest

TRAIN = "task.epochs=4 data.limit=300 dropout=none threads=1 hydra.run.dir=begun"


@pytest.fixture
def begun(typed):
    assert typed(TRAIN)[0] == 0
    return typed


def read(place):
    return json.loads(Path(place, "result.json").read_text())


def test_attacks_of_one_run(begun):
    more = "from=begun task.examples=60 threads=1"
    for method, extra in (("pgd", "task.epsilons=[0.1,0.3] task.steps=20"), ("deepfool", "task.steps=20")):
        assert begun(f"task=attack {more} task.method={method} {extra} hydra.run.dir={method}")[0] == 0
    found = read("pgd")
    assert found["clean_accuracy"] >= found["robust_accuracy"][0] >= found["robust_accuracy"][1]
    assert found["noise_accuracy"][1] > found["robust_accuracy"][1] + 0.2
    assert found["largest_change"] == pytest.approx(0.3, abs=1e-5)
    assert found["noise_distance"] == pytest.approx(found["mean_distance"], rel=1e-4)
    assert found["attack_minimax"] > found["benign_minimax"]
    assert 0 < read("deepfool")["median_distance"] < 4
    assert {path.stem for path in Path("pgd/figures").glob("*.png")} == {"accuracy", "images"}
    assert begun(f"task=attack {more} task.network=ensemble task.epsilons=[0.2] hydra.run.dir=average")[0] == 0
    assert begun(f"task=attack {more} task.defence=50 task.epsilons=[0.2] hydra.run.dir=defended")[0] == 0


def test_of_a_pruned_run_the_pruned_network_is_attacked(begun):
    """Its own dense network stands beside it, and is the one that the run began with."""
    short = "task=prune from=begun data.limit=300 task.epochs=2 pruning.compression=20 threads=1"
    assert begun(f"{short} storage=float32 hydra.run.dir=pruned")[0] == 0
    for place, words in (("a", "from=pruned"), ("b", "from=pruned task.network=dense"), ("c", "from=begun")):
        words += f" task.examples=200 task.method=fgsm task.epsilons=[0.1] threads=1 hydra.run.dir={place}"
        assert begun(f"task=attack {words}")[0] == 0
    sparse, dense, whole = (read(place) for place in "abc")
    assert dense["robust_accuracy"] == whole["robust_accuracy"]
    assert sparse["robust_accuracy"] != dense["robust_accuracy"]
    assert sparse["clean_accuracy"] == pytest.approx(1 - on_first(200), abs=1e-9)


def on_first(count):
    """The error of the pruned network's file on the first test images, read by the library alone."""
    import torch

    from physlearn.data import dataset
    from physlearn.models import MLP  # LeNet-300-100 is one
    from physlearn.pruning.storage import unpack

    data = dataset.load("digits", limit=300)
    weights = unpack(Path("pruned/network.plnet").read_bytes())
    model = MLP(data.shape, 10, (300, 100))
    model.load_state_dict(weights)
    with torch.no_grad():
        return float((model(data.test_x[:count]).argmax(1) != data.test_y[:count]).float().mean())


def test_what_cannot_be_attacked(begun, tmp_path):
    for words, line in (
        ("from=begun task.network=sparse", "task.network=sparse: begun holds dense, ensemble"),
        ("from=begun task.network=ensemble task.members=9999", "task.members=9999: begun holds"),
        ("from=nowhere", "from=nowhere: no run lies there"),
        ("", "from is missing"),
        ("from=begun task.epsilons=[-0.1]", "task.epsilons"),
        ("from=begun task.defence=101", "task.defence"),
    ):
        code, printed = begun(f"task=attack {words} hydra.run.dir=refused".replace("  ", " "))
        assert code == 2
        assert line in printed.err
        assert printed.err.count("\n") == 1


def test_distances_of_the_nearest():
    import numpy as np

    clean = np.array([True, True, False])
    row = {"right": np.array([False, True, False]), "euclidean": np.array([0.7, 9.0, 0.0])}
    assert nearest(clean, row).tolist() == [0.7, np.inf, 0.0]
