"""What solvers keep: light, a floor; Richardson-Lucy, and how sharp an image is."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from napari_flowprior.restoration import Convolution, GaussianLikelihood
from napari_flowprior.restoration._confinement import confined, darkest
from napari_flowprior.restoration._psf import gaussian_psf, motion_psf
from napari_flowprior.restoration._richardson_lucy import richardson_lucy
from napari_flowprior.restoration._sharpness import find_sharpness, has_zeros, narrowed

SIZE = (96, 96)


def scene(seed: int = 0, slope: float = 1.5) -> np.ndarray:
    """Draw an image whose amplitudes fall with a power of the frequency."""
    noise = np.random.default_rng(seed).normal(size=SIZE)
    frequency = np.hypot(np.fft.fftfreq(SIZE[0])[:, None], np.fft.rfftfreq(SIZE[1]))
    frequency[0, 0] = np.inf
    return np.fft.irfft2(np.fft.rfft2(noise) * frequency**-slope, s=SIZE)


@settings(deadline=None, max_examples=50)
@given(seed=st.integers(0, 1000), floor=st.floats(-3, 1), above=st.floats(0.01, 2))
def test_confined_images_are_the_nearest_ones(
    seed: int, floor: float, above: float
) -> None:
    x = torch.from_numpy(np.random.default_rng(seed).normal(size=(2, 1, 7, 9)))
    light = torch.tensor([floor + above, floor + 2 * above]).reshape(2, 1, 1, 1)
    z = confined(x, floor, light.double())
    torch.testing.assert_close(z.mean((-2, -1), keepdim=True), light.double())
    assert z.min() >= floor
    # Above the floor, all pixels have moved by the same amount; on it, by no less.
    for change, image in zip((x - z)[:, 0], z[:, 0], strict=True):
        moved = change[image > floor + 1e-9]
        assert moved.max() - moved.min() < 1e-6
        assert change[image <= floor + 1e-9].le(moved[0] + 1e-6).all()


def test_an_image_that_obeys_stays() -> None:
    x = torch.rand(1, 1, 8, 8, dtype=torch.float64)
    z = confined(x, 0.0, x.mean((-2, -1), keepdim=True))
    torch.testing.assert_close(z, x)


def test_the_data_term_keeps_light_and_floor() -> None:
    psf = torch.from_numpy(gaussian_psf(1.5))
    operator = Convolution(psf, (20, 24))
    y = operator.forward(torch.rand(1, 1, 20, 24, dtype=torch.float64))
    likelihood = GaussianLikelihood(y, operator, 0.01, floor=0.0)
    z = likelihood.prox(y - 3 * torch.rand_like(y), 1.0)
    assert z.min() >= 0
    torch.testing.assert_close(z.mean(), y.mean())
    free = GaussianLikelihood(y, operator, 0.01)
    torch.testing.assert_close(free.confine(y + 5).mean(), y.mean())


def test_a_dark_field_is_a_floor() -> None:
    rng = np.random.default_rng(0)
    field = torch.from_numpy(100 + rng.normal(0, 1, (1, 1, 64, 64)))
    field[..., :20, :20] += 50
    floor = darkest(field, 1.0, 0.0)
    assert floor is not None
    assert floor == pytest.approx(100, abs=0.3)
    busy = torch.from_numpy(rng.uniform(50, 200, (1, 1, 64, 64)))
    assert darkest(busy, 1.0, 0.0) == 0
    assert darkest(busy, 1.0, None) is None


@pytest.mark.parametrize("psf", [gaussian_psf(1.3), motion_psf(5, 0)])
def test_richardson_lucy_keeps_light_and_sharpens(psf: np.ndarray) -> None:
    operator = Convolution(torch.from_numpy(psf), (32, 32))
    x = torch.full((1, 1, 32, 32), 0.2, dtype=torch.float64)
    x[..., 16, 16] = 40
    y = operator.forward(x)
    z = richardson_lucy(y, operator, 0.2)
    assert z.min() >= 0.2 - 1e-12
    torch.testing.assert_close(z.sum(), y.sum(), rtol=1e-4, atol=0)
    assert (z - x).square().mean() < 0.9 * (y - x).square().mean()
    flat = torch.full_like(x, 3.0)
    torch.testing.assert_close(richardson_lucy(flat, operator, 0.0), flat)


@pytest.mark.parametrize(("width", "power"), [(1.6, 1.0), (1.3, 0.66), (0.8, 0.25)])
def test_sharpness_of_scenes_in_closed_form(width: float, power: float) -> None:
    rng = np.random.default_rng(1)
    image = gaussian_filter(scene(), width, mode="wrap") + rng.normal(0, 0.02, SIZE)
    found = find_sharpness(image, gaussian_psf(1.6), 0.02)
    assert found.power == pytest.approx(power, abs=0.15)
    assert found.error < 0.15


def test_sharpness_of_what_does_not_tell() -> None:
    noise = np.random.default_rng(0).normal(size=SIZE)
    assert find_sharpness(noise, gaussian_psf(1.0), 1.0).error == math.inf
    assert find_sharpness(noise[:8], gaussian_psf(1.0), 0.1).error == math.inf
    assert find_sharpness(scene(), np.ones((1, 1)), 0.1).error == math.inf


@pytest.mark.parametrize("power", [1.0, 0.5, 0.25])
def test_a_narrower_psf_has_the_variance_that_is_wanted(power: float) -> None:
    psf = gaussian_psf(2.0)
    narrow = narrowed(psf, power)
    assert narrow.sum() == pytest.approx(1)
    places = np.arange(-8, 9) ** 2
    wanted = power * (psf.sum(0) * places).sum()
    assert (narrow.sum(0) * places).sum() == pytest.approx(wanted, rel=0.05)
    np.testing.assert_allclose(narrow, gaussian_psf_like(narrow, wanted), atol=0.02)


def gaussian_psf_like(psf: np.ndarray, variance: float) -> np.ndarray:
    places = np.arange(psf.shape[0]) - psf.shape[0] // 2
    profile = np.exp(-(places**2) / (2 * variance))
    return np.outer(profile, profile) / profile.sum() ** 2


def test_zeros_of_transfer_functions() -> None:
    assert not has_zeros(gaussian_psf(1.5))
    assert has_zeros(motion_psf(9, 20))
    point = narrowed(motion_psf(9, 20), 0.0)
    assert point.max() == pytest.approx(1)
