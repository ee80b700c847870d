"""Intensities: the range of an image, the unit range, and types of pixels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from napari_flowprior._errors import InputError
from napari_flowprior.data import IntensityScale, to_dtype

RNG = np.random.default_rng(0)
REAL_TYPES = [
    *(np.bool_, np.float16, np.float32, np.float64),
    *(np.int8, np.int16, np.int32, np.int64),
    *(np.uint8, np.uint16, np.uint32, np.uint64),
]


@pytest.mark.parametrize(
    ("ends", "offset"),
    [
        ((False, False), -50),
        ((True, False), 0),
        ((False, True), -100),
        ((True, True), -50),
    ],
)
def test_strong_noise_widens_the_range_where_it_is_not_cut_off(ends, offset):
    scale = IntensityScale.fit(0, 100, 50, 0.25, ends=ends)
    assert (scale.offset, scale.gain) == (offset, 200)
    assert scale.ends == (ends if ends != (True, True) else (False, False))


def test_scale_maps_the_range_to_the_unit_range():
    scale = IntensityScale.fit(100, 300, sigma=10, sigma_max=0.5)
    assert scale == IntensityScale(100, 200)
    np.testing.assert_allclose(scale.normalise(np.array([100, 300])), [0, 1])


def test_scale_is_widened_about_the_middle_for_strong_noise():
    scale = IntensityScale.fit(100, 300, sigma=200, sigma_max=0.5)
    assert scale.gain == 400
    np.testing.assert_allclose(scale.normalise(np.array([100.0, 300])), [0.25, 0.75])


def test_scale_ignores_noise_without_a_limit():
    assert IntensityScale.fit(0, 1, sigma=99, sigma_max=0) == IntensityScale(0, 1)


@given(hnp.arrays(np.float64, (7,), elements=st.floats(-1e6, 1e6)))
def test_scale_is_undone(values):
    scale = IntensityScale(-3.5, 17)
    restored = scale.restore(scale.normalise(values, np.float64))
    np.testing.assert_allclose(restored, values, rtol=1e-12, atol=1e-9)


def test_scale_keeps_small_differences_of_large_integers():
    values = np.array([2**40, 2**40 + 1])
    scaled = IntensityScale(2**40, 1).normalise(values)
    assert scaled.dtype == np.float32
    assert scaled.tolist() == [0, 1]


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_what_is_in_holes_may_be_too_large_for_float32():
    scaled = IntensityScale(0, 0.5).normalise(np.array([1e308, 3]))
    assert scaled.tolist() == [np.inf, 6]


@pytest.mark.parametrize(("offset", "gain"), [(0, 0), (0, -1), (np.nan, 1), (0, 1e999)])
def test_impossible_scales_are_refused(offset, gain):
    with pytest.raises(InputError, match="cannot be scaled"):
        IntensityScale(offset, gain)


@pytest.mark.parametrize("dtype", REAL_TYPES)
def test_extremes_are_clipped_and_never_wrap(dtype):
    out = to_dtype(np.array([-1e300, 1e300]), dtype)
    info = np.finfo if np.dtype(dtype).kind == "f" else np.iinfo
    if dtype is np.bool_:
        expected = [False, True]
    elif dtype is np.float64:
        expected = [-1e300, 1e300]
    else:
        expected = [info(dtype).min, info(dtype).max]
    assert out.dtype == dtype
    assert out.tolist() == [np.dtype(dtype).type(value) for value in expected]


@pytest.mark.parametrize("dtype", REAL_TYPES)
def test_values_of_a_type_survive_float64(dtype):
    values = np.array([0, 1, 1, 0], dtype)
    np.testing.assert_array_equal(to_dtype(values.astype(np.float64), dtype), values)


def test_integers_are_rounded_and_booleans_cut_at_a_half():
    values = np.array([0.4, 0.5, 0.6, 1.5])
    assert to_dtype(values, np.uint8).tolist() == [0, 0, 1, 2]
    assert to_dtype(values, bool).tolist() == [False, True, True, True]


def test_the_same_type_is_kept_exactly():
    values = np.array([2**63 - 1])
    assert to_dtype(values, np.int64)[0] == 2**63 - 1


@pytest.mark.parametrize("dtype", [complex, object, "U3", "datetime64[s]"])
def test_other_types_are_refused(dtype):
    with pytest.raises(InputError, match="cannot be of type"):
        to_dtype(np.zeros(2), dtype)
