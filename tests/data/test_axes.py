"""Names of axes: given and guessed."""

import numpy as np
import pytest

from napari_flowprior._errors import InputError
from napari_flowprior.data import guess_axes, parse_axes


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((5, 6), "YX"),
        ((1, 1), "YX"),
        ((20, 30, 3), "YXS"),
        ((20, 30, 4), "YXS"),
        ((20, 30, 5), "ZYX"),
        ((3, 20, 30), "ZYX"),
        ((20, 3, 3), "ZYX"),
        ((2, 20, 30, 3), "ZYXS"),
        ((2, 3, 20, 30), "TZYX"),
        ((2, 3, 20, 30, 4), "TZYXS"),
        ((2, 3, 4, 20, 30), "TCZYX"),
        ((2, 3, 4, 20, 30, 3), "TCZYXS"),
    ],
)
def test_axes_are_guessed_from_the_shape(shape, expected):
    assert guess_axes(shape, np.uint8) == expected


def test_a_boolean_stack_is_not_in_colour():
    assert guess_axes((20, 30, 3), bool) == "ZYX"


@pytest.mark.parametrize("shape", [(), (5,), (2, 2, 2, 2, 20, 30), (9,) * 7])
def test_axes_that_cannot_be_guessed_are_refused(shape):
    with pytest.raises(InputError, match="cannot be guessed"):
        guess_axes(shape)


def test_axes_are_read_in_either_case_and_any_order():
    assert parse_axes(" xYt ", (5, 6, 7)) == "XYT"


@pytest.mark.parametrize(
    ("text", "shape", "message"),
    [
        ("YX", (2, 5, 6), "name 2 axes, but the image has 3"),
        ("QYX", (2, 5, 6), 'unknown letters: "Q"'),
        ("YYX", (2, 5, 6), "repeat a letter"),
        ("ZX", (5, 6), "lack Y or X"),
        ("YXS", (5, 6, 2), "must have 3 samples"),
        ("YXS", (5, 6, 1), "name other channels C"),
        ("", (), "lack Y or X"),
        (None, (5, 6), "must be a text"),
    ],
)
def test_wrong_axes_are_refused_with_a_sentence(text, shape, message):
    with pytest.raises(InputError, match=message):
        parse_axes(text, shape)
