"""Views of images without impulses and lines."""

from __future__ import annotations

import numpy as np
import pytest
from draining import drain
from hypothesis import given
from hypothesis import strategies as st
from skimage import data

from napari_flowprior.data import PlaneView
from napari_flowprior.restoration.noise import repair, repairs_of

RNG = np.random.default_rng(5)
PHOTO = data.camera()[100:228, 180:308] * 0.9 + 12


def damaged(lines: bool = True) -> np.ndarray:
    image = PHOTO + RNG.normal(0, 3, PHOTO.shape)
    if lines:
        image += 10 * RNG.normal(size=(PHOTO.shape[0], 1))
    image = np.rint(image).clip(0, 255)
    chance = RNG.random(PHOTO.shape)
    image[chance < 0.01], image[chance > 0.99] = 0, 255
    return image.astype(np.uint8)


DAMAGED = damaged()
REPAIRED = drain(repair(PlaneView(DAMAGED, "YX")))


def rms(difference: np.ndarray) -> float:
    return float(np.sqrt(np.mean(difference**2)))


def test_both_are_taken_out() -> None:
    told = repairs_of(REPAIRED).summary()
    assert set(told) == {"rows", "impulses"}
    assert told["impulses"] == pytest.approx(0.02, rel=0.3)
    assert told["rows"] == pytest.approx(10, rel=0.3)
    whole = slice(None)
    left = REPAIRED.read(0, whole, whole, np.float64)[0] - PHOTO
    assert rms(left) < 0.4 * rms(DAMAGED - PHOTO)


@given(
    st.tuples(st.integers(0, 120), st.integers(1, 40)),
    st.tuples(st.integers(0, 120), st.integers(1, 40)),
)
def test_regions_are_those_of_the_whole(
    rows: tuple[int, int], columns: tuple[int, int]
) -> None:
    ys, xs = (slice(start, start + size) for start, size in (rows, columns))
    whole = REPAIRED.read(0, slice(None), slice(None), np.float64)
    np.testing.assert_array_equal(
        REPAIRED.read(0, ys, xs, np.float64), whole[:, ys, xs]
    )


def test_nothing_found_is_the_view_itself() -> None:
    view = PlaneView(PHOTO.astype(np.uint8), "YX")
    assert drain(repair(view)) is view
    assert not repairs_of(view)


def test_planes_and_channels_as_alone() -> None:
    stack = np.stack([[damaged(), damaged()], [damaged(), damaged()]])
    for channel in PlaneView(stack, "TCYX").along("C"):
        view = drain(repair(channel))
        assert view.fixed == channel.fixed
        for time in range(2):
            plane = stack[time, channel.fixed["C"]]
            alone = PlaneView(plane, "YX")
            assert rms(view.read(time, slice(None), slice(None))[0] - PHOTO) < 0.6 * (
                rms(alone.read(0, slice(None), slice(None))[0] - PHOTO)
            )


@pytest.mark.parametrize("order", ["YXS", "SXY"])
def test_colours_without_alpha(order: str) -> None:
    colours = np.stack([damaged(lines=False) for _ in range(3)], axis=-1)
    alpha = RNG.integers(0, 255, PHOTO.shape, dtype=np.uint8)
    image = np.dstack([colours, alpha]).transpose(["YXS".index(a) for a in order])
    view = drain(repair(PlaneView(image, order, joint=True)))
    assert set(repairs_of(view).summary()) == {"impulses"}
    out = np.zeros_like(image)
    block = view.read(0, slice(None), slice(None), np.float64)
    assert (block != colours.transpose(2, 0, 1)).mean() == pytest.approx(0.02, rel=0.3)
    view.write(out, 0, slice(None), slice(None), block)
    at = tuple(3 if letter == "S" else slice(None) for letter in order)
    np.testing.assert_array_equal(out[at], image[at])
