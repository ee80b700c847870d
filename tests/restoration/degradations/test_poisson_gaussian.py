"""Poisson-Gaussian noise, restored under the curve that evens it out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from _drawings import GREY
from doubles import MEAN, GaussianPrior
from photons import PHOTO, SHADES, taken
from skimage.metrics import peak_signal_noise_ratio

from napari_flowprior import restore
from napari_flowprior._errors import InputError
from napari_flowprior.restoration import Noise, RestoreOptions, iter_restore
from napari_flowprior.restoration.degradations import PoissonGaussian
from napari_flowprior.restoration.noise import Anscombe

if TYPE_CHECKING:
    from numpy.typing import NDArray


def gains_in_decibels(
    peak: float,
    scene: NDArray[np.float64] = PHOTO[:192, :192],
    read_noise: float = 1.0,
) -> list[float]:
    """How much better than taking the noise for white, with the level it has.

    With the curve told, and estimated.
    """
    grey = taken(scene, peak, Anscombe(2.0, 100.0, read_noise))
    level = float(np.sqrt(4 * peak * scene.mean() + read_noise**2))
    white = 100 + 2 * peak * scene
    options = {"prior": "photo-gray", "device": "cpu"}
    told = PoissonGaussian(2.0, 100.0, read_noise)
    plain, *ours = (
        peak_signal_noise_ratio(
            white, restore(grey, degradation=d, **options), data_range=2 * peak
        )
        for d in (Noise(sigma=level), told, PoissonGaussian())
    )
    return [float(each - plain) for each in ours]


@pytest.mark.parametrize("peak", [5.0, 20.0, 100.0])
def test_better_than_as_white_noise(peak: float) -> None:
    told, estimated = gains_in_decibels(peak)
    assert told > 0.8
    assert estimated > 0.7


def test_few_photons_and_read_noise_in_the_dark() -> None:
    """Where the curve is steep: taken for white, it was better once.

    Since networks know noise of any level, both are good; estimated, the curve loses
    0.07 dB.
    """
    light = 0.02 + 0.98 * np.clip(PHOTO[100:228, 100:228] - 0.5, 0, 1)
    told, estimated = gains_in_decibels(5.0, light, 3.0)
    assert told > -0.1
    assert estimated > -0.2


def test_it_is_the_posterior_mean_under_the_curve() -> None:
    camera = Anscombe(2.0, 10.0, 3.0)
    grey = taken(PHOTO[:64, :64], 30.0, camera)
    prior = GaussianPrior(spread=0.2)
    known = PoissonGaussian(2.0, 10.0, 3.0)
    out = restore(grey, prior=prior, degradation=known, dtype="float64", device="cpu")
    # Black and white are what the survey takes for them.
    low, high = camera.forward(np.percentile(grey, (0.1, 99.9)))
    y, sigma = (camera.forward(grey) - low) / (high - low), 1 / (high - low)
    share = prior.spread**2 / (prior.spread**2 + sigma**2)
    mean = MEAN + share * (y - MEAN)
    expected = camera.inverse(mean * (high - low) + low)
    np.testing.assert_allclose(out, expected, rtol=1e-9)


def test_photons_are_kept_on_average() -> None:
    scene = np.full((64, 64), 1.0)
    for peak in (2.0, 10.0):
        grey = taken(scene, peak, Anscombe(1.0))
        known = PoissonGaussian(1.0, 0.0, 0.0)
        # So wide that the prior says nothing of single pixels, and so narrow that it
        # says everything: both leave the mean of the curve alone.
        mean = Anscombe(1.0).inverse(Anscombe(1.0).forward(grey).mean())
        assert mean == pytest.approx(peak, rel=0.03)
        out = restore(grey, prior="photo-gray", degradation=known, dtype="float64")
        assert out.mean() == pytest.approx(peak, rel=0.06)


def test_stacks_and_types() -> None:
    grey = np.rint(taken(PHOTO[:64, :64], 50.0, Anscombe(2.0, 20.0, 1.0)))
    stack = np.stack([grey] * 2).astype(np.uint16)
    known = PoissonGaussian(2.0, 20.0, 1.0)
    options = {"prior": GaussianPrior(), "degradation": known, "device": "cpu"}
    out = restore(stack, axes="ZYX", **options)
    assert out.dtype == np.uint16
    assert out.shape == stack.shape
    np.testing.assert_array_equal(out[0], out[1])
    exact = restore(stack.astype(float), axes="ZYX", **options)
    np.testing.assert_array_equal(out, np.rint(exact))
    # The range of intensities is that of all planes, about which quantiles agree.
    np.testing.assert_allclose(out[0], restore(stack[0], **options), atol=1)


def test_an_image_without_noise_stays() -> None:
    flat = np.full((64, 64), 7, np.uint8)
    options = {"prior": GaussianPrior(), "degradation": PoissonGaussian()}
    np.testing.assert_array_equal(restore(flat, **options), flat)


def test_provenance_has_what_was_estimated() -> None:
    grey = taken(SHADES, 50.0, Anscombe(2.0))
    degradation = PoissonGaussian(offset=0)
    run = iter_restore(
        grey, RestoreOptions(prior=GaussianPrior(), degradation=degradation)
    )
    provenance = run.result.provenance
    summary = provenance["degradation"]
    assert summary["name"] == "poisson-gaussian"
    assert summary["gain"] == pytest.approx(2.0, rel=0.1)
    assert summary["offset"] == 0
    assert summary["estimated"] == ["gain", "read_noise"]
    assert provenance["sigma"] == pytest.approx(1)
    assert degradation == PoissonGaussian(offset=0)
    assert PoissonGaussian(gain=3.0).summary()["gain"] == 3.0


def test_single_pixels_of_tiles_have_the_noise_of_the_curve() -> None:
    y = torch.zeros(1, 1, 4, 4, dtype=torch.float64)
    likelihood = PoissonGaussian().likelihood(y, 0.1)
    assert likelihood.energy(y + 0.1).item() == pytest.approx(8)


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ({"gain": -1.0}, "gain is -1.0; it must be 0 or more"),
        ({"read_noise": float("nan")}, "read_noise is nan; it must be finite"),
        ({"offset": "dark"}, "offset is 'dark'; it must be a number"),
        ({"gain": True}, "gain is True"),
        ({"gain": 0, "read_noise": 0.0}, "both 0"),
    ],
)
def test_what_is_refused(numbers: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        PoissonGaussian(**numbers)


def test_bright_strokes_are_not_taken_for_photons() -> None:
    """Their noise seems to grow with brightness, and the prior does not confirm it."""
    strokes = GREY["white text"](160).astype(np.float64)
    grey = taken(strokes / 255, 255.0, Anscombe(1.0, 100.0, 2.0))
    run = iter_restore(grey, prior="photo-gray", degradation=PoissonGaussian())
    assert run.result.provenance["degradation"]["name"] == "noise"
    error = (
        np.sqrt(np.mean((x - 100.0 - strokes) ** 2)) for x in (run.result.image, grey)
    )
    assert next(error) < 1.01 * next(error)


@pytest.mark.parametrize("photons", [10.0, 20.0])
def test_counts_that_saturate_keep_their_mean(photons: float) -> None:
    """Of 8 bits, where noise beyond white is cut off."""
    gain = 255 / photons
    clean = 255 * np.clip(1.4 * PHOTO[:128, :128], 0, 1)
    rng = np.random.default_rng(0)
    counts = gain * rng.poisson(clean / gain) + rng.normal(0, 2, clean.shape)
    camera = PoissonGaussian(gain=gain, offset=0.0, read_noise=2.0)
    cut, whole = (
        restore(
            np.clip(np.rint(counts), 0, most).astype(kind),
            prior="photo-gray",
            degradation=camera,
            dtype=np.float32,
        )
        for most, kind in ((255, np.uint8), (65535, np.uint16))
    )
    assert cut.mean() == pytest.approx(clean.mean(), rel=0.015)
    assert np.std(cut - clean) < 1.1 * np.std(whole - clean)
