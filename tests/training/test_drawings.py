"""Drawn patches: shapes, range, the same by seed, every kind, contrast."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_flowprior._errors import InputError
from napari_flowprior.training.drawings import KINDS, draw_patch
from napari_flowprior.training.drawings._contrast import coloured
from napari_flowprior.training.drawings._dithers import bayer

seeds = st.integers(0, 2**64 - 1)


def rng(seed):
    return np.random.default_rng(seed)


def spans(count, size=32):
    source = rng(0)
    return np.array([np.ptp(draw_patch(source, size, 1)) for _ in range(count)])


@given(seeds, st.integers(8, 70), st.sampled_from([1, 3]))
@settings(max_examples=60, deadline=None)
def test_a_seed_gives_one_patch(seed, size, channels):
    patch = draw_patch(rng(seed), size, channels)
    assert patch.shape == (channels, size, size)
    assert patch.dtype == np.float32
    assert patch.flags.c_contiguous
    assert np.isfinite(patch).all()
    assert 0 <= patch.min() <= patch.max() <= 1
    np.testing.assert_array_equal(patch, draw_patch(rng(seed), size, channels))


@pytest.mark.parametrize("size", [8, 33, 64])
@pytest.mark.parametrize("kind", KINDS)
def test_kind(kind, size):
    source = rng(1)
    planes = np.stack([KINDS[kind](source, size) for _ in range(12)])
    assert planes.shape == (12, size, size)
    assert planes.dtype == np.float32
    assert np.isfinite(planes).all()
    assert 0 <= planes.min() <= planes.max() <= 1
    # No kind is empty or always the same, small as the patch may be.
    assert (np.ptp(planes, axis=(1, 2)) > 0).sum() >= 6
    assert len({plane.tobytes() for plane in planes}) >= 6


def test_kinds_cannot_be_changed():
    with pytest.raises(TypeError):
        KINDS["text"] = KINDS["noise"]


def test_patches_differ():
    source = rng(2)
    patches = {draw_patch(source, 24, 1).tobytes() for _ in range(200)}
    assert len(patches) >= 195


def test_contrast():
    found = spans(400)
    assert (found > 0.9).mean() >= 0.4
    assert 0.02 <= (found < 0.1).mean() <= 0.3
    assert (found == 0).mean() < 0.02


def test_colours_are_often_grey_and_often_not():
    source = rng(3)
    plane = rng(4).random((8, 8), np.float32)
    patches = [coloured(source, plane, 3) for _ in range(200)]
    grey = [np.ptp(patch, axis=0).max() < 1e-6 for patch in patches]
    assert 0.2 < np.mean(grey) < 0.6


def test_ordered_dither_has_every_threshold_once():
    np.testing.assert_allclose(bayer(1) * 4 - 0.5, [[0, 2], [3, 1]])
    np.testing.assert_allclose(np.sort(bayer(3), axis=None), (np.arange(64) + 0.5) / 64)


@pytest.mark.parametrize(("size", "channels"), [(7, 1), (0, 3), (64, 0)])
def test_too_small(size, channels):
    with pytest.raises(InputError, match="drawn patch"):
        draw_patch(rng(0), size, channels)
