"""task=landscape reads a finished run: the energies are those of its samples, and a stopped run goes on alike."""

import csv
from functools import partial

import numpy as np
import pytest
import torch
from stopping import Stopped, checked, run_task

import physlearn
from physlearn.landscape.exact import walk_fractions
from physlearn.landscape.laws import whole_hessian
from physlearn.tasks.landscape import run as landscape
from physlearn.tasks.train import report as train_report

run = partial(run_task, landscape.run)
WORDS = (
    "threads=1 model=mlp model.widths=[4] data.limit=120 task.batch_size=20 task.epochs=10 dropout=constant "
    "dropout.start=0.3 temperature=linear temperature.start=0.05 ensemble.burn_in=0.2 ensemble.keep=9 task.log_every=1"
)
SMALL = ("task=landscape", "threads=1", "task.points=3", "task.eigenvalues=2", "task.samples=3")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("landscape")
    from physlearn import __main__ as front_door

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train_report, "draw", lambda *_: None)
        patch.chdir(folder)
        patch.setattr("sys.argv", ["physlearn", *WORDS.split(), "hydra.run.dir=run"])
        with pytest.raises(SystemExit) as end:
            front_door.main()
        assert end.value.code == 0
    return folder / "run"


@pytest.fixture(scope="module")
def read(trained, tmp_path_factory):
    directory = tmp_path_factory.mktemp("read") / "landscape"
    return directory, run(directory, checked(*SMALL, f"from={trained}"))


def columns(directory, name):
    with (directory / "figures" / f"{name}.csv").open() as file:
        rows = list(csv.DictReader(file))
    return {key: np.array([float(row[key]) for row in rows if row[key]]) for key in rows[0]}


def exact_energy(there, weights):
    """E at a row of weights by the network itself: loss without masks, and the prior."""
    network, lambdas = there.network.double(), there.result["weight_decay"]
    torch.nn.utils.vector_to_parameters(weights, network.parameters())
    with torch.no_grad():
        loss = there.likelihood.energy(network.eval()(there.data.train_x.double()), there.data.train_y)
    named = list(network.named_parameters())
    assert len(named) == 2 * len(lambdas)  # weight and bias of each layer
    prior = sum(lambdas[i // 2] / 2 * float(p.detach().square().sum()) for i, (_, p) in enumerate(named))
    return float(loss) + prior


def test_the_middle_of_the_random_plane_is_the_energy_of_the_last_sample(trained, read):
    there = physlearn.load(trained)
    last = torch.cat([there.samples[name][-1].flatten() for name, _ in there.network.named_parameters()]).double()
    drawn = columns(read[0], "planes")
    name = landscape.RANDOM
    middle = (drawn[f"{name} a"] == 0) & (drawn[f"{name} b"] == 0)
    assert drawn[f"{name} energy"][middle] == pytest.approx(exact_energy(there, last), rel=1e-9)
    assert (drawn[f"{name} energy"][~middle] != drawn[f"{name} energy"][middle]).all()
    assert drawn[f"{name} sample a"][-1] == pytest.approx(0, abs=1e-9)


def test_samples_stand_where_they_are_in_the_principal_plane(trained, read):
    """Coordinates, shares and temperatures of the samples, from the run's own files."""
    there, (directory, result) = physlearn.load(trained), read
    points = torch.cat([there.samples[name].flatten(1) for name, _ in there.network.named_parameters()], 1).double()
    path, drawn = columns(directory, "trajectory"), columns(directory, "planes")
    centred = points - points.mean(0)
    _, sizes, right = torch.linalg.svd(centred, full_matrices=False)
    for i, column in enumerate(("first", "second")):
        assert np.abs(path[column]) == pytest.approx((centred @ right[i]).abs().numpy(), abs=1e-6)
        assert drawn[f"{landscape.PRINCIPAL} sample {'ab'[i]}"] == pytest.approx(path[column], abs=1e-9)
    share = float(sizes[:2].square().sum() / sizes.square().sum())
    assert result["principal_fraction"] == pytest.approx(share)
    assert result["share_principal"] == pytest.approx(share)
    assert result["share_random"] < 0.1
    assert result["walk_fraction"] == pytest.approx(walk_fractions(9)[:2].sum())
    lines = {line: T for line, T in zip(there.metrics["step"], there.metrics["temperature"], strict=True)}
    assert path["temperature"] == pytest.approx([lines[step] for step in path["step"]])
    assert path["temperature"][0] > 3 * path["temperature"][-1]  # annealed: the colour says something


def test_the_eigenvalues_are_those_of_the_hessian_at_the_samples(trained, read):
    there, (_, result) = physlearn.load(trained), read
    found = []
    for i in (0, 4, 8):
        sample = {name: there.samples[name][i].double() for name, _ in there.network.named_parameters()}
        sizes = [w.numel() for w in sample.values()]
        x, y, network = there.data.train_x.double(), there.data.train_y, there.network.double().eval()
        decay = torch.repeat_interleave(
            torch.tensor(there.result["weight_decay"], dtype=torch.float64).repeat_interleave(2), torch.tensor(sizes)
        )

        def energy(w, sample=sample, sizes=sizes, decay=decay, network=network, x=x, y=y):
            named = dict(zip(sample, w.split(sizes), strict=True))
            named = {name: part.view(sample[name].shape) for name, part in named.items()}
            loss = there.likelihood.energy(torch.func.functional_call(network, named, (x,)), y)
            return loss + (decay * w.square()).sum() / 2

        hessian = whole_hessian(energy, torch.cat([w.flatten() for w in sample.values()]))
        found.append(torch.linalg.eigvalsh(hessian).flip(0)[:2])
    assert result["hessian_eigenvalues"] == pytest.approx(torch.stack(found).mean(0).tolist(), rel=2e-3)
    largest = torch.stack(found)[:, 0]
    assert result["hessian_largest_se"] == pytest.approx(float(largest.std() / 3**0.5), rel=0.02)
    assert result["step_size"] == there.config.optimizer.lr


def test_a_stopped_run_goes_on_bit_for_bit(trained, tmp_path, read):
    config = checked(*SMALL, f"from={trained}", "task.checkpoint_every=4")
    with pytest.raises(Stopped):
        run(tmp_path / "run", config, stop=8)  # of 6 rows and 3 spectra
    again = run(tmp_path / "run", config)
    assert again == read[1]
    assert (tmp_path / "run/figures/planes.csv").read_text() == (read[0] / "figures/planes.csv").read_text()


def test_a_run_that_is_none_is_refused_in_one_line(refused, trained, tmp_path):
    refused("task=landscape from=nowhere", "from=nowhere: no run lies there")
    refused("task=landscape", "from")
    refused(f"task=landscape from={trained} task.points=2", "task.points=2")
