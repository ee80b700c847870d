"""The most probable image, against closed forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from doubles import MEAN, GaussianPrior
from gaussian_case import SIGMA, posterior

from napari_flowprior import FlowPrior, restore
from napari_flowprior.restoration import (
    MAP,
    GaussianLikelihood,
    Identity,
    Inpaint,
    Noise,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray


def test_map_takes_the_score_network(
    noisy: NDArray[np.float64], network_prior: FlowPrior
) -> None:
    mask = np.zeros(noisy.shape, dtype=bool)
    mask[10:20, 10:30] = True
    options = {"prior": network_prior, "degradation": Inpaint(mask), "device": "cpu"}
    filled = restore(noisy, estimator=MAP(steps=4), **options)
    assert np.isfinite(filled).all()
    np.testing.assert_allclose(filled[~mask], noisy[~mask], rtol=1e-12)


def test_conditioned_map_converges_to_the_mode_of_its_last_level(
    noisy: NDArray[np.float64],
) -> None:
    last = 0.05
    estimator = MAP(steps=600, smallest=last)
    prior = GaussianPrior(0.2)
    out = restore(
        noisy, prior=prior, degradation=Noise(SIGMA), estimator=estimator, device="cpu"
    )
    expected = posterior(noisy, float(np.hypot(0.2, last)))
    np.testing.assert_allclose(out, expected, atol=2e-3)


def test_holes_are_filled_with_the_prior_mean(noisy: NDArray[np.float64]) -> None:
    mask = np.zeros(noisy.shape, dtype=bool)
    mask[10:20, 10:30] = True
    damaged = np.where(mask, np.nan, noisy)
    out = restore(
        damaged,
        prior=GaussianPrior(0.2),
        degradation=Inpaint(mask),
        estimator=MAP(steps=400, smallest=0.05),
        device="cpu",
    )
    np.testing.assert_allclose(out[~mask], noisy[~mask], rtol=1e-12)
    np.testing.assert_allclose(out[mask], MEAN, atol=2e-3)


def test_schedule_falls_from_the_noise_to_the_smallest_level() -> None:
    likelihood = GaussianLikelihood(torch.zeros(1, 1, 2, 2), Identity(), 0.2)
    levels = MAP(steps=5, smallest=0.01).schedule(GaussianPrior(), likelihood)
    assert levels == sorted(levels, reverse=True)
    np.testing.assert_allclose([levels[0], levels[-1]], [0.2, 0.01])
    assert MAP(steps=1).schedule(GaussianPrior(), likelihood) == [MAP().smallest]
