"""Joining tiles: nothing but the image comes out, and little is held meanwhile."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_flowprior._errors import InputError, RestoreError
from napari_flowprior.tiling import Blend, TilePlan, read_padded


def blend_identity(image, plan, order=None):
    """Pass an image (samples, C, Y, X) through tiles that do nothing."""
    out = np.full(image.shape, np.nan, dtype=image.dtype)

    def read(sample, ys, xs):
        return image[sample][:, ys, xs]

    def write(sample, ys, block):
        assert np.isnan(out[sample, :, ys]).all()
        out[sample, :, ys] = block

    blend = Blend(plan, image.shape[1], write, dtype=image.dtype)
    held = []
    for tile in order or plan:
        blend.add(tile, read_padded(read, plan, tile))
        held.append(blend.rows_held)
    blend.finish()
    assert blend.rows_held == 0
    return out, held


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_identity_gives_the_image_for_any_size_tile_and_order(data):
    shape = data.draw(st.tuples(st.integers(1, 70), st.integers(1, 70)))
    sides = data.draw(st.tuples(*[st.sampled_from([8, 16, 24, 64])] * 2))
    overlap = data.draw(st.integers(0, 7))
    samples, channels = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 3))
    image = np.random.default_rng(0).random((samples, channels, *shape))
    plan = TilePlan.fit(samples, shape, tile=sides, overlap=overlap)
    tiles = list(plan)
    random.Random(data.draw(st.integers(0, 99))).shuffle(tiles)
    out, _ = blend_identity(image, plan, tiles)
    np.testing.assert_allclose(out, image, rtol=0, atol=1e-14)


@pytest.mark.parametrize("shape", [(1, 1), (1, 200), (8, 8), (9, 64), (65, 3)])
def test_identity_gives_the_image_with_the_default_tiles(shape):
    image = np.random.default_rng(0).random((1, 3, *shape), dtype=np.float32)
    np.testing.assert_array_equal(
        blend_identity(image, TilePlan.fit(1, shape))[0], image
    )


def test_the_order_of_tiles_does_not_show_in_float32():
    image = np.random.default_rng(1).random((1, 1, 150, 130), dtype=np.float32)
    plan = TilePlan.fit(1, image.shape[2:])
    reference, _ = blend_identity(image, plan)
    shuffled = random.Random(0).sample(list(plan), len(plan))
    np.testing.assert_array_equal(blend_identity(image, plan, shuffled)[0], reference)
    np.testing.assert_array_equal(reference, image)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 200), st.sampled_from([8, 16, 32]), st.integers(0, 7))
def test_row_major_order_holds_at_most_two_rows_of_tiles(height, side, overlap):
    plan = TilePlan.fit(3, (height, 40), tile=side, overlap=overlap)
    image = np.zeros((3, 1, height, 40))
    _, held = blend_identity(image, plan)
    assert max(held) <= 2 * plan.tile[0]


def test_bands_leave_as_soon_as_they_are_complete():
    written = []
    plan = TilePlan.fit(1, (120, 64))
    blend = Blend(plan, 1, lambda sample, ys, block: written.append(ys))
    first, second = plan
    blend.add(first, np.zeros((1, 64, 64)))
    assert written == [slice(0, 56)]
    assert blend.rows_held == 8
    blend.add(second, np.zeros((1, 64, 64)))
    assert written[1:] == [slice(56, 64), slice(64, 120)]


def test_blocks_are_float32_by_default():
    blocks = []
    plan = TilePlan.fit(1, (5, 5))
    blend = Blend(plan, 1, lambda sample, ys, block: blocks.append(block))
    blend.add(next(iter(plan)), np.ones((1, 8, 8), dtype=np.float32))
    assert blocks[0].dtype == np.float32
    assert blocks[0].shape == (1, 5, 5)


def test_missing_tiles_are_reported():
    plan = TilePlan.fit(1, (120, 64))
    blend = Blend(plan, 1, lambda *_: None)
    blend.add(next(iter(plan)), np.zeros((1, 64, 64)))
    with pytest.raises(RestoreError, match="1 of 2 tiles were never added"):
        blend.finish()
    assert blend.rows_held == 0


def test_a_tile_is_added_once_and_in_the_right_shape():
    plan = TilePlan.fit(1, (120, 64))
    blend = Blend(plan, 1, lambda *_: None)
    tile = next(iter(plan))
    with pytest.raises(InputError, match=r"pass \(1, 64, 64\)"):
        blend.add(tile, np.zeros((3, 64, 64)))
    blend.add(tile, np.zeros((1, 64, 64)))
    with pytest.raises(InputError, match="added before"):
        blend.add(tile, np.zeros((1, 64, 64)))
