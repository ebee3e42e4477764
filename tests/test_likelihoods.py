"""Likelihoods against distributions written out by scipy; every symbol at a value other than 0 and 1."""

import numpy as np
import pytest
import torch
from scipy import stats

from physlearn.likelihoods import Categorical, Gaussian, likelihood

MEAN, STD = torch.tensor([3.0, -7.0]).double(), torch.tensor([2.5, 0.4]).double()
VARIANCE = 0.3


def normals(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_the_gaussian_energy_is_the_negative_log_density():
    f, y = normals(40, 2), normals(40, 2, seed=1)
    own = Gaussian(VARIANCE, MEAN, STD)
    expected = -stats.norm(f, VARIANCE**0.5).logpdf(y).sum(1).mean()
    assert float(own.energy(f, y)) == pytest.approx(expected, rel=1e-12)


def test_the_scores_of_a_mixture_are_in_the_targets_own_units():
    """RMSE of the mean, NLL of the mixture and its central intervals, by scipy and by numerical quantiles."""
    f, y = 0.5 * normals(7, 300, 2), normals(300, 2, seed=1)
    own = Gaussian(VARIANCE, MEAN, STD)
    found = own.scores(own.predict(f), y)
    F, Y, S = (
        f.numpy() * STD.numpy() + MEAN.numpy(),
        y.numpy() * STD.numpy() + MEAN.numpy(),
        STD.numpy() * VARIANCE**0.5,
    )
    assert found["rmse"] == pytest.approx(np.sqrt(((F.mean(0) - Y) ** 2).mean()), rel=1e-12)
    density = stats.norm(F, S).pdf(Y).prod(-1).mean(0)
    assert found["nll"] == pytest.approx(-np.log(density).mean(), rel=1e-10)
    grid = np.linspace(-30, 30, 40001)[:, None]
    for mass in (68, 95):
        inside = []
        for i in range(60):
            for k in range(2):
                at = MEAN[k].item() + STD[k].item() * grid / 3
                cdf = stats.norm(F[None, :, i, k], S[k]).cdf(at).mean(1)
                low, high = np.interp([0.5 - mass / 200, 0.5 + mass / 200], cdf, at[:, 0])
                inside.append(low <= Y[i, k] <= high)
        few = own.scores(f[:, :60], y[:60])
        assert few[f"coverage_{mass}"] == pytest.approx(np.mean(inside), abs=1e-12)


def test_intervals_cover_what_they_say_and_a_wrong_variance_does_not():
    """y = f + noise of variance sigma^2: coverage within 4 standard errors; at twice the variance far outside."""
    f = normals(1, 5000, 2)
    y = f[0] + VARIANCE**0.5 * normals(5000, 2, seed=3)
    own, wide = (Gaussian(v, MEAN, STD).scores(f, y) for v in (VARIANCE, 2 * VARIANCE))
    for mass in (0.68, 0.95):
        error = (mass * (1 - mass) / 10000) ** 0.5
        key = f"coverage_{100 * mass:.0f}"
        assert abs(own[key] - mass) < 4 * error
        assert wide[key] - mass > 4 * error


def test_the_categorical_scores_are_those_of_the_mean_probability():
    logits, y = 2 * normals(5, 50, 4), torch.randint(4, (50,), generator=torch.Generator().manual_seed(2))
    own = Categorical()
    p = logits.softmax(-1).mean(0)
    found = own.scores(own.predict(logits), y)
    assert found["nll"] == pytest.approx(float(-p[torch.arange(50), y].log().mean()), rel=1e-12)
    assert found["error"] == float((p.argmax(1) != y).double().mean())
    assert float(own.energy(logits[0], y)) == pytest.approx(
        float(-logits[0].softmax(-1)[torch.arange(50), y].log().mean()), rel=1e-12
    )


def test_the_loss_follows_the_targets_and_what_does_not_fit_is_refused():
    assert isinstance(likelihood("auto", 0.5, 10, None, None), Categorical)
    assert likelihood("auto", 0.2, None, MEAN, STD).noise_variance == 0.2
    with pytest.raises(ValueError, match=r"task.loss=gaussian: the targets of these data are 10 classes"):
        likelihood("gaussian", 0.5, 10, None, None)
    with pytest.raises(ValueError, match=r"task.loss=categorical: the targets of these data are real numbers"):
        likelihood("categorical", 0.5, None, MEAN, STD)


def test_noise_that_does_not_fit_is_told_with_the_variance_that_would():
    """Residuals of variance 0.02 in units of the targets', sigma^2 = 0.02, 0.5, 0.002; 68.3 % lie within one sigma."""
    generator = torch.Generator().manual_seed(0)
    f = torch.randn(1, 4000, 2, generator=generator)
    y = f[0] + 0.02**0.5 * torch.randn(4000, 2, generator=generator)

    def told(variance):
        own = Gaussian(variance, torch.tensor([5.0, -1.0]), torch.tensor([3.0, 3.0]))
        return own.misfit(own.scores(f, y), 4000)

    assert told(0.02) == ""
    assert "task.noise_variance=0.5 is too large, the residuals have 0.02" in told(0.5)
    assert "task.noise_variance=0.002 is too small, the residuals have 0.02" in told(0.002)
    few = Gaussian(0.5, torch.zeros(2), torch.ones(2))
    assert few.misfit({"coverage_68": 1.0, "rmse": 0.1}, 30)  # 0.32 is 3.8 binomial errors
    assert not few.misfit({"coverage_68": 1.0, "rmse": 0.1}, 15)  # 2.7
