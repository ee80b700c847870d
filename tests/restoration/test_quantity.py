"""Intensities are kept for quantification: units, means and ratios."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from skimage.data import binary_blobs

from napari_flowprior import FlowPrior, iter_restore, restore
from napari_flowprior.restoration import Noise, PoissonGaussian

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_flowprior.restoration import Degradation

OFFSET, READ_NOISE = 100.0, 1.0
PRIOR = FlowPrior.load("microscopy")


@cache
def light() -> NDArray[np.float64]:
    """Blobs of 1 on a background of a tenth."""
    mask = binary_blobs(96, blob_size_fraction=0.25, volume_fraction=0.4, rng=0)
    return 0.1 + 0.9 * gaussian_filter(mask.astype(np.float64), 1.5)


def counted(photons: NDArray[np.float64], seed: int = 0) -> NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    return rng.poisson(photons) + rng.normal(OFFSET, READ_NOISE, photons.shape)


def camera(gain: float = 1.0) -> PoissonGaussian:
    return PoissonGaussian(gain, gain * OFFSET, gain * READ_NOISE)


def restored(
    image: NDArray[np.float64], degradation: Degradation, axes: str = "YX"
) -> NDArray[np.float64]:
    return restore(
        image,
        prior=PRIOR,
        degradation=degradation,
        axes=axes,
        device="cpu",
        dtype="float64",
    )


@pytest.mark.parametrize("camera_told", [True, False])
def test_units_do_not_matter(camera_told: bool) -> None:
    noisy = counted(20 * light())
    results = [
        restored(gain * noisy, camera(gain) if camera_told else Noise(sigma=3 * gain))
        / gain
        for gain in (0.1, 10.0, 1000.0)
    ]
    for other in results[1:]:
        np.testing.assert_allclose(other, results[0], rtol=1e-9)


@pytest.mark.parametrize("peak", [0.5, 2.0, 5.0, 20.0])
def test_the_mean_is_kept(peak: float) -> None:
    noisy = counted(peak * light())
    kept = (restored(noisy, camera()) - noisy).mean()
    # Of the mean, or of its own standard error.
    error = np.sqrt((peak * light().mean() + READ_NOISE**2) / noisy.size)
    assert abs(kept) < max(0.01 * peak * light().mean(), error)


@pytest.mark.parametrize("kind", ["uint8", "float32"])
@pytest.mark.parametrize("peak", [0.5, 2.0, 5.0])
def test_few_photons_are_found_and_keep_their_mean(peak: float, kind: str) -> None:
    scene = np.tile(light(), (2, 2))
    counts = np.random.default_rng(0).poisson(peak * scene).astype(kind)
    found = iter_restore(counts, prior=PRIOR, device="cpu").result
    told = found.provenance["degradation"]
    assert (told["name"], told["gain"]) == ("poisson-gaussian", 1)
    assert found.image.dtype == kind
    assert found.image.mean() == pytest.approx(counts.mean(), rel=0.03)
    error, noise = (np.square(x - peak * scene).mean() for x in (found.image, counts))
    # Whole numbers are dithered, which cannot show less than a photon.
    assert error < (0.2 * noise if kind == "float32" else noise)


def test_ratios_of_channels_are_kept() -> None:
    pair = np.stack([counted(n * light(), seed=k) for k, n in enumerate((200, 20))])
    out = restored(pair, camera(), "CYX") - OFFSET
    bright = light() > 0.95
    ratio = out[0][bright].mean() / out[1][bright].mean()
    assert ratio == pytest.approx(10, rel=0.03)
