"""Camera noise: estimating it from images, and restoring them under the curve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from doubles import MEAN, GaussianPrior
from scipy.ndimage import gaussian_filter
from skimage import data
from skimage.metrics import peak_signal_noise_ratio

from napari_flowprior import restore
from napari_flowprior._errors import InputError
from napari_flowprior.data import PlaneView
from napari_flowprior.restoration import Noise, iter_restore
from napari_flowprior.restoration._anscombe import Anscombe
from napari_flowprior.restoration._camera import PoissonGaussian
from napari_flowprior.restoration._camera_noise import estimate_camera

if TYPE_CHECKING:
    from numpy.typing import NDArray

PHOTO = data.camera()[:384, 64:448] / 255
SHADES = np.tile(0.02 + 0.98 * np.linspace(0, 1, 256) ** 2, (256, 1))

_POINTS = np.zeros((256, 256))
_POINTS[16::32, 16::32] = 250
DOTS = 0.05 + 0.95 * gaussian_filter(_POINTS, 6).clip(max=1)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def taken(scene: NDArray[np.float64], peak: float, camera: Anscombe) -> NDArray[Any]:
    random = rng()
    read = random.normal(camera.offset, camera.read_noise, scene.shape)
    return camera.gain * random.poisson(peak * scene) + read


def variance(camera: Anscombe, mean: float) -> float:
    return camera.gain * (mean - camera.offset) + camera.read_noise**2


# --- estimating


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


# --- restoring


def gain_in_decibels(
    peak: float,
    degradation: PoissonGaussian,
    scene: NDArray[np.float64] = PHOTO[:192, :192],
    read_noise: float = 1.0,
) -> float:
    """How much better than taking the noise for white, with the level it has."""
    grey = taken(scene, peak, Anscombe(2.0, 100.0, read_noise))
    level = float(np.sqrt(4 * peak * scene.mean() + read_noise**2))
    white = 100 + 2 * peak * scene
    options = {"prior": "photo-gray", "device": "cpu", "dtype": "float64"}
    ours, plain = (
        peak_signal_noise_ratio(
            white, restore(grey, degradation=d, **options), data_range=2 * peak
        )
        for d in (degradation, Noise(sigma=level))
    )
    return float(ours - plain)


@pytest.mark.parametrize("peak", [5.0, 20.0, 100.0])
def test_better_than_as_white_noise(peak: float) -> None:
    assert gain_in_decibels(peak, PoissonGaussian(2.0, 100.0, 1.0)) > 1
    assert gain_in_decibels(peak, PoissonGaussian()) > 0.7


def test_few_photons_and_read_noise_in_the_dark() -> None:
    """Where the curve is steep: taken for white, it was better once.

    Since networks know noise of any level, both are good, and the curve is no worse.
    """
    light = 0.02 + 0.98 * np.clip(PHOTO[100:228, 100:228] - 0.5, 0, 1)
    assert gain_in_decibels(5.0, PoissonGaussian(2.0, 100.0, 3.0), light, 3.0) > 0
    assert gain_in_decibels(5.0, PoissonGaussian(), light, 3.0) > 0


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
    run = iter_restore(grey, prior=GaussianPrior(), degradation=degradation)
    while True:
        try:
            next(run)
        except StopIteration as stop:
            provenance = stop.value.provenance
            break
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
