"""Shapes of sprites."""

from __future__ import annotations

import numpy as np
import pytest

from napari_flowprior.training.sprites._shapes import Canvas, Capsule


def coverage(shape, size=64):
    canvas = Canvas(np.zeros((size, size, 3)), 64.0)
    canvas.draw(shape)
    return canvas.image[..., 0]


WHITE = np.ones(3)


@pytest.mark.parametrize("size", [32, 64, 128])
def test_a_capsule_covers_its_area(size):
    shape = Capsule((20, 30), (44, 37), (6, 6), WHITE, 0.0, flat=True)
    area = np.pi * 6**2 + 12 * np.hypot(24, 7)
    covered = coverage(shape, size).sum() * (64 / size) ** 2
    assert covered == pytest.approx(area, rel=0.01)


def test_a_cut_capsule_ends_straight():
    shape = Capsule((32, 10), (32, 40), (8, 8), WHITE, 0.0, cut=-4.0, flat=True)
    image = coverage(shape)
    assert (image[35, 25:39] == 1).all()
    assert (image[36:] == 0).all()


def test_shapes_outside_of_the_image_are_left_out():
    shape = Capsule((-30, 5), (-12, 90), (4, 9), WHITE)
    assert not coverage(shape).any()


def test_outline_is_darker_than_the_shape():
    shape = Capsule((32, 32), (32, 32), (10, 10), WHITE, 2.0, flat=True)
    row = coverage(shape)[32]
    assert row[32] == 1
    assert row[21] == pytest.approx(0.3)
    assert row[18] == 0
