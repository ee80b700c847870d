"""Light and floor of scenes."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter
from skimage import data

from napari_flowprior.restoration import Convolution, GaussianLikelihood
from napari_flowprior.restoration.degradations import gaussian_psf
from napari_flowprior.restoration.likelihoods import darkest
from napari_flowprior.restoration.likelihoods._confinement import confined


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


def test_strong_noise_makes_no_scene_a_dark_field() -> None:
    """Its noise reaches from the darkest pixel to the median and beyond."""
    scene = torch.from_numpy(gaussian_filter(data.camera() / 255, 2))[None, None]
    noise = torch.from_numpy(np.random.default_rng(0).normal(0, 0.1, scene.shape))
    y = (scene + noise).clamp(0, 1)
    assert darkest(y[..., 128:256, 128:256], 0.1, 0.0) == 0
    row = y[..., 150:151, :]
    for thin in (row, row.mT):
        assert darkest(thin, 0.1, 0.0) == 0
    field = (0.4 + noise).clamp(0, 1)
    assert darkest(field, 0.1, 0.0) == pytest.approx(0.4, abs=0.01)
