"""What a denoiser takes out, against what it should, where both are known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from doubles import MEAN, GaussianPrior
from scipy.ndimage import gaussian_filter
from skimage import data

from napari_flowprior import FlowPrior
from napari_flowprior.restoration.noise import agreement

SPREAD, NOISE = 0.2, 0.1


def drawn(channels: int = 1) -> torch.Tensor:
    """Draw images of the Gaussian prior, under noise."""
    rng = np.random.default_rng(0)
    deviation = float(np.hypot(SPREAD, NOISE))
    return torch.from_numpy(rng.normal(MEAN, deviation, (8, channels, 64, 64)))


@pytest.mark.parametrize("told", [0.05, 0.1, 0.2])
@pytest.mark.parametrize("channels", [1, 3])
def test_closed_form_of_a_gaussian_prior(told: float, channels: int) -> None:
    """It takes out ``t^2 / (p^2 + t^2)`` of all, of the variance ``p^2 + s^2``."""
    found = agreement(GaussianPrior(SPREAD, channels), drawn(channels), told)
    expected = (SPREAD**2 + NOISE**2) / (SPREAD**2 + told**2)
    assert found.white == pytest.approx(expected, rel=0.03)
    assert found.total == pytest.approx(expected, rel=0.03)
    assert found.fine == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize("side", [16, 24, 40])
def test_bands_that_small_images_lack_count_for_nothing(side: int) -> None:
    rng = np.random.default_rng(0)
    deviation = float(np.hypot(SPREAD, NOISE))
    batch = torch.from_numpy(rng.normal(MEAN, deviation, (64, 1, side, side)))
    found = agreement(GaussianPrior(SPREAD), batch, NOISE)
    assert found.total == pytest.approx(1, rel=0.05)


def test_what_is_taken_out_is_given_as_well() -> None:
    prior, batch = GaussianPrior(SPREAD), drawn()
    found = agreement(prior, batch, NOISE)
    expected = batch - prior.denoise(batch, NOISE)
    np.testing.assert_allclose(found.change, expected, atol=1e-12)


@pytest.mark.parametrize("width", [0.0, 1.5])
def test_noise_of_any_spectrum_adds_up(width: float) -> None:
    prior = FlowPrior.load("photo-gray")
    noise = np.random.default_rng(1).standard_normal((4, 1, 64, 64))
    noise = gaussian_filter(noise, (0, 0, width, width), mode="wrap")
    scene = data.camera()[128:256, 192:320] / 255
    tiles = np.stack([scene[y : y + 64, x : x + 64] for y in (0, 64) for x in (0, 64)])
    noisy = tiles[:, None] + 0.06 * noise / noise.std()
    batch = torch.from_numpy(noisy).float()
    low, level, high = (agreement(prior, batch, share * 0.06) for share in (0.5, 1, 2))
    assert low.total > 1.15
    assert level.total == pytest.approx(1, abs=0.25)
    assert high.total < 0.75
    if width:
        assert level.fine < 0.6 * level.total
    else:
        assert level.white == pytest.approx(1, abs=0.12)


def test_nothing_agrees_where_there_is_no_noise() -> None:
    prior = FlowPrior.load("photo-gray")
    scene = data.camera()[128:192, 192:256] / 255
    batch = torch.from_numpy(scene[None, None]).float()
    for level in (2, 5, 15):
        assert agreement(prior, batch, level / 255).total < 0.95
