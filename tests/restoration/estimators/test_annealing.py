"""What fills holes by default: stable where the image is smooth, and in large holes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from doubles import MEAN, GaussianPrior, identity_prior, random_prior
from draining import drain
from skimage import data

from napari_flowprior import restore
from napari_flowprior._errors import InputError
from napari_flowprior.restoration import (
    Annealing,
    GaussianLikelihood,
    Identity,
    Inpaint,
    Mask,
    PlaneDenoiser,
    RestoreOptions,
    iter_restore,
)

PHOTO = data.camera()[116:212, 196:292]
MASKS = {
    "pixels": np.random.default_rng(0).random(PHOTO.shape) < 0.8,
    "block": np.pad(np.ones((24, 24), dtype=bool), 36),
}


def test_what_is_brighter_than_white_stays() -> None:
    """Bright pixels of an image of any range, seen under noise, are not cut off."""
    noise = np.random.default_rng(0).normal(0, 5, (32, 32))
    image = 100 + noise
    image[4::8, 4::8] = 5000
    mask = np.zeros(image.shape, dtype=bool)
    mask[14:18, 14:18] = True
    options: dict[str, Any] = {"prior": "photo-gray", "device": "cpu"}
    options["estimator"] = Annealing(chains=1)
    out = restore(image, degradation=Inpaint(mask, sigma=5.0), **options)
    np.testing.assert_allclose(out[4::8, 4::8], 5000, atol=25)


def test_holes_are_filled_with_the_prior_mean() -> None:
    """Beyond the reach of the pixels around them."""
    known = torch.ones(1, 1, 60, 60, dtype=torch.bool)
    known[..., 10:50, 20:50] = False
    y = torch.rand(1, 1, 60, 60, dtype=torch.float64) * known
    likelihood = GaussianLikelihood(y, Mask(known), 0.0)
    denoiser = PlaneDenoiser(prior=GaussianPrior(spread=0.01))
    x = drain(Annealing(steps=100).run(denoiser, likelihood))
    torch.testing.assert_close(x[known], y[known])
    inside = x[..., 16:44, 26:44]
    assert (inside - MEAN).abs().max() < 0.02


def test_few_pixels_of_a_smooth_image_are_enough() -> None:
    """The errors of the steps do not add up where nothing is seen."""
    rows, columns = np.mgrid[:64, :64] / 64
    image = (60 + 90 * rows + 60 * np.sin(4 * columns)).astype(np.float32)
    missing = np.random.default_rng(1).random(image.shape) < 0.95
    damaged = np.where(missing, np.nan, image)
    options: dict[str, Any] = {"estimator": Annealing(chains=1), "device": "cpu"}
    filled = restore(damaged, degradation=Inpaint(), **options)
    assert np.sqrt(np.mean((filled - image)[missing] ** 2)) < 2


def test_noise_has_gone_in_the_end() -> None:
    """At one level, where noise ends at none, it ends where splitting does."""
    prior, sigma = GaussianPrior(spread=0.2), 0.15
    y = torch.rand(1, 1, 12, 9, dtype=torch.float64)
    estimator = Annealing(
        steps=200, prior_weight=1.0, first=sigma, smallest=sigma, rest=0
    )
    likelihood = GaussianLikelihood(y, Identity(), sigma)
    x = drain(estimator.run(PlaneDenoiser(prior=prior), likelihood))
    data_weight, own = 1 / sigma**2, 1 / (0.2**2 + sigma**2)
    expected = (data_weight * y + own * MEAN) / (data_weight + own)
    torch.testing.assert_close(x, expected, rtol=0, atol=1e-3)


def test_schedule() -> None:
    holes = GaussianLikelihood(torch.ones(1, 1, 4, 4), Identity(), 0.0)
    levels = Annealing(steps=5).schedule(GaussianPrior(), holes)
    assert (levels[0], levels[-1]) == pytest.approx((30 / 255, 0.002))
    assert Annealing(steps=1).schedule(GaussianPrior(), holes) == [0.002]


@pytest.mark.parametrize("name", MASKS)
def test_photographs_do_not_diverge(name: str) -> None:
    """Not even one chain does, without the mean of several."""
    mask, one = MASKS[name], Annealing(chains=1)
    out = restore(PHOTO, degradation=Inpaint(mask), estimator=one, device="cpu")
    np.testing.assert_array_equal(out[~mask], PHOTO[~mask])
    error = np.sqrt(np.mean((out[mask].astype(float) - PHOTO[mask]) ** 2))
    filled = np.sqrt(np.mean((PHOTO[~mask].mean() - PHOTO[mask]) ** 2))
    assert error < 0.5 * filled


@pytest.mark.parametrize("side", [5, 12, 33])
def test_small_images(side: int) -> None:
    image = PHOTO[:side, :side]
    mask = np.zeros(image.shape, dtype=bool)
    mask[2, 2:4] = True
    prior = random_prior(levels=3)
    run = iter_restore(
        image, RestoreOptions(prior=prior, degradation=Inpaint(mask), device="cpu")
    )
    result = drain(run)
    assert result.provenance["estimator"]["name"] == "annealing"
    np.testing.assert_array_equal(result.image[~mask], image[~mask])


def test_the_same_again_and_other_noise() -> None:
    inside = np.s_[24:72, 24:72]
    mask = MASKS["pixels"][inside]
    options: dict[str, Any] = {"degradation": Inpaint(mask), "device": "cpu"}
    first, again, other = (
        restore(PHOTO[inside], estimator=Annealing(steps=4, seed=seed), **options)
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_two_chains_are_better_than_one() -> None:
    inside = np.s_[24:72, 24:72]
    mask = MASKS["pixels"][inside]
    options: dict[str, Any] = {"degradation": Inpaint(mask), "device": "cpu"}
    photo = PHOTO[inside]

    def error(chains: int, seed: int) -> float:
        estimator = Annealing(steps=8, chains=chains, seed=seed)
        restored = restore(photo, estimator=estimator, **options)
        return float(np.square(restored - photo.astype(float)).mean())

    alone, paired = (sum(error(n, seed) for seed in range(2)) for n in (1, 2))
    assert paired < 0.97 * alone


def test_priors_that_know_no_noise() -> None:
    assert Inpaint().default_estimator(identity_prior()).name == "latent-map"
    with pytest.raises(InputError, match="annealing needs a noise-conditioned prior"):
        Annealing().check(identity_prior())


@pytest.mark.parametrize(
    "options",
    [
        {"steps": 0},
        {"chains": 0},
        {"first": 0.0},
        {"prior_weight": -1.0},
        {"seed": 1.5},
        {"relaxation": 2.5},
    ],
)
def test_bad_options(options: dict[str, Any]) -> None:
    (name,) = options
    with pytest.raises(InputError, match=f"{name} is"):
        Annealing(**options)
