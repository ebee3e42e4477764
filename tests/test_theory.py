"""docs/theory.md: the functions and tests that it names are there, and what only this page derives is measured."""

import ast
import math
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch

from physlearn.data.batches import epoch_permutation
from physlearn.dynamics.exact import epoch_variance, euler_variance
from physlearn.models import Dropout
from physlearn.tempering.exact import harmonic_acceptance

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "docs/theory.md").read_text()


@cache
def names_of(path: Path) -> set[str]:
    return {node.name for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)}


def missing(text: str) -> list[str]:
    """What a page names of the code and of the tests, and is not there."""
    names = [name for name in re.findall(r"`(physlearn\.[\w.]+)`", text) if not found(name)]
    for file, test in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text):
        names += [] if test in names_of(ROOT / file) else [f"{file}::{test}"]
    return names


def members(body: list[ast.stmt]) -> dict[str, list[ast.stmt]]:
    """Name -> what stands in it, of the functions and classes of a module or class."""
    return {node.name: node.body for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)}


def found(name: str) -> bool:
    """Whether a dotted name is a module, a public name of a package, or a member of one; read from the sources."""
    _, *parts = name.split(".")
    path = ROOT / "physlearn"
    while parts and (path / parts[0]).is_dir():
        path = path / parts.pop(0)
    calls = [node for node in ast.walk(ast.parse((path / "__init__.py").read_text())) if isinstance(node, ast.Call)]
    public = next((ast.literal_eval(call.args[1]) for call in calls if len(call.args) == 2), {})
    module = public.get(parts[0], parts[0])
    parts = parts if parts[0] in public else parts[1:]
    if not (path / f"{module}.py").exists():
        return False
    inside = ast.parse((path / f"{module}.py").read_text()).body
    for part in parts:
        if part not in (names := members(inside)):
            return False
        inside = names[part]
    return True


def test_what_the_page_names_is_there():
    assert len(re.findall(r"`tests/\w", TEXT)) > 20
    assert missing(TEXT) == []
    for section in re.split(r"^## ", TEXT, flags=re.MULTILINE)[1:]:
        assert "- Code: " in section, section[:30]
        assert "- Tests: " in section, section[:30]


def test_control_a_name_that_is_not_there_is_seen():
    text = "`physlearn.dynamics.Langevn` `physlearn.nothing.at_all` `tests/test_theory.py::test_nothing`"
    assert missing(text) == [
        "physlearn.dynamics.Langevn",
        "physlearn.nothing.at_all",
        "tests/test_theory.py::test_nothing",
    ]


def reshuffled(step, stiffness, gradients, epochs, chains):
    """(x^2 at the end of an epoch, its mean over an epoch) of each chain, (chain,) twice, after a burn-in."""
    x, batches = np.zeros(chains), len(gradients)
    at_end, over = np.zeros(chains), np.zeros(chains)
    rng, burn_in = np.random.default_rng(3), 2 * round(1 / (step * stiffness))
    for epoch in range(burn_in + epochs):
        order = rng.permuted(np.tile(np.arange(batches), (chains, 1)), axis=1)  # (chain, batch)
        for batch in order.T:
            x = x - step * (stiffness * x + gradients[batch])
            over += x**2 / batches if epoch >= burn_in else 0
        at_end += x**2 if epoch >= burn_in else 0
    return at_end / epochs, over / epochs


def test_reshuffled_epochs_heat_less():
    """h = .05, k = 1, ten batches: .023 of hC/2's variance at the end of an epoch, .17 on average; fresh batches: 1."""
    step, stiffness = 0.04, 1.25
    gradients = np.random.default_rng(1).normal(size=10)
    gradients -= gradients.mean()
    noise = float((gradients**2).mean())  # C of one batch out of the ten
    exact = epoch_variance(step, stiffness, noise, 10)
    for measured, truth in zip(reshuffled(step, stiffness, gradients, 20, 2000), exact, strict=True):
        error = measured.std() / math.sqrt(len(measured))
        assert abs(measured.mean() - truth) < 4 * error
        assert error < 0.03 * truth
    law = euler_variance(step, stiffness, 0.0, noise)
    assert [round(value / law, 3) for value in exact] == [0.023, 0.166]


def test_an_epoch_of_the_lab_is_a_permutation():
    """So that the noises of its batches add up to zero."""
    for epoch in range(3):
        assert sorted(epoch_permutation(30, 1, epoch).tolist()) == list(range(30))


def test_the_energy_averaged_over_masks():
    """(y - W.x)^2/2 + p/(2(1-p)) sum_j x_j^2 W_j^2, by every mask with its probability and by the lab's own layer."""
    generator = torch.Generator().manual_seed(4)
    W, x = torch.randn(2, 5, generator=generator, dtype=torch.float64)
    y, p = 0.7, 0.3
    masks = torch.cartesian_prod(*[torch.tensor([0.0, 1.0], dtype=torch.float64)] * 5)  # (mask, input)
    chance = (p ** (1 - masks) * (1 - p) ** masks).prod(1)
    enumerated = float((chance * (y - masks @ (W * x) / (1 - p)) ** 2 / 2).sum())
    plain, ridge = float((y - W @ x) ** 2 / 2), float(p / (2 * (1 - p)) * (x**2 * W**2).sum())
    assert enumerated == pytest.approx(plain + ridge, rel=1e-12)
    each = (y - Dropout(p, generator)(x.expand(100_000, 5)) @ W) ** 2 / 2
    error = float(each.std()) / math.sqrt(len(each))
    assert abs(float(each.mean()) - plain - ridge) < 4 * error
    assert ridge > 20 * error  # a ridge of p/2, or none, would be seen


@pytest.mark.parametrize("degrees", [1000, 50_610])
def test_the_rejection_of_near_temperatures(degrees):
    """1 - <A> = erf(eps sqrt(d/8)), and eps sqrt(d/2 pi) where that is small."""
    for rejected, tolerance in ((0.05, 0.01), (0.5, 0.03)):
        ratio = 1 + rejected * math.sqrt(2 * math.pi / degrees)
        exact = 1 - harmonic_acceptance(degrees, ratio)
        assert exact == pytest.approx(math.erf((ratio - 1) * math.sqrt(degrees / 8)), rel=tolerance)
    small = 1 + 0.05 * math.sqrt(2 * math.pi / degrees)
    assert 1 - harmonic_acceptance(degrees, small) == pytest.approx(0.05, rel=0.02)
