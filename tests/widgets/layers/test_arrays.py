"""Layers as options of a degradation."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest
from scipy.ndimage import gaussian_filter


def grey(image):
    return np.rint(255 * image).astype(np.uint8)


def blurred_point(side=7):
    point = np.zeros((side, side))
    point[side // 2, side // 2] = 1
    return gaussian_filter(point, 1)


def test_psf_of_a_layer(viewer, restore, image):
    source = viewer.add_image(grey(image))
    counts = np.rint(5000 * blurred_point()).astype(np.uint16)
    psf = viewer.add_image(counts, name="psf")
    layer, status = restore(source, "blur", psf=psf, sigma=2)
    assert layer is not None, status
    shares = viewer.add_image(counts / counts.sum(), name="shares")
    same, _ = restore(source, "blur", psf=shares, sigma=2)
    np.testing.assert_array_equal(layer.data, same.data)


@pytest.mark.parametrize("lazy", [False, True])
def test_noise_map_of_a_layer(viewer, restore, image, lazy):
    source = viewer.add_image(image)
    levels = np.full_like(image, 0.07)
    levels = viewer.add_image(da.from_array(levels, chunks=16) if lazy else levels)
    layer, _ = restore(source, "noise", sigma=None, map=levels)
    assert layer.metadata["flowprior"]["degradation"]["sigma"] == "map"
    same, _ = restore(source, "noise", sigma=0.07)
    np.testing.assert_allclose(layer.data, same.data, atol=1e-5)


def test_bad_pixels(viewer, restore, image):
    data = grey(0.5 * gaussian_filter(image, 2))
    data[20, 30] = 255
    viewer.add_labels(np.zeros(data.shape, int))
    layer, _ = restore(
        viewer.add_image(data), "inpaint", mask=None, bad_pixels=True, sigma=0
    )
    # The prior of the tests has seen nothing but noise of mean 128: it draws to that.
    assert 40 < layer.data[20, 30] < 128
    data[20, 30] = layer.data[20, 30]
    np.testing.assert_array_equal(layer.data, data)
