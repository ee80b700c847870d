"""Constant areas are found whatever their value, and spread values are none."""

from __future__ import annotations

import numpy as np
import pytest
from skimage import data

from napari_flowprior.data import PlaneView
from napari_flowprior.restoration.noise import estimate_noise
from napari_flowprior.restoration.noise._plateaus import plateau


def noisy(level=8.0):
    camera = data.camera()[128:384, 128:384].astype(float)
    return (camera + np.random.default_rng(0).normal(0, level, camera.shape)).round()


def test_few_pixels_are_no_area():
    image = noisy()
    assert plateau(image) is None
    image[:8] = 90
    assert plateau(image) is None


def test_dots_of_one_value_are_no_area():
    image = noisy()
    image[np.random.default_rng(1).random(image.shape) < 0.3] = 90
    assert plateau(image) is None


@pytest.mark.parametrize("value", [-100, 30, 90, 400])
@pytest.mark.parametrize("share", [0.2, 0.5])
def test_the_level_is_that_of_the_rest(value, share):
    image = noisy()
    rows = round(share * len(image))
    alone = estimate_noise(PlaneView(image[rows:], "YX"))
    image[:rows] = value
    assert plateau(image)[:rows].all()
    found = estimate_noise(PlaneView(image, "YX"))
    assert found == pytest.approx(alone, rel=0.25)
