"""Noise that depends on brightness, in a way that the image tells."""

from __future__ import annotations

import json

import numpy as np
import pytest
from doubles import MEAN, GaussianPrior
from photons import PHOTO
from skimage.metrics import peak_signal_noise_ratio

from napari_flowprior import restore
from napari_flowprior.restoration import (
    Compose,
    Noise,
    SignalDependentNoise,
    VarianceCurve,
    iter_restore,
)

SCENE = 20 + 200 * PHOTO[:192, :192]
OPTIONS = {"prior": "photo-gray", "device": "cpu", "dtype": "float64"}
SPECKLE = VarianceCurve(
    tuple(np.linspace(5, 250, 100)), tuple((0.2 * np.linspace(5, 250, 100)) ** 2)
)


def speckled() -> np.ndarray:
    return SCENE * (1 + 0.2 * np.random.default_rng(0).standard_normal(SCENE.shape))


@pytest.mark.parametrize("curve", [SPECKLE, None], ids=["given", "estimated"])
def test_better_than_as_white_noise(curve: VarianceCurve | None) -> None:
    noisy = speckled()
    level = float(np.sqrt(np.mean((0.2 * SCENE) ** 2)))
    ours, white = (
        peak_signal_noise_ratio(
            SCENE, restore(noisy, degradation=d, **OPTIONS), data_range=255
        )
        for d in (SignalDependentNoise(curve=curve), Noise(sigma=level))
    )
    assert ours > white + 0.3


@pytest.mark.parametrize("share", [0.3, 0.5])
def test_light_is_kept_in_strong_speckle_that_is_told(share: float) -> None:
    """Of which a few pixels are black, that tell little of the light."""
    grey = np.linspace(0, 255, 9)
    curve = VarianceCurve(tuple(grey), tuple((share * grey) ** 2 + 0.25))
    noise = share * np.random.default_rng(0).standard_normal(SCENE.shape)
    noisy = (SCENE * (1 + noise)).round().clip(0, 255).astype(np.uint8)
    ours = restore(noisy, degradation=SignalDependentNoise(curve=curve), **OPTIONS)
    assert ours.mean() == pytest.approx(SCENE.mean(), rel=0.1)
    assert np.std(ours - SCENE) < 0.8 * np.std(noisy - SCENE)


def test_light_is_kept() -> None:
    restored = restore(speckled(), degradation=SignalDependentNoise(), **OPTIONS)
    assert restored.mean() == pytest.approx(SCENE.mean(), rel=0.01)


def test_it_is_the_posterior_mean_under_the_curve() -> None:
    """The closed form of a Gaussian prior, for a curve that is a line."""
    curve = VarianceCurve((0.0, 255.0), (400.0, 400.0))
    noisy = speckled()[:64, :64]
    out = restore(
        noisy,
        prior=GaussianPrior(spread=0.2),
        degradation=SignalDependentNoise(curve=curve),
        dtype="float64",
        device="cpu",
    )
    low, high = np.percentile(noisy, (0.1, 99.9))
    y, sigma = (noisy - low) / (high - low), 20 / (high - low)
    share = 0.2**2 / (0.2**2 + sigma**2)
    expected = low + (high - low) * (MEAN + share * (y - MEAN))
    np.testing.assert_allclose(out, expected, atol=0.02)


def test_provenance_says_the_curve() -> None:
    run = iter_restore(speckled(), degradation=SignalDependentNoise(), **OPTIONS)
    told = run.result.provenance["degradation"]
    assert told["name"] == "signal-dependent"
    assert told["estimated"]
    assert len(told["levels"]) == len(told["intensities"]) > 1
    assert json.loads(json.dumps(told)) == told
    levels = np.interp([60, 180], told["intensities"], told["levels"])
    np.testing.assert_allclose(levels, [12, 36], rtol=0.2)


def test_it_cannot_be_one_of_several() -> None:
    with pytest.raises(Exception, match="by itself"):
        Compose(SignalDependentNoise(), Noise(sigma=3))
