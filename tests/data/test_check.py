"""Images that cannot be restored are refused with a sentence."""

import numpy as np
import pytest
from draining import drain

from napari_flowprior._errors import InputError
from napari_flowprior.data import PlaneView, check_image, scan


class FakeTensor:
    """An array of a type that NumPy does not know, as those of other libraries."""

    shape = (5, 5)
    dtype = "framework.float32"


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (None, "must be an array, not NoneType"),
        ([[1, 2], [3, 4]], "must be an array, not list"),
        (FakeTensor(), "no NumPy array"),
        (np.zeros((5, 5), complex), "complex"),
        (np.zeros((5, 5), object), "not numeric"),
        (np.full((5, 5), "a"), "not numeric"),
        (np.zeros((5, 5), "datetime64[s]"), "not numeric"),
        (np.zeros((5, 5), [("r", "u1"), ("g", "u1")]), "not numeric"),
        (np.float64(3), "at least two axes"),
        (np.zeros(5), "at least two axes"),
        (np.zeros((0, 5)), "empty"),
        (np.zeros((3, 5, 0)), "empty"),
        (np.ma.masked_array(np.zeros((5, 5)), False), "Masked arrays"),
    ],
)
def test_what_is_no_image_is_refused(image, message):
    with pytest.raises(InputError, match=message):
        check_image(image)


@pytest.mark.skipif(
    np.dtype(np.longdouble).itemsize == 8, reason="long doubles are doubles here"
)
def test_long_doubles_are_refused():
    with pytest.raises(InputError, match="use float64"):
        check_image(np.zeros((5, 5), np.longdouble))


@pytest.mark.parametrize("kind", ["?", *"bhilqBHILQefd", ">u2", ">f4"])
def test_every_real_type_is_accepted(kind):
    image = np.ones((1, 1), kind)
    check_image(image)
    drain(scan(PlaneView(image, "YX")))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_nan_and_infinite_values_are_counted(dtype, monkeypatch):
    monkeypatch.setattr("napari_flowprior.data._view._BAND_PIXELS", 10)
    image = np.zeros((3, 6, 5), dtype)
    view = PlaneView(image, "ZYX")
    image[1, 2, 3] = np.inf
    with pytest.raises(InputError, match="1 infinite value; restore"):
        drain(scan(view))
    image[:, 0, 0] = np.nan
    with pytest.raises(InputError, match=r"3 NaN values.*Inpaint\(mask=np.isnan"):
        drain(scan(view))


def test_missing_pixels_may_hold_anything():
    image = np.zeros((6, 5, 3), np.float32)
    image[2:4] = np.nan
    view = PlaneView(image, "YXS", joint=True)
    drain(scan(view, missing=view.like(np.isnan(image))))
    mask = np.zeros((6, 5), bool)
    mask[2] = True
    with pytest.raises(InputError, match="15 NaN"):
        drain(scan(view, missing=view.like(mask)))


def test_alpha_may_hold_anything():
    image = np.zeros((6, 5, 4), np.float32)
    image[..., 3] = np.nan
    drain(scan(PlaneView(image, "YXS")))


def test_values_beyond_float32_are_refused():
    with pytest.raises(InputError, match="1 very large value, beyond 3"):
        drain(scan(PlaneView(np.array([[1e39, 0]]), "YX")))
