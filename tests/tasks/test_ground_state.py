"""task=ground_state: it finds the energy, resumes bit for bit, ends as diverged, names what is wrong in one line."""

import json
from functools import partial

import pytest
from omegaconf import OmegaConf
from stopping import Stopped, checked, run_task

from physlearn.lab.errors import Diverged
from physlearn.quantum.exact import tfim_energy, tfim_entropies
from physlearn.tasks.ground_state import networks, products
from physlearn.tasks.ground_state import report as reports
from physlearn.tasks.ground_state import run as ground_state

config = partial(checked, "task=ground_state", "threads=1")
run = partial(run_task, ground_state.run)
MPS = ("system.size=8", "state.width=8", "state.sweeps=5")
RBM = (
    "state=rbm",
    "system.size=8",
    "state.width=1",
    "state.steps=24",
    "state.chains=30",
    "state.samples=12",
    "task.log_every=7",
)


def changed_by(base, word):
    """A config with one key changed: composing each anew takes longer than these runs."""
    return OmegaConf.merge(base, OmegaConf.from_dotlist([word] if word else []))


@pytest.fixture
def unseen(monkeypatch):
    """No pictures are drawn."""
    for name in ("convergence", "entropy", "local_energies"):
        monkeypatch.setattr(reports.figures, name, lambda *_: None)
    monkeypatch.setattr("physlearn.lab.bench.save_figure", lambda *_: None)


@pytest.mark.usefixtures("unseen")
@pytest.mark.parametrize(
    ("words", "cut"),
    [
        (MPS, 17),
        (("state.method=imaginary_time", *MPS), 31),
        (("system.periodic=true", *RBM), 10),
        (("system=heisenberg", *RBM, "state.biases=true"), 30),
        (("system.periodic=true", *RBM, "state.complex=true", "state.biases=true", "state.replicas=3"), 10),
        (("system=heisenberg", *RBM, "state.complex=true", "state.sign_rule=false", "state.replicas=2"), 30),
        (("system.periodic=true", *RBM[1:], "state=convolution", "state.kernel=3"), 10),
    ],
    ids=[
        "dmrg",
        "imaginary time",
        "rbm",
        "rbm in its last samples",
        "complex on ladders",
        "complex in its last samples",
        "convolution",
    ],
)
def test_resumed_is_straight(tmp_path, words, cut):
    cfg = config(*words, f"task.checkpoint_every={cut}")
    whole = run(tmp_path / "whole", cfg)
    with pytest.raises(Stopped):
        run(tmp_path / "cut", cfg, stop=cut)
    assert run(tmp_path / "cut", cfg) == whole
    assert whole["metrics.jsonl"].count("\n") == whole.get("sweeps", 3)


def test_a_matrix_product_state_beside_free_fermions(tmp_path):
    result = run(tmp_path / "run", config("system.size=12", "system.field=0.8"))
    assert result["energy"] == pytest.approx(tfim_energy(12, 1.0, 0.8), rel=1e-11)
    assert abs(result["relative_error"]) < 1e-11
    assert result["entropies"] == pytest.approx(tfim_entropies(12, 1.0, 0.8), abs=1e-6)
    assert result["entropy_half"] == result["entropies"][5]
    assert result["sweeps"] < 30  # it ends where it has converged
    assert result["vector"] == 2.0**12
    for name in ("convergence", "entropy"):
        assert (tmp_path / "run" / "figures" / f"{name}.png").exists()


@pytest.mark.usefixtures("unseen")
@pytest.mark.slow
def test_a_network_beside_its_enumeration(tmp_path):
    """The keys are read: the width and the sign rule change what is found."""
    words = ("system=heisenberg", "system.size=8", "system.periodic=true", *RBM[2:], "state=rbm")
    words = (*words, "state.steps=50", "state.chains=120", "state.width=2", "state.lr=0.1")
    result = run(tmp_path / "run", config(*words))
    assert result["parameters"] == 16
    assert 0 < result["relative_error"] < 1e-3
    assert abs(result["sampling_z"]) < 4
    assert result["relative_error"] == pytest.approx(
        (result["certified_energy"] - result["exact_energy"]) / abs(result["exact_energy"])
    )
    wrong = run(tmp_path / "wrong", config(*words, "state.sign_rule=false"))
    assert wrong["relative_error"] > 0.05
    assert wrong["energy"] > result["exact_energy"] - 4 * wrong["energy_se"]


@pytest.mark.usefixtures("unseen")
@pytest.mark.slow
def test_every_key_of_a_network_is_read(tmp_path):
    """What is logged after four steps changes with each of them; with none of them it is the same."""
    words = (
        "system.size=6",
        "system.periodic=true",
        "state=rbm",
        "state.steps=4",
        "state.chains=20",
        "state.samples=8",
    )
    changed = ["state.lr=0.2", "state.shift=3", "state.sweeps=2", "state.scale=0.2", "state.biases=true"]
    changed += ["state.width=1", "state.symmetric=false", "state.chains=30", "seed=1", "system.field=0.5"]
    changed += ["state.complex=true", "state.cell=2", "state.replicas=2"]
    base = config(*words, "task.log_every=1")
    runs = [run(tmp_path / str(i), changed_by(base, word)) for i, word in enumerate(["", "", *changed])]
    lines = [found["metrics.jsonl"] for found in runs]
    assert lines[0] == lines[1]
    assert len(set(lines)) == 1 + len(changed)


@pytest.mark.usefixtures("unseen")
@pytest.mark.slow
def test_every_key_of_a_convolution_and_of_a_ladder_is_read(tmp_path):
    words = ("system.size=6", "system.periodic=true", "state=convolution", "state.steps=3", "state.chains=10")
    words = (*words, "state.kernel=3", "state.samples=8", "state.replicas=2", "task.log_every=1")
    changed = ["state.kernel=2", "state.width=2", "state.scale=0.2", "state.hottest=2", "state.replicas=3"]
    base = config(*words)
    lines = [run(tmp_path / str(i), changed_by(base, w))["metrics.jsonl"] for i, w in enumerate(["", *changed])]
    assert len(set(lines)) == 1 + len(changed)


@pytest.mark.usefixtures("unseen")
def test_a_ladder_and_its_magnetisation_are_reported(tmp_path, monkeypatch):
    """At h = 0.3 J the chains sit in two wells, which is told; a ladder crosses, and its swaps are counted."""
    words = ("system.size=8", "system.periodic=true", "system.field=0.3", "state=rbm", "state.width=1")
    words = (*words, "state.steps=40", "state.chains=40", "state.samples=40", "state.lr=0.1")
    told = []
    monkeypatch.setattr("physlearn.lab.bench.Bench.say", lambda _, text: told.append(text))
    alone = run(tmp_path / "alone", config(*words))
    assert alone["magnetisation_r_hat"] > reports.WELLS
    assert any("do not cross between the wells of |psi|^2" in text for text in told)
    told.clear()
    ladder = run(tmp_path / "ladder", config(*words, "state.replicas=5", "state.hottest=8"))
    assert ladder["magnetisation_r_hat"] < reports.WELLS
    assert abs(ladder["magnetisation"]) < 4 * ladder["magnetisation_se"]
    assert ladder["exact_magnetisation"] == pytest.approx(0, abs=1e-9)
    assert len(ladder["swap_acceptance"]) == 4
    assert min(ladder["swap_acceptance"]) > 0.2
    assert not any("do not cross" in text for text in told)
    assert 0 < ladder["relative_error"] < 1e-3


@pytest.mark.usefixtures("unseen")
def test_h_and_lambda_follow_their_schedules(tmp_path, monkeypatch):
    cfg = config("system.size=6", "system.periodic=true", "state=rbm", "state.steps=4", "state.chains=20")
    plain = run(tmp_path / "plain", cfg)["certified_energy"]
    for name in ("step_at", "shift_at"):
        with monkeypatch.context() as changed:
            changed.setattr(networks, name, lambda *_: 0.3)
            assert run(tmp_path / name, cfg)["certified_energy"] != plain


@pytest.mark.usefixtures("unseen")
def test_every_key_of_a_matrix_product_state_is_read(tmp_path):
    words = ("system.size=8", "state.sweeps=8")
    changed = ["", "state.width=2", "state.relative=0.1", "state.tolerance=0.5", "state.sweeps=2"]
    base = config(*words)
    whole, narrow, cut, soon, few = (run(tmp_path / str(i), changed_by(base, word)) for i, word in enumerate(changed))
    assert whole["bond_max"] > 4
    assert (narrow["bond_max"], cut["bond_max"]) == (2, 2)
    assert whole["energy"] < narrow["energy"] < 0
    assert (few["sweeps"], soon["sweeps"]) == (2, 5) != whole["sweeps"]


@pytest.mark.usefixtures("unseen")
def test_imaginary_time_reads_its_step(tmp_path):
    words = ("state.method=imaginary_time", "system.size=6", "system.field=1.5", "state.width=8", "state.sweeps=20")
    near = run(tmp_path / "near", config(*words, "state.time_step=0.4"))
    far = run(tmp_path / "far", config(*words, "state.time_step=0.02"))
    assert abs(near["relative_error"]) < 1e-3 < far["relative_error"]


@pytest.mark.usefixtures("unseen")
def test_a_nan_ends_as_diverged(tmp_path, monkeypatch):
    nan = float("nan")
    monkeypatch.setattr(products.dmrg, "update_bond", lambda *_: (nan, nan))
    with pytest.raises(Diverged):
        run(tmp_path / "mps", config(*MPS))
    monkeypatch.setattr(networks, "moments", lambda *_: (None, None, nan))
    with pytest.raises(Diverged):
        run(tmp_path / "rbm", config(*RBM))


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("system=aklt state.width=1", "state.width=1 is not allowed: the ground state of this chain has bond 2"),
        (
            "system=aklt system.periodic=true state.width=3",
            "the ground state of this chain has bond 4. Type state.width=4",
        ),
        (
            "system.size=21 system.periodic=true",
            "system.size=21 is not allowed on a periodic chain: the closed form needs",
        ),
        ("system=heisenberg system.size=9 system.periodic=true", "system.size=9 is not allowed on a periodic chain"),
        ("system.periodic=true state.method=imaginary_time", "state.method=imaginary_time is for open chains"),
        (
            "system=aklt state=rbm",
            "neural states are for spins 1/2, and a site of the AKLT chain has 3 states. Type state=mps",
        ),
        ("state=convolution", "state=convolution is not allowed on an open chain"),
        (
            "state=convolution system.periodic=true system.size=8",
            "state.kernel=9 is not allowed: it must be a whole number from 1 to N = 8. Type state.kernel=8",
        ),
        ("state=rbm state.cell=2", "state.cell=2 is not allowed without translations. Type state.cell=1"),
        ("state=rbm state.cell=3 system.periodic=true", "state.cell=3 is not allowed: it must divide N = 64"),
        ("state=rbm state.replicas=4 state.hottest=1", "state.hottest=1 is not allowed: it must be a number > 1"),
        ("state=rbm state.replicas=0", "state.replicas=0 is not allowed"),
        ("state=rbm state.complex=1", "state.complex=1 is not allowed: it must be true or false"),
        ("system.size=2 system.periodic=true", "it must be a whole number >= 3 here. Type e.g. system.size=4"),
        ("system=heisenberg system.size=9 state=rbm", "S^z = 0 needs N even. Type e.g. system.size=10"),
        ("state=rbm state.symmetric=true", "state.symmetric=true is not allowed on an open chain"),
        (
            "system=ising",
            "system=ising is not allowed with task=ground_state: it is for task=temper. Type e.g. system=aklt",
        ),
        ("state=rbm state.bond=3", "there is no key state.bond"),
        ("state.chains=3", "state.chains"),
        ("system.field=-1", "system.field=-1 is not allowed: it must be a number >= 0"),
        ("system.coupling=0", "system.coupling=0 is not allowed: it must be a number > 0"),
        (
            "state.tolerance=1e-3 state.method=imaginary_time",
            "state.tolerance is not read by state.method=imaginary_time",
        ),
        ("state.width=0", "state.width=0 is not allowed"),
    ],
)
def test_bad_input_is_one_line(refused, words, line):
    refused(f"task=ground_state {words}", line)


def test_an_option_of_one_task_is_refused_by_another(refused):
    refused("task=temper system=tfim", "system=tfim is not allowed with task=temper: it is for task=ground_state")


def test_a_run_from_the_command(typed, tmp_path):
    """Bond 4 is enough on a ring, if the first sweeps have more (they stay 5 % above E_0 without)."""
    words = "task=ground_state system=aklt system.size=20 system.periodic=true state.width=4 threads=1"
    code, printed = typed(f"{words} hydra.run.dir=run")
    assert code == 0
    assert "-13.333333333333" in printed.out
    assert abs(json.loads((tmp_path / "run/result.json").read_text())["relative_error"]) < 1e-12
