"""Estimating Poisson-Gaussian noise from images."""

from __future__ import annotations

import numpy as np
import pytest
from _drawings import GREY
from photons import PHOTO, SHADES, rng, taken
from scipy.ndimage import gaussian_filter

from napari_flowprior._errors import InputError
from napari_flowprior.data import PlaneView
from napari_flowprior.restoration.noise import Anscombe, estimate_camera

_POINTS = np.zeros((256, 256))
_POINTS[16::32, 16::32] = 250
DOTS = 0.05 + 0.95 * gaussian_filter(_POINTS, 6).clip(max=1)


def variance(camera: Anscombe, mean: float) -> float:
    return camera.gain * (mean - camera.offset) + camera.read_noise**2


@pytest.mark.parametrize("gain", [0.01, 1.0, 30.0])
@pytest.mark.parametrize("peak", [5.0, 30.0, 300.0])
def test_photons_of_shades(gain: float, peak: float) -> None:
    found = estimate_camera(PlaneView(taken(SHADES, peak, Anscombe(gain)), "YX"))
    assert found.gain == pytest.approx(gain, rel=0.1)
    for share in (0.2, 1.0):
        mean = share * peak * gain
        assert variance(found, mean) == pytest.approx(gain * mean, rel=0.1)


@pytest.mark.parametrize("peak", [5.0, 20.0, 100.0])
def test_photons_of_a_photograph(peak: float) -> None:
    found = estimate_camera(PlaneView(taken(PHOTO, peak, Anscombe(2.0)), "YX"))
    assert found.gain == pytest.approx(2.0, rel=0.15)


@pytest.mark.parametrize("offset", [0.0, 100.0])
def test_read_noise_too(offset: float) -> None:
    camera = Anscombe(2.0, offset, 6.0)
    grey = PlaneView(taken(SHADES, 100.0, camera), "YX")
    free = estimate_camera(grey)
    assert free.gain == pytest.approx(2.0, rel=0.1)
    for mean in (offset + 10, offset + 200):
        assert variance(free, mean) == pytest.approx(variance(camera, mean), rel=0.1)
    told = estimate_camera(grey, offset=offset)
    assert told.offset == offset
    assert told.read_noise == pytest.approx(6.0, rel=0.1)


def test_offset_shows_where_there_is_no_read_noise() -> None:
    found = estimate_camera(PlaneView(taken(SHADES, 100.0, Anscombe(2.0, 500.0)), "YX"))
    assert found.offset == pytest.approx(500, abs=1)
    assert found.read_noise == 0


def test_what_is_known_is_kept_and_helps() -> None:
    camera = Anscombe(2.0, 100.0, 6.0)
    grey = PlaneView(taken(SHADES, 20.0, camera), "YX")
    no_gain = estimate_camera(grey, offset=100.0, read_noise=6.0)
    assert no_gain.gain == pytest.approx(2.0, rel=0.1)
    no_offset = estimate_camera(grey, gain=2.0, read_noise=6.0)
    assert no_offset.offset == pytest.approx(100, abs=2)
    no_read_noise = estimate_camera(grey, gain=2.0, offset=100.0)
    assert no_read_noise.read_noise == pytest.approx(6, rel=0.1)
    assert no_read_noise.gain == 2.0
    assert estimate_camera(grey, 2.0, 100.0, 6.0) == camera


@pytest.mark.parametrize("axes", ["TYX", "ZYX"])
def test_frames_tell_noise_from_texture(axes: str) -> None:
    texture = SHADES * rng().uniform(0.5, 1, SHADES.shape)
    frames = taken(np.stack([texture] * 4), 200.0, Anscombe(2.0))
    alone = estimate_camera(PlaneView(frames[0], "YX"))
    assert variance(alone, 200.0) > 2 * 2 * 200
    found = estimate_camera(PlaneView(frames, axes))
    assert found.gain == pytest.approx(2.0, rel=0.1)


def test_neighbours_are_of_the_same_channel_and_colour() -> None:
    texture = SHADES * rng().uniform(0.5, 1, SHADES.shape)
    channels = np.stack([texture, texture[:, ::-1], texture[::-1]])
    stack = taken(np.stack([channels] * 3), 200.0, Anscombe(2.0))
    apart = estimate_camera(PlaneView(stack, "TCYX"))
    assert apart.gain == pytest.approx(2.0, rel=0.1)
    colours = np.moveaxis(stack, 1, -1)
    for joint in (False, True):
        found = estimate_camera(PlaneView(colours, "TYXS", joint=joint))
        assert found.gain == pytest.approx(2.0, rel=0.1)
    last = estimate_camera(PlaneView(np.moveaxis(stack, 0, 1), "CTYX"))
    assert last.gain == pytest.approx(2.0, rel=0.1)


def test_white_that_is_cut_off_does_not_count() -> None:
    grey = taken(SHADES, 100.0, Anscombe(2.0)).clip(max=120)
    found = estimate_camera(PlaneView(grey, "YX"))
    assert found.gain == pytest.approx(2.0, rel=0.15)


def test_dots_on_a_dark_ground() -> None:
    found = estimate_camera(PlaneView(taken(DOTS, 20.0, Anscombe(2.0)), "YX"))
    assert found.gain == pytest.approx(2.0, rel=0.15)


@pytest.mark.parametrize("side", [64, 96, 128])
def test_fine_patterns_are_no_read_noise(side: int) -> None:
    star = GREY["Siemens star"](side) / 255.0
    noisy = taken(star, 255.0, Anscombe(1.0, 100.0, 2.0))
    found = estimate_camera(PlaneView(noisy, "YX"))
    middle = 100 + 255 * star.mean()
    true = np.sqrt(variance(Anscombe(1.0, 100.0, 2.0), middle))
    assert np.sqrt(variance(found, middle)) < 1.6 * true


def test_an_even_image_tells_no_slope() -> None:
    grey = taken(np.ones((128, 128)), 20.0, Anscombe(2.0, 50.0))
    found = estimate_camera(PlaneView(grey, "YX"))
    assert found.gain == 0
    assert found.read_noise == pytest.approx(np.sqrt(2 * 2 * 20), rel=0.05)


def test_noise_that_does_not_depend_on_light() -> None:
    grey = 1000 * SHADES + rng().normal(0, 5, SHADES.shape)
    found = estimate_camera(PlaneView(grey, "YX"))
    for mean in (0.0, 500.0, 1000.0):
        assert variance(found, mean) == pytest.approx(25, rel=0.1)


@pytest.mark.parametrize("peak", [2.0, 5.0])
def test_few_photons_have_no_bias(peak: float) -> None:
    """Their noise is skewed: pixels must not be sorted by it."""
    random = np.random.default_rng(0)
    gains = [
        estimate_camera(PlaneView(random.poisson(peak * SHADES) + 300.0, "YX")).gain
        for _ in range(12)
    ]
    # Of one image, the standard deviation is 0.04.
    assert np.mean(gains) == pytest.approx(1, abs=0.04)


@pytest.mark.parametrize("shift", [-1e4, 1e4])
def test_black_may_be_anywhere(shift: float) -> None:
    grey = taken(SHADES, 20.0, Anscombe(2.0, 0.0, 3.0))
    here = estimate_camera(PlaneView(grey, "YX"))
    there = estimate_camera(PlaneView(grey + shift, "YX"))
    for mean in (5.0, 20.0, 40.0):
        moved = variance(there, mean + shift)
        assert moved == pytest.approx(variance(here, mean), rel=1e-3)


def test_pixels_darker_than_black_tell_read_noise() -> None:
    """A line of variances alone would take it for light, and black for darker."""
    found = estimate_camera(PlaneView(taken(DOTS, 5.0, Anscombe(1, 100, 1.5)), "YX"))
    assert found.offset == pytest.approx(100.25, abs=0.25)
    assert found.read_noise == pytest.approx(np.sqrt(1.5**2 + 0.25), rel=0.1)
    photons = estimate_camera(PlaneView(taken(DOTS, 5.0, Anscombe(1, 100)), "YX"))
    assert photons.offset == pytest.approx(100, abs=0.2)
    assert photons.read_noise == 0


@pytest.mark.parametrize("kind", ["even", "random", "rising", "two values", "dots"])
def test_small_images_of_any_kind(kind: str) -> None:
    random = rng().random((32, 32))
    image = {
        "even": np.full((32, 32), 7.0),
        "random": random,
        "rising": np.add.outer(np.arange(32.0), np.arange(32.0)),
        "two values": (random < 0.5) * 1.0,
        "dots": (random < 0.02) * 255.0,
    }[kind]
    camera = estimate_camera(PlaneView(image, "YX"))
    assert np.isfinite([camera.gain, camera.offset, camera.read_noise]).all()
    assert np.isfinite(camera.inverse(camera.forward(image))).all()


def test_images_that_are_too_small() -> None:
    with pytest.raises(InputError, match="31x200 pixels; give gain"):
        estimate_camera(PlaneView(np.ones((31, 200)), "YX"))
