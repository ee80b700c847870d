"""The most probable latents, against closed forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from damaged import restored
from doubles import MEAN, identity_prior
from gaussian_case import SIGMA

from napari_flowprior import restore
from napari_flowprior.restoration import MAP, Blind, Inpaint, LatentMAP, Noise

if TYPE_CHECKING:
    from numpy.typing import NDArray


def test_latent_map_fills_holes(noisy: NDArray[np.float64]) -> None:
    mask = np.zeros(noisy.shape, dtype=bool)
    mask[10:20, 10:30] = True
    out = restore(
        noisy,
        prior=identity_prior(),
        degradation=Inpaint(mask),
        estimator=LatentMAP(steps=400),
        device="cpu",
    )
    np.testing.assert_allclose(out[~mask], noisy[~mask], rtol=1e-12)
    np.testing.assert_allclose(out[mask], MEAN, atol=1e-3)


@pytest.mark.parametrize("optimiser", ["adam", "l-bfgs"])
def test_the_blind_case_in_closed_form(optimiser: str) -> None:
    """N(MEAN, 1) as the prior, and an error of which the strength alone is known."""
    image = np.random.default_rng(0).normal(30, 15, (24, 20))
    out, found = restored(
        image,
        prior=identity_prior(),
        degradation=Blind(9.0),
        estimator=LatentMAP(steps=400, optimiser=optimiser),
    )
    gain, offset = found["intensity"]["gain"], found["intensity"]["offset"]
    precision = (gain / 9.0) ** 2
    mean = MEAN * gain + offset
    expected = (precision * image + mean) / (precision + 1)
    np.testing.assert_allclose(out, expected, rtol=1e-4)


def test_log_det_makes_two_estimates_of_a_flow_that_stretches() -> None:
    prior = identity_prior()
    actnorm = prior.flow.levels[0].steps[1]
    # A stretch that depends on nothing leaves the mode where it is, so tilt a pair.
    with torch.no_grad():
        conditioner = prior.flow.levels[0].steps[3].conditioner
        conditioner.tail.bias.normal_(std=0.5)
        conditioner.tail.weight.normal_(std=0.5)
        actnorm.log_scale.fill_(0.3)
    image = np.random.default_rng(1).random((16, 16))
    pair = [
        restore(
            image,
            prior=prior,
            degradation=Noise(SIGMA),
            estimator=LatentMAP(steps=200, log_det=log_det),
            device="cpu",
        )
        for log_det in (True, False)
    ]
    assert np.abs(pair[0] - pair[1]).max() > 1e-3


def test_map_in_pixels_and_in_latents_is_the_same_optimum() -> None:
    prior = identity_prior()
    with torch.no_grad():
        prior.flow.levels[0].steps[3].conditioner.tail.bias.normal_(std=0.5)
    image = np.random.default_rng(1).random((16, 16))
    found = [
        restore(
            image,
            prior=prior,
            degradation=Noise(SIGMA),
            estimator=estimator,
            device="cpu",
        )
        for estimator in (MAP(steps=500, learning_rate=0.05), LatentMAP(steps=500))
    ]
    np.testing.assert_allclose(found[0], found[1], atol=1e-5)
