"""Geometry of tiles: where they lie and how much they count."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_flowprior._errors import InputError
from napari_flowprior.tiling import (
    AxisTiles,
    Tile,
    TilePlan,
    balanced_tile,
    read_padded,
)


@st.composite
def axes(draw: st.DrawFn) -> AxisTiles:
    stride = draw(st.sampled_from([1, 2, 4, 8]))
    tile = stride * draw(st.integers(1, 12))
    overlap = draw(st.integers(0, tile - 1))
    size = draw(st.integers(1, 5 * tile))
    return AxisTiles(size=size, tile=tile, overlap=overlap, stride=stride)


@given(axes())
def test_tiles_cover_the_axis_and_stay_inside(axis):
    covered = np.zeros(axis.padded, dtype=bool)
    for start in axis.starts:
        assert 0 <= start <= axis.padded - axis.tile
        covered[start : start + axis.tile] = True
    assert covered.all()
    assert list(axis.starts) == sorted(set(axis.starts))


@given(axes())
def test_neighbours_overlap_by_two_margins_or_more(axis):
    steps = np.diff(axis.starts)
    assert (steps <= axis.tile - axis.overlap).all()
    assert (steps[:-1] == axis.tile - axis.overlap).all()


@given(axes())
def test_weights_sum_to_one_along_an_axis(axis):
    total = np.zeros(axis.padded)
    for number, start in enumerate(axis.starts):
        weights = axis.weights(number)
        assert (weights > 0).all()
        total[start : start + axis.tile] += weights
    np.testing.assert_allclose(total, 1, rtol=0, atol=1e-12)


@settings(max_examples=50)
@given(st.integers(1, 90), st.integers(1, 90), st.sampled_from([8, 16, 32]))
def test_weights_sum_to_one_over_a_plane(height, width, side):
    plan = TilePlan.fit(1, (height, width), tile=side, overlap=6)
    total = np.zeros((plan.rows.padded, plan.cols.padded))
    for tile in plan:
        region = np.s_[tile.y : tile.y + plan.tile[0], tile.x : tile.x + plan.tile[1]]
        total[region] += plan.weight(tile, np.float64)
    np.testing.assert_allclose(total, 1, rtol=0, atol=1e-12)


@given(axes())
def test_balanced_tiles_are_no_larger_and_no_more(fixed):
    side = balanced_tile(fixed.size, fixed.tile, fixed.overlap, fixed.stride)
    assert side % fixed.stride == 0
    assert 0 < side <= fixed.tile
    even = AxisTiles(
        size=fixed.size, tile=side, overlap=fixed.overlap, stride=fixed.stride
    )
    assert len(even.starts) <= len(fixed.starts)


def test_default_tiles_are_those_of_the_method():
    plan = TilePlan.fit(1, (64 + 56, 64))
    assert plan.tile == (64, 64)
    assert plan.rows.starts == (0, 56)
    assert plan.cols.starts == (0,)


def test_weights_are_raised_cosine_ramps_and_one_on_the_border():
    axis = AxisTiles(size=120, tile=64, overlap=8)
    ramp = 0.5 - 0.5 * np.cos(np.pi * (np.arange(8) + 0.5) / 8)
    np.testing.assert_array_equal(axis.weights(0)[:56], 1)
    np.testing.assert_allclose(axis.weights(0)[56:], ramp[::-1], atol=1e-15)
    np.testing.assert_allclose(axis.weights(1)[:8], ramp, atol=1e-15)


def test_last_tile_is_shifted_inward():
    assert AxisTiles(size=100, tile=64, overlap=8).starts == (0, 36)
    assert AxisTiles(size=65, tile=64, overlap=8).starts == (0, 1)


def test_weights_are_shared_and_read_only():
    with pytest.raises(ValueError, match="read-only"):
        AxisTiles(size=8, tile=8, overlap=0).weights(0)[0] = 2


def test_tile_shrinks_to_small_images():
    plan = TilePlan.fit(1, (1, 30))
    assert plan.tile == (8, 32)
    assert (plan.rows.padded, plan.cols.padded) == (8, 32)
    assert len(plan) == 1


def test_tiles_are_row_major_and_sample_major():
    plan = TilePlan.fit(2, (100, 70))
    keys = [(tile.sample, tile.row, tile.col) for tile in plan]
    assert keys == sorted(keys)
    assert len(keys) == len(plan) == 2 * 2 * 2
    assert list(plan)[3] == Tile(y=36, x=6, row=1, col=1, sample=0)


def test_weight_is_float32_by_default():
    plan = TilePlan.fit(1, (20, 20))
    assert plan.weight(next(iter(plan))).dtype == np.float32


def test_plans_are_frozen():
    plan = TilePlan.fit(1, (20, 20))
    with pytest.raises(dataclasses.FrozenInstanceError):
        plan.overlap = 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tile": 60}, "not divisible by the stride 8 of the prior; use 56 or 64"),
        ({"tile": 4}, "use 8"),
        ({"tile": (64, 12)}, "not divisible"),
        ({"tile": (64, 64, 64)}, "two sides"),
        ({"tile": 0}, "tile must be at least 1"),
        ({"tile": 64.0}, "whole number"),
        ({"tile": "64"}, "whole number"),
        ({"tile": 8, "overlap": 8}, "at most 7"),
        ({"overlap": -1}, "overlap must be at least 0"),
        ({"overlap": 2.5}, "whole number"),
        ({"stride": 0}, "stride must be at least 1"),
        ({"shape": (0, 5)}, "size must be at least 1"),
        ({"samples": 0}, "samples must be at least 1"),
    ],
)
def test_bad_numbers_are_refused_with_a_sentence(options, message):
    values = {"samples": 1, "shape": (100, 100), **options}
    with pytest.raises(InputError, match=message):
        TilePlan.fit(**values)


@settings(max_examples=50)
@given(st.integers(1, 40), st.integers(1, 40))
def test_reading_stays_inside_and_reflects(height, width):
    image = np.random.default_rng(0).random((2, height, width))
    plan = TilePlan.fit(1, (height, width), tile=24, overlap=4)

    def read(sample, ys, xs):
        assert 0 <= ys.start < ys.stop <= height
        assert 0 <= xs.start < xs.stop <= width
        return image[:, ys, xs]

    padding = plan.rows.padded - height, plan.cols.padded - width
    padded = np.pad(image, ((0, 0), (0, padding[0]), (0, padding[1])), "reflect")
    for tile in plan:
        block = read_padded(read, plan, tile)
        ys = slice(tile.y, tile.y + plan.tile[0])
        xs = slice(tile.x, tile.x + plan.tile[1])
        np.testing.assert_array_equal(block, padded[:, ys, xs])


def test_a_single_pixel_is_repeated():
    plan = TilePlan.fit(1, (1, 1))
    block = read_padded(lambda *_: np.full((1, 1, 1), 7.0), plan, next(iter(plan)))
    np.testing.assert_array_equal(block, np.full((1, 8, 8), 7.0))
