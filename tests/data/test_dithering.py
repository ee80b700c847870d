"""Rounding that keeps the means of areas."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_flowprior.data import PlaneView, dithered


@pytest.mark.parametrize("value", [0.03, 0.2, 0.4, 0.5, 0.9, 3.7])
def test_areas_keep_their_means(value: float) -> None:
    found = np.rint(dithered(np.full((64, 64), value), slice(64), slice(64)))
    assert found.mean() == pytest.approx(value, abs=0.003)
    blocks = found.reshape(8, 8, 8, 8).mean((1, 3))
    assert np.abs(blocks - value).max() < 0.06


@given(
    st.integers(-1000, 1000), st.integers(0, 10**6), st.integers(0, 10**6), st.data()
)
def test_whole_numbers_stay_and_no_value_goes_far(
    number: int, top: int, left: int, data: st.DataObject
) -> None:
    place = slice(top, top + 5), slice(left, left + 7)
    whole = np.full((5, 7), float(number))
    np.testing.assert_array_equal(np.rint(dithered(whole, *place)), whole)
    between = whole + data.draw(st.floats(0, 1))
    found = np.rint(dithered(between, *place))
    assert ((found >= np.floor(between)) & (found <= np.ceil(between))).all()


def test_a_part_is_rounded_as_it_is_in_the_whole() -> None:
    image = np.random.default_rng(0).random((40, 30))
    whole = dithered(image, slice(0, 40), slice(0, 30))
    part = dithered(image[7:19, 11:], slice(7, 19), slice(11, 30))
    np.testing.assert_array_equal(part, whole[7:19, 11:])


@pytest.mark.parametrize("kind", ["uint8", "int16", "float32"])
def test_only_whole_numbers_are_dithered(kind: str) -> None:
    out = np.zeros((16, 16), kind)
    view = PlaneView(np.zeros((16, 16), np.uint8), "YX")
    values = np.full((1, 16, 16), 0.4)
    view.write(out, 0, slice(16), slice(16), values, dither=True)
    assert out.mean() == pytest.approx(0.4, abs=0.03)
    assert len(np.unique(out)) == (1 if kind == "float32" else 2)


def test_alpha_stays() -> None:
    image = np.random.default_rng(0).integers(0, 255, (8, 8, 4), np.uint8)
    view, out = PlaneView(image, "YXS", joint=True), np.zeros_like(image)
    whole = slice(0, 8)
    view.write(out, 0, whole, whole, np.full((3, 8, 8), 0.5), dither=True)
    np.testing.assert_array_equal(out[..., 3], image[..., 3])
    assert set(np.unique(out[..., :3])) == {0, 1}
