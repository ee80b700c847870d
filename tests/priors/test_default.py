"""Colours get the prior of colours, and grey images that of grey."""

import numpy as np
import pytest

from napari_flowprior.priors import default_prior

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("image", "axes", "name"),
    [
        (RNG.random((9, 8)), "YX", "photo-gray"),
        (RNG.random((3, 9, 8)), "CYX", "photo-gray"),
        (RNG.random((9, 8, 3)), "YXS", "photo-rgb"),
        (np.dstack([RNG.random((9, 8))] * 3), "YXS", "photo-gray"),
        (RNG.random((9, 8, 3)) * [0, 1, 1], "YXS", "photo-gray"),
        (RNG.random((9, 8, 3)) * [0, 1, 0] + [0, 0, 1], "YXS", "photo-gray"),
    ],
)
def test_by_the_colours(image, axes, name):
    assert default_prior(image, axes) == name


def test_what_was_compressed_together_stays_together():
    image = RNG.random((9, 8, 3)) * [0, 1, 1]
    assert default_prior(image, "YXS", together=True) == "photo-rgb"
    grey = np.dstack([RNG.random((9, 8))] * 3)
    assert default_prior(grey, "YXS", together=True) == "photo-gray"
