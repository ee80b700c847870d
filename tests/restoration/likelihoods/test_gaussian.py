"""The Gaussian data term."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.stats import truncnorm

from napari_flowprior.restoration import GaussianLikelihood, Identity, Mask


def test_energy_counts_what_is_seen_only() -> None:
    known = torch.tensor([[[[True, False]]]])
    likelihood = GaussianLikelihood(
        torch.tensor([[[[1.0, 0.0]]]]), Mask(known), sigma=0.5
    )
    energy = likelihood.energy(torch.tensor([[[[0.0, 100.0]]]]))
    torch.testing.assert_close(energy, torch.tensor([2.0]))


def test_finish_puts_back_what_is_exact() -> None:
    y = torch.rand(1, 1, 4, 4)
    known = torch.rand(1, 1, 4, 4) > 0.5
    x = torch.rand(1, 1, 4, 4)
    exact = GaussianLikelihood(y, Mask(known), sigma=0.0).finish(x)
    assert torch.equal(exact[known], y[known])
    assert torch.equal(exact[~known], x[~known])
    assert torch.equal(GaussianLikelihood(y, Mask(known), 0.1).finish(x), x)


@pytest.mark.parametrize("map_of_levels", [False, True])
def test_what_was_cut_off_is_drawn_as_noise_has_it(map_of_levels: bool) -> None:
    """Normal distributions about an image, of which the part beyond the end is left."""
    y = torch.full((1, 1, 300, 300), 0.4, dtype=torch.float64)
    y[..., :100, :], y[..., 100:200, :] = 0.0, 1.0
    levels = torch.full_like(y, 0.3) if map_of_levels else None
    likelihood = GaussianLikelihood(y, Identity(), 0.3, levels, clipped=(True, True))
    x, spread = torch.full_like(y, 0.7), 0.4
    drawn = likelihood.uncut(x, np.random.default_rng(0), spread)
    assert torch.equal(drawn[..., 200:, :], y[..., 200:, :])
    std = math.hypot(0.3, spread)
    for rows, ends in ((slice(100), (-9, 0)), (slice(100, 200), (1, 9))):
        exact = truncnorm(*((end - 0.7) / std for end in ends), loc=0.7, scale=std)
        part = drawn[..., rows, :]
        assert part.mean().item() == pytest.approx(exact.mean(), abs=0.01)
        assert part.std().item() == pytest.approx(exact.std(), rel=0.02)
        assert ends[0] <= part.min() <= part.max() <= ends[1]


def test_only_ends_where_noise_is_cut_off_are_drawn() -> None:
    y = torch.tensor([[[[0.0, 0.5, 1.0]]]])
    rng = np.random.default_rng(0)
    dark = GaussianLikelihood(y, Identity(), 0.1, clipped=(True, False)).uncut(y, rng)
    assert dark[0, 0, 0, 0] < 0
    assert torch.equal(dark[..., 1:], y[..., 1:])
    assert torch.equal(GaussianLikelihood(y, Identity(), 0.1).uncut(y, rng), y)


def test_what_is_left_about_a_posterior_mean() -> None:
    """In closed form, for pixels N(m, s^2): s sigma / sqrt(s^2 + sigma^2)."""
    rng = np.random.default_rng(0)
    x = torch.from_numpy(rng.normal(0.5, 0.05, (1, 1, 400, 400)))
    noisy = x + 0.3 * torch.from_numpy(rng.normal(size=x.shape))
    whole = GaussianLikelihood(noisy, Identity(), 0.3)
    mean = 0.5 + (noisy - 0.5) * 0.05**2 / (0.05**2 + 0.3**2)
    exact = 0.05 * 0.3 / math.hypot(0.05, 0.3)
    assert whole.left_about(mean) == pytest.approx(exact, rel=0.1)
    cut = GaussianLikelihood(noisy.clamp(0, 1), Identity(), 0.3, clipped=(True, True))
    # Whoever knows the image has nothing left.
    assert cut.left_about(x) < 0.02
    assert cut.left_about(torch.full_like(x, 0.5)) == pytest.approx(0, abs=0.06)
