"""task=recall: what a finished run says of its patterns, its start and its end, against the states themselves."""

import json
from types import SimpleNamespace

import pytest
import torch
from stopping import checked, run_task

from physlearn.hopfield.classical import HopfieldNetwork
from physlearn.lab.checkpoints import newest_readable
from physlearn.tasks.recall import report as recall_report
from physlearn.tasks.recall import run as recall

WORDS = (
    *("task=recall", "threads=1", "task.patterns=6", "task.sweeps=5", "hopfield=hebb", "hopfield.corruption=mask"),
    *(
        "temperature=linear",
        "temperature.start=0.9",
        "temperature.value=0.3",
        "temperature.fraction=0.5",
        "precision=float64",
    ),
)


@pytest.fixture(autouse=True, scope="module")
def no_pictures():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recall_report, "draw", lambda *_: None)
        yield


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """One run, with the patterns, the start and the end that it saw."""
    directory, seen = tmp_path_factory.mktemp("recall") / "run", {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            recall,
            "report",
            lambda *given: seen.update(patterns=given[2].patterns, known=given[2].known) or report(*given),
        )
        result = run_task(recall.run, directory, checked(*WORDS))
    state = newest_readable(directory / "checkpoints")["state"]
    lines = [json.loads(line) for line in result.pop("metrics.jsonl").splitlines()]
    return SimpleNamespace(**seen, result=result, start=state["shown"]["0"], end=state["states"], lines=lines)


report = recall.report


def test_results_are_those_of_the_states(finished):
    xi, start, end, known = finished.patterns, finished.start, finished.end, finished.known
    network, n, result = HopfieldNetwork(xi), xi.shape[1], finished.result
    m = (end * xi).mean(1)
    wrong = (end != xi).double()
    assert 0.05 < wrong.mean() < 0.6, "neither perfect nor lost: else a mix-up would not show"
    expected = {
        "overlap": m.mean(),
        "overlap_se": m.std() / 6**0.5,
        "pixel_error": wrong.mean(),
        "pixel_error_se": wrong.mean(1).std() / 6**0.5,
        "hidden_pixel_error": wrong[:, ~known].mean(),
        "hidden_pixel_error_dark": (xi[:, ~known] > 0).double().mean(),
        "recalled": (wrong.mean(1) <= 0.05).double().mean(),
        "overlap_start": (start * xi).mean(),
        "pixel_error_start": (start != xi).double().mean(),
        "energy_start": network.energy(start).mean() / n,
        "energy": network.energy(end).mean() / n,
        "energy_stored": network.energy(xi).mean() / n,
        "unstable_pixels": (network.fields(xi) * xi < 0).double().mean(),
        "correlation": torch.tensor([float((xi[a] * xi[b]).mean()) for a in range(6) for b in range(a)]).mean(),
    }
    assert {name: result[name] for name in expected} == pytest.approx({k: float(v) for k, v in expected.items()})
    assert result["distinct_states"] == len({tuple(row.tolist()) for row in end})
    assert (result["patterns"], result["neurons"], result["load"]) == (6, 64, 6 / 64)


def test_the_known_half_is_given_and_held_and_the_rest_is_guessed_at_random(finished):
    known = finished.known
    assert int(known.sum()) == 32
    assert torch.equal(finished.start[:, known], finished.patterns[:, known])
    assert torch.equal(finished.end[:, known], finished.patterns[:, known])
    hidden = finished.start[:, ~known]  # 192 spins
    assert set(hidden.unique().tolist()) == {-1, 1}
    assert abs(float(hidden.mean())) < 4 / 192**0.5


def test_the_temperature_falls_along_its_schedule(finished):
    assert [line["temperature"] for line in finished.lines] == pytest.approx([0.9, 0.66, 0.42, 0.3, 0.3])
    assert finished.lines[-1]["overlap"] == pytest.approx(finished.result["overlap"])
    assert finished.lines[-1]["energy"] == pytest.approx(finished.result["energy"])


def test_another_seed_has_another_start_and_other_thermal_noise(tmp_path):
    ends = []
    for seed in (0, 1):
        words = [*WORDS, f"seed={seed}", "hopfield.corruption=flip", "hopfield.amount=0"]
        run_task(recall.run, tmp_path / f"{seed}", checked(*words))
        ends.append(newest_readable(tmp_path / f"{seed}" / "checkpoints")["state"]["states"])
    assert not torch.equal(*ends), "the start is the same, the noise is not"


@pytest.mark.parametrize("amount", ["auto", "0.3"])
def test_noise_is_as_strong_as_typed(tmp_path, amount):
    """`noise` of sigma turns a spin over with probability Phi(-1/sigma); auto is .7."""
    words = ("task=recall", "threads=1", "hopfield=hebb", "hopfield.corruption=noise", "task.patterns=200")
    result = run_task(recall.run, tmp_path / "run", checked(*words, f"hopfield.amount={amount}", "task.sweeps=1"))
    sigma = 0.7 if amount == "auto" else float(amount)
    share = float(torch.special.ndtr(torch.tensor(-1 / sigma)))
    assert abs(result["pixel_error_start"] - share) < 4 * (share * (1 - share) / 12_800) ** 0.5


def test_a_dense_memory_holds_what_is_known(tmp_path):
    """With the known half held the other half alone is wrong."""
    words = ("task=recall", "threads=1", "hopfield=dense", "hopfield.corruption=mask", "task.patterns=300")
    result = run_task(recall.run, tmp_path / "run", checked(*words, "hopfield.clamp=true", "task.sweeps=2"))
    assert result["pixel_error"] == pytest.approx(result["hidden_pixel_error"] / 2)
    assert result["pixel_error"] > 0.01


def test_the_modern_memorys_beta_tells_patterns_apart_that_differ_in_a_fifth_of_their_products():
    memory = recall.make_memory(checked("task=recall", "hopfield=modern").hopfield, torch.ones(2, 100))
    assert memory.beta * 0.2 * 100 == pytest.approx(8)
