"""Counts of few photons are told from everything else by how they are spread."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from _drawings import GREY
from scipy.ndimage import gaussian_filter
from skimage import data

from napari_flowprior.data import PlaneView
from napari_flowprior.restoration.noise import estimate_camera, photon_gain

if TYPE_CHECKING:
    from numpy.typing import NDArray

SCENES = {
    "moon": data.moon()[:256, :256] / 255,
    "coins": data.coins()[:256, :256] / 255,
    "cell": data.cell()[:256, :256] / 255,
    "even": np.full((256, 256), 0.7),
}


def counts(scene: NDArray[np.float64], photons: float) -> NDArray[np.int64]:
    return np.random.default_rng(0).poisson(photons * scene)


def gain(image: NDArray[np.generic]) -> float:
    return photon_gain(PlaneView(image, "YX"))


@pytest.mark.parametrize("kind", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("photons", [0.5, 1, 2, 5])
@pytest.mark.parametrize("scene", SCENES)
def test_counts_are_found(scene: str, photons: float, kind: str) -> None:
    assert gain(counts(SCENES[scene], photons).astype(kind)) == 1


@pytest.mark.parametrize("step", [3, 51, 0.125, 1 / 255])
def test_each_photon_may_be_any_number_of_levels(step: float) -> None:
    assert gain(step * counts(SCENES["coins"], 2)) == pytest.approx(step)


def other(scene: NDArray[np.float64]) -> dict[str, NDArray[np.generic]]:
    """Return what has few levels, and is no count of photons."""
    rng = np.random.default_rng(1)
    photons = counts(scene, 3).astype(float)
    shape = scene.shape
    return {
        "rounded": np.rint(5 * scene),
        "dithered": np.floor(5 * scene + rng.random(shape)),
        "two levels": (scene > 0.4).astype(int),
        "weak noise": np.rint(8 * scene + rng.normal(0, 0.7, shape)).clip(0),
        "noise cut off": np.rint(rng.normal(0, 1.5, shape)).clip(0),
        "blurred": np.rint(gaussian_filter(photons, 0.7)),
        "of a larger gain and rounded": np.rint(1.5 * photons),
        "twice the variance": rng.negative_binomial(2, 1 / (1 + scene)),
        "half the variance": rng.binomial(4, scene / 2),
        "with an offset": 10 + photons,
    }


@pytest.mark.parametrize("scene", SCENES)
def test_other_images_are_none(scene: str) -> None:
    assert {name for name, image in other(SCENES[scene]).items() if gain(image)} == (
        set()
    )


@pytest.mark.parametrize("photons", [0.1, 0.2])
def test_very_few_photons_are_counts(photons: float) -> None:
    image = counts(np.tile(SCENES["moon"], (2, 2)), photons)
    assert gain(image.astype(np.uint16)) == 1


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300])
def test_what_is_no_count_is_none(value: float) -> None:
    image = counts(SCENES["moon"], 2).astype(float)
    image[3, 4] = value
    assert gain(image) == 0


@pytest.mark.parametrize("level", [14, 16])
def test_noise_that_happens_to_be_as_strong_is_none(level: float) -> None:
    sky = np.full((128, 128), 212.0)
    noisy = sky + np.random.default_rng(0).normal(0, level, sky.shape)
    assert gain(noisy.round().clip(0, 255).astype(np.uint8)) == 0


def test_drawings_are_none() -> None:
    for draw in GREY.values():
        for levels in (1, 2, 3, 5, 15, 255):
            assert gain(np.rint(draw(128) / 255.0 * levels)) == 0


def test_planes_are_counted_together() -> None:
    stack = np.stack([counts(SCENES["moon"], n) for n in (0.02, 1, 2)])
    assert photon_gain(PlaneView(stack, "ZYX")) == 1
    stack[1] = np.rint(5 * SCENES["moon"])
    assert photon_gain(PlaneView(stack, "ZYX")) == 0


@pytest.mark.parametrize("value", [0, 1, 7, np.nan, -1])
def test_constant_images_are_none(value: float) -> None:
    assert gain(np.full((64, 64), value)) == 0


def test_too_few_photons_tell_nothing() -> None:
    assert gain(counts(np.full((32, 32), 0.1), 1)) == 0


def test_the_camera_is_one_that_counts() -> None:
    view = PlaneView(4 * counts(SCENES["coins"], 2), "YX")
    camera = estimate_camera(view)
    assert (camera.gain, camera.offset, camera.read_noise) == (4, 0, 0)
    assert estimate_camera(view, offset=0.0).gain == pytest.approx(4, rel=0.15)


@pytest.mark.parametrize("step", [3.4, 7.3, 8.5, 12.75, 20.1])
@pytest.mark.parametrize("photons", [0.5, 2, 5])
@pytest.mark.parametrize("scene", SCENES)
def test_counts_that_were_stretched_are_found(
    scene: str, photons: float, step: float
) -> None:
    image = np.rint(step * counts(SCENES[scene], photons))
    assert gain(image) == pytest.approx(step, rel=0.02)


def test_the_brightest_may_be_cut_off() -> None:
    image = np.minimum(8 * counts(SCENES["coins"], 10), 150).astype(np.uint8)
    assert 0 < (image == 150).mean() < 0.01
    assert gain(image) == 8
