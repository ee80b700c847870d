"""Blur."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from damaged import CROP, assert_mode, restored, rms
from doubles import GaussianPrior

from napari_flowprior import restore
from napari_flowprior.restoration import (
    Blur,
    Compose,
    Convolution,
    Degradation,
    Noise,
    gaussian_psf,
    motion_psf,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

RNG = np.random.default_rng(0)


def blurred(scene: NDArray[Any], psf: NDArray[Any]) -> NDArray[Any]:
    operator = Convolution(torch.from_numpy(psf), (scene.shape[0], scene.shape[1]))
    plane = torch.from_numpy(scene.astype(np.float64))[None, None]
    found: NDArray[Any] = operator.forward(plane)[0, 0].numpy()
    return found


@pytest.mark.usefixtures("_plainly")
@pytest.mark.parametrize("blur", [{"gaussian": 0.8}, {"motion": 4.0, "angle": 30.0}])
def test_blur_in_closed_form(blur: dict[str, float]) -> None:
    image = np.random.default_rng(0).uniform(0, 50, (12, 15))
    assert_mode(Blur(**blur, sigma=4.0), image)


@pytest.mark.parametrize("shape", [(1, 40), (40, 1), (3, 3), (20, 9)])
def test_blur_of_images_that_are_smaller_than_the_kernel(
    shape: tuple[int, int],
) -> None:
    image = np.random.default_rng(0).uniform(0, 255, shape)
    blur = Blur(gaussian=5.0, sigma=2.0)
    assert min(shape) < len(blur.kernel)
    out = restore(image, prior=GaussianPrior(), degradation=blur, device="cpu")
    assert out.shape == shape
    assert np.isfinite(out).all()


def test_blurred_photograph_gains() -> None:
    for options in ({"gaussian": 1.5}, {"motion": 7.0, "angle": 40.0}):
        blur = Blur(**options, sigma=2.0)
        noisy = blurred(CROP, blur.kernel) + RNG.normal(0, 2, CROP.shape)
        out = restore(noisy, prior="photo-gray", degradation=blur, device="cpu")
        assert rms(out, CROP) < 0.75 * rms(noisy, CROP)


@pytest.mark.parametrize("sigma", [25.0, 50.0])
def test_strong_noise_is_not_made_worse(sigma: float) -> None:
    blur = Blur(gaussian=1.6, sigma=sigma)
    noise = np.random.default_rng(0).normal(0, sigma, CROP.shape)
    noisy = (blurred(CROP, blur.kernel) + noise).clip(0, 255).round().astype(np.uint8)
    out = restore(noisy, prior="photo-gray", degradation=blur, device="cpu")
    assert rms(out, CROP) < 0.6 * rms(noisy, CROP)


def test_blur_says_what_it_was() -> None:
    assert Blur(gaussian=2).summary() == {"name": "blur", "gaussian": 2, "sigma": None}
    moved = Blur(motion=5, angle=30, sigma=np.float64(2)).summary()
    assert moved == {"name": "blur", "motion": 5, "angle": 30, "sigma": 2}
    drawn = Blur(psf=np.ones((3, 5)) / 15, sigma=0).summary()
    assert drawn == {"name": "blur", "psf": [3, 5], "sigma": 0}


def test_kernels_of_the_three_ways() -> None:
    np.testing.assert_array_equal(Blur(gaussian=2).kernel, gaussian_psf(2))
    np.testing.assert_array_equal(Blur(motion=5, angle=9).kernel, motion_psf(5, 9))
    drawn = np.array([[0.0, 0.5, 0.5]])
    np.testing.assert_array_equal(Blur(psf=drawn.tolist()).kernel, drawn)


def test_noise_of_a_blurred_image_is_at_least_that_of_rounding() -> None:
    smooth = np.add.outer(np.arange(32), np.arange(32)).astype(np.uint8)
    _, found = restored(
        smooth, prior=GaussianPrior(), degradation=Blur(gaussian=1), device="cpu"
    )
    assert found["sigma"] == pytest.approx(12**-0.5)


@pytest.mark.parametrize(
    "degradation",
    [Blur(gaussian=1.5, sigma=0), Compose(Blur(gaussian=1.5), Noise(0))],
    ids=["blur", "compose"],
)
def test_rounding_is_noise_even_if_there_is_said_to_be_none(
    degradation: Degradation,
) -> None:
    soft = np.rint(blurred(CROP, gaussian_psf(1.5))).astype(np.uint8)
    options = {"prior": "photo-gray", "device": "cpu"}
    out, found = restored(soft, degradation=degradation, **options)
    assert found["sigma"] == pytest.approx(12**-0.5)
    assert rms(out, CROP) < 0.6 * rms(soft, CROP)
