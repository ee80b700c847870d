"""Means of four pixels."""

from __future__ import annotations

import numpy as np
import pytest

from napari_flowprior.data import coarser


def test_means_of_four_pixels():
    image = np.random.default_rng(0).random((3, 6, 8))
    wanted = image.reshape(3, 3, 2, 4, 2).mean(axis=(2, 4))
    np.testing.assert_allclose(coarser(image), wanted, rtol=1e-12)
    moved = coarser(image.transpose(1, 2, 0), axes=(0, 1))
    np.testing.assert_allclose(moved, wanted.transpose(1, 2, 0), rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int16, np.float32, bool])
def test_a_constant_image_stays_so(dtype):
    image = np.full((5, 7), 1, dtype)
    found = coarser(image)
    assert found.shape == (2, 3)
    assert found.dtype == dtype
    assert (found == 1).all()


def test_integers_are_rounded_and_do_not_wrap():
    assert coarser(np.full((2, 2), 255, np.uint8)) == 255
    assert coarser(np.array([[0, 1], [1, 1]], np.uint8)) == 1
    assert coarser(np.array([[-32768, -32768], [-32768, -32767]], np.int16)) == -32768
