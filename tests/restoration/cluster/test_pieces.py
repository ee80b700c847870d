"""Regions of arrays, and arrays of which some regions are at hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_flowprior._errors import RestoreError
from napari_flowprior.data import PlaneView
from napari_flowprior.restoration.cluster._pieces import (
    Patchwork,
    chunks_within,
    region_of,
)

WHOLE = np.arange(5 * 11 * 13).reshape(5, 11, 13)
CHUNKS = (2, 2, 1), (4, 7), (6, 6, 1)


def patched(region: tuple[slice, ...]) -> Patchwork:
    regions = [each for _, each in chunks_within(CHUNKS, region)]
    pieces = [WHOLE[each] for each in regions]
    return Patchwork(WHOLE.shape, WHOLE.dtype, regions, pieces)


@st.composite
def keys(draw: st.DrawFn) -> tuple[int | slice, ...]:
    places = []
    for size in WHOLE.shape:
        start = draw(st.integers(0, size - 1))
        stop = draw(st.integers(start + 1, size))
        places.append(start if draw(st.booleans()) else slice(start, stop))
    return tuple(places)


def as_slices(key: tuple[int | slice, ...]) -> tuple[slice, ...]:
    return tuple(n if isinstance(n, slice) else slice(n, n + 1) for n in key)


@given(key=keys())
def test_what_is_read_is_what_is_there(key: tuple[int | slice, ...]) -> None:
    found = patched(as_slices(key))[key]
    np.testing.assert_array_equal(found, WHOLE[key])


@given(key=keys())
def test_chunks_are_those_that_share_something(key: tuple[int | slice, ...]) -> None:
    wanted = as_slices(key)
    found = {index for index, _ in chunks_within(CHUNKS, wanted)}
    everything = tuple(map(slice, [0] * 3, WHOLE.shape))
    for index, span in chunks_within(CHUNKS, everything):
        shares = all(
            max(a.start, b.start) < min(a.stop, b.stop)
            for a, b in zip(span, wanted, strict=True)
        )
        assert (index in found) == shares


def test_what_is_not_at_hand_is_refused() -> None:
    region = slice(0, 2), slice(0, 4), slice(0, 6)
    with pytest.raises(RestoreError, match=r"0:1x0:5x0:1 .* only 0:2x0:4x0:6"):
        patched(region)[0, 0:5, 0]


def test_regions_of_planes_have_margins_within_borders() -> None:
    view = PlaneView(WHOLE, "ZYX")
    region = region_of(view, 3, slice(1, 4), slice(9, 20), margin=3)
    assert region == (slice(3, 4), slice(0, 7), slice(6, 13))
