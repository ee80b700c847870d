"""Tests of windows that images are cut into."""

from __future__ import annotations

import numpy as np
import pytest

from napari_flowprior.restoration.noise._cutting import cut_windows, without_slope


def test_windows_are_those_of_the_images_row_by_row() -> None:
    images = np.arange(2 * 3 * 9 * 13, dtype=float).reshape(2, 3, 9, 13)
    windows = cut_windows(images, 4)
    expected = [
        images[number, :, top : top + 4, left : left + 4]
        for number in range(2)
        for top in (0, 4)
        for left in (0, 4, 8)
    ]
    np.testing.assert_array_equal(windows, expected)


def test_images_smaller_than_a_window_have_none() -> None:
    assert cut_windows(np.zeros((1, 3, 8, 8)), 16).shape == (0, 3, 16, 16)


def test_slopes_leave_nothing_and_the_rest_stays() -> None:
    rows, columns = np.indices((8, 8)).astype(float)
    assert without_slope(3 + 2 * rows - columns) == pytest.approx(0, abs=1e-12)
    noise = np.random.default_rng(0).normal(size=(5, 2, 8, 8))
    rest = without_slope(noise)
    np.testing.assert_allclose(without_slope(rest + rows - columns), rest, atol=1e-12)
    assert rest.mean((2, 3)) == pytest.approx(0, abs=1e-12)
