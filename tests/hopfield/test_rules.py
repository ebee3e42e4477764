"""Learning rules and dilution: alignment, the local rule written out, what pruning leaves."""

import math

import pytest
import torch

from physlearn.hopfield.capacities import capacity
from physlearn.hopfield.classical import HopfieldNetwork
from physlearn.hopfield.patterns import overlap, random_patterns
from physlearn.hopfield.sparse_couplings import diluted
from physlearn.hopfield.theory import signal_kept


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def test_projection_aligns_every_pattern_and_its_mean_alignment_is_one_minus_alpha():
    """xi_i h_i = 1 - (J with diagonal)_ii: positive for every bit, 1 - P/N in the mean, exactly; Hebb's is not."""
    for count, neurons in ((30, 100), (85, 100), (99, 100)):
        xi = random_patterns(count, neurons, seeded(1), torch.float64)
        aligned = HopfieldNetwork(xi, "projection").fields(xi) * xi
        assert float(aligned.mean()) == pytest.approx(1 - count / neurons, abs=1e-9)
        assert float(aligned.min()) > 0
        torch.testing.assert_close(aligned, aligned[:1].expand_as(aligned), rtol=0, atol=1e-9)  # 1 - J_ii for all mu
    hebb = HopfieldNetwork(xi).fields(xi) * xi
    assert float(hebb.min()) < 0


def test_projection_with_its_diagonal_would_keep_any_alignment_at_one():
    """Negative control: with the diagonal kept the alignment is 1 whatever alpha is."""
    xi = random_patterns(30, 100, seeded(1), torch.float64)
    full = xi.T @ torch.linalg.solve(xi @ xi.T, xi)
    assert float((xi @ full * xi).mean()) == pytest.approx(1.0)
    torch.testing.assert_close(full - full.diagonal().diag(), HopfieldNetwork(xi, "projection").weights)


def test_storkey_is_the_rule_of_the_paper_written_out():
    """J_ij += (xi_i xi_j - xi_i h_ji - h_ij xi_j)/N, h_ij = sum over k other than i and j."""
    xi, n = random_patterns(5, 9, seeded(2), torch.float64), 9
    j = torch.zeros(n, n, dtype=torch.float64)
    for x in xi:
        old = j.clone()
        h = torch.tensor(
            [[sum(old[a, k] * x[k] for k in range(n) if k not in (a, b)) for b in range(n)] for a in range(n)],
            dtype=torch.float64,
        )
        j = old + (torch.outer(x, x) - x[:, None] * h.T - h * x[None, :]) / n
        j.fill_diagonal_(0)
    torch.testing.assert_close(HopfieldNetwork(xi, "storkey").weights, j, rtol=0, atol=1e-14)


def test_storkey_stores_where_hebb_has_failed():
    """N = 300, alpha = .2: above Hebb's .138 and near N/sqrt(2 ln N)/N = .296."""
    xi = random_patterns(60, 300, seeded(3))
    hebb, storkey = (HopfieldNetwork(xi, rule) for rule in ("hebb", "storkey"))
    assert float(overlap(storkey.recall(xi), xi).mean()) > 0.98
    assert float(overlap(hebb.recall(xi), xi).mean()) < 0.8
    assert capacity(300, "hebb") < 60 < capacity(300, "storkey") < capacity(300, "projection")


@pytest.mark.parametrize("by", ["magnitude", "random"])
@pytest.mark.parametrize("fraction", [0.1, 0.37, 1.0])
def test_dilution_keeps_the_exact_count_symmetric_and_rescaled(by, fraction):
    weights = HopfieldNetwork(random_patterns(6, 40, seeded(1))).weights  # few values: ties everywhere
    left = diluted(weights + torch.tensor(1e-3), fraction, by, seeded(2))
    kept = left != 0
    assert int(kept.triu(1).sum()) == round(fraction * 40 * 39 / 2)
    assert torch.equal(left, left.T)
    torch.testing.assert_close(left[kept] * fraction, (weights + 1e-3)[kept])
    if by == "magnitude" and fraction < 1:
        off = ~torch.eye(40, dtype=torch.bool)
        assert weights[kept].add(1e-3).abs().min() >= weights[off & ~kept].add(1e-3).abs().max() - 1e-9


def test_magnitude_keeps_the_share_c_of_f_of_the_signal():
    """sum J^2 over the largest fraction f is c(f); a random fraction keeps f (negative control)."""
    noise = torch.randn(700, 700, generator=seeded(4), dtype=torch.float64)
    weights = (noise + noise.T).fill_diagonal_(0)
    total = float(weights.square().sum())
    for fraction in (0.5, 0.1):
        share = {by: float((diluted(weights, fraction, by, seeded(5)) * fraction).square().sum()) / total
                 for by in ("magnitude", "random")}  # fmt: skip
        assert share["magnitude"] == pytest.approx(signal_kept(fraction), abs=4 * math.sqrt(3 / 245_000))
        assert share["random"] == pytest.approx(fraction, abs=4 * math.sqrt(3 / 245_000))


def test_a_diluted_copy_leaves_the_network_alone():
    network = HopfieldNetwork(random_patterns(4, 40, seeded(1)))
    before = network.weights.clone()
    network.dilute(0.2)
    assert torch.equal(network.weights, before)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda n: n.dilute(0.0), r"\(0, 1\], got 0.0"),
        (lambda n: n.dilute(1.5), "got 1.5"),
        (lambda n: n.dilute(0.5, "size"), "got 'size'"),
        (lambda n: signal_kept(0.0), "got 0.0"),
    ],
)
def test_bad_input_gets_one_clear_line(call, message):
    with pytest.raises(ValueError, match=message):
        call(HopfieldNetwork(torch.ones(1, 5)))
