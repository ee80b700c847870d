"""No plane comes out worse than what needs no prior, whatever the denoiser answers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from doubles import MEAN, GaussianPrior
from draining import drain
from PIL import Image, ImageDraw
from skimage import data

from napari_flowprior import iter_restore, restore
from napari_flowprior.restoration import (
    HQS,
    MAP,
    Blind,
    Blur,
    Convolution,
    Downsample,
    GaussianLikelihood,
    Identity,
    Noise,
    PlaneDenoiser,
    RestoreOptions,
    SampledMean,
)
from napari_flowprior.restoration.degradations import gaussian_psf
from napari_flowprior.restoration.engine._safeguard import safely
from napari_flowprior.restoration.operators import richardson_lucy

if TYPE_CHECKING:
    from torch import Tensor

    from napari_flowprior.restoration import RestoreResult

SIGMA = 0.04


def psnr(truth: Any, found: Any, white: float = 255.0) -> float:
    error = np.mean((np.asarray(truth, float) - np.asarray(found, float)) ** 2)
    return float(10 * np.log10(white**2 / error))


def blurred(image: Any, width: float) -> Any:
    plane = torch.from_numpy(np.asarray(image, float))[None, None]
    operator = Convolution(torch.from_numpy(gaussian_psf(width)), plane.shape[-2:])
    return operator.forward(plane)[0, 0].numpy()


def lucy(image: Any, width: float) -> Any:
    plane = torch.from_numpy(np.asarray(image, float))[None, None]
    operator = Convolution(torch.from_numpy(gaussian_psf(width)), plane.shape[-2:])
    return richardson_lucy(plane, operator, 0.0)[0, 0].numpy()


@pytest.mark.parametrize("sigma", [1e-10, 1e-16, 1e-60])
@pytest.mark.parametrize("kind", [Blind, Noise, partial(Downsample, 2)])
def test_noise_too_weak_for_squares_in_float32(kind: Any, sigma: float) -> None:
    image = np.random.default_rng(0).random((20, 20)).astype(np.float32)
    prior = GaussianPrior().to("cpu", torch.float32)
    found, exact = (
        iter_restore(image, prior=prior, degradation=kind(sigma=level)).result.image
        for level in (sigma, 0.0)
    )
    np.testing.assert_array_equal(found, exact)
    assert np.isfinite(found).all()


class Garbage(GaussianPrior):
    """Adds what has nothing to do with the image, within bounds."""

    def denoise(self, batch: Tensor, sigma: float, clipped: object = None) -> Tensor:
        waves = torch.sin(torch.arange(batch.shape[-1]) * 2.5).to(batch)
        return batch + 5 * sigma * waves


class Sharpening(GaussianPrior):
    """Doubles what differs from the neighbours."""

    def denoise(self, batch: Tensor, sigma: float, clipped: object = None) -> Tensor:
        around = torch.nn.functional.avg_pool2d(batch, 3, 1, 1)
        return batch + (batch - around).clamp(-5 * sigma, 5 * sigma)


class Brightening(GaussianPrior):
    """Shifts the mean."""

    def denoise(self, batch: Tensor, sigma: float, clipped: object = None) -> Tensor:
        return batch + 3 * sigma


ADVERSARIES = [Garbage, Sharpening, Brightening]


def crop() -> Any:
    return data.camera()[100:164, 160:224].astype(float) / 255


@pytest.mark.parametrize("kind", ADVERSARIES)
def test_deconvolution_with_any_denoiser(kind: type[GaussianPrior]) -> None:
    image = blurred(crop(), 1.2) + np.random.default_rng(0).normal(0, 0.01, (64, 64))
    blur = Blur(gaussian=1.2, sigma=0.01)
    with np.errstate(all="ignore"), pytest.MonkeyPatch.context() as patch:
        patch.setattr("warnings.warn", lambda *said, **more: None)
        out = restore(image, prior=kind(), degradation=blur)
    assert psnr(crop(), out, 1) > psnr(crop(), lucy(image, 1.2), 1) - 1
    assert out.mean() == pytest.approx(image.mean(), abs=1e-4)
    assert out.min() >= 0


@pytest.mark.parametrize("kind", ADVERSARIES)
@pytest.mark.parametrize("estimator", [HQS(), SampledMean(), MAP()])
def test_noise_with_any_denoiser(kind: type[GaussianPrior], estimator: Any) -> None:
    noise = np.random.default_rng(0).normal(0, SIGMA, (64, 64))
    image, options = crop() + noise, {"prior": kind(), "estimator": estimator}
    run = iter_restore(image, RestoreOptions(degradation=Noise(SIGMA), **options))
    out = drain(run).image
    assert psnr(crop(), out, 1) > psnr(crop(), image, 1) - 0.1


def test_what_the_prior_knows_is_the_estimate_itself() -> None:
    """Images drawn from the prior are restored as the estimator alone does it."""
    generator = torch.Generator().manual_seed(0)
    x = MEAN + 0.2 * torch.randn(1, 1, 64, 64, generator=generator).double()
    y = x + 0.1 * torch.randn(x.shape, generator=generator).double()
    denoiser = PlaneDenoiser(prior=GaussianPrior())
    likelihood = GaussianLikelihood(y, Identity(), 0.1)
    guarded = drain(safely(HQS(), denoiser, likelihood, None))
    alone = drain(HQS().run(denoiser, likelihood))
    torch.testing.assert_close(guarded.image, alone)
    assert guarded.warnings == ()


# The prior that is shipped


def restored(image: Any, degradation: Any, **options: Any) -> RestoreResult:
    options = {"prior": "photo-gray", "device": "cpu", "dtype": "float32"} | options
    return drain(
        iter_restore(image, RestoreOptions(degradation=degradation, **options))
    )


def beads(offset: float) -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(14)
    z = np.zeros((96, 96))
    z[rng.integers(5, 91, 10), rng.integers(5, 91, 10)] = 4000
    image = blurred(z, 2.0)
    counts = rng.poisson(image.clip(0)) + offset
    return z, image < 1, counts.astype(np.uint16)


@pytest.mark.parametrize("offset", [0, 100])
def test_beads_keep_their_light_and_the_dark(offset: float) -> None:
    z, far, image = beads(offset)
    result = restored(image, Blur(gaussian=2.0))
    out = result.image.astype(float) - offset
    assert out.sum() == pytest.approx(image.sum() - offset * image.size, rel=0.01)
    assert abs(out[far].mean()) < 0.5
    assert out.min() > -10
    floor = lucy(image.astype(float) - offset, 2.0)
    assert np.mean((out - z) ** 2) < np.mean((floor - z) ** 2)


@pytest.mark.parametrize(("true", "told"), [(0.7, 1.0), (1.5, 1.8)])
def test_a_psf_that_is_too_wide(true: float, told: float) -> None:
    truth = data.coins()[:96, :96].astype(float)
    noise = np.random.default_rng(18).normal(0, 1, truth.shape)
    image = (blurred(truth, true) + noise).round().clip(0, 255).astype(np.uint8)
    result = restored(image, Blur(gaussian=told, sigma=1.0))
    assert psnr(truth, result.image) > psnr(truth, lucy(image, told)) - 1
    (warning,) = result.warnings
    share = float(warning.split(" times as wide")[0].split()[-1])
    assert share == pytest.approx(true / told, abs=0.15)
    assert result.provenance["warnings"] == [warning]


def test_a_sharp_image_told_to_be_blurred() -> None:
    truth = data.coins()[:96, :96]
    with pytest.warns(UserWarning, match=r"sharper, or noisier.* 0\.\d\d times"):
        out = restore(
            truth, prior="photo-gray", degradation=Blur(gaussian=1.5, sigma=1.0)
        )
    assert psnr(truth, out) > 30


def drawing() -> Any:
    picture = Image.new("L", (64, 64), 255)
    draw = ImageDraw.Draw(picture)
    for row in range(0, 64, 11):
        draw.text((2, row), "Pack my box", fill=0)
    return np.asarray(picture)


@pytest.mark.parametrize(
    ("estimator", "degradation"),
    [
        ("map", Noise(sigma=10)),
        ("hqs", Noise(sigma=10)),
        ("discrepancy", Blind(sigma=10)),
    ],
)
def test_drawings_are_no_worse(estimator: str, degradation: Any) -> None:
    noise = np.random.default_rng(0).normal(0, 10, (64, 64))
    image = (drawing() + noise).round().clip(0, 255).astype(np.uint8)
    result = restored(image, degradation, estimator=estimator)
    assert psnr(drawing(), result.image) > psnr(drawing(), image) - 0.15
