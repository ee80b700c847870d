"""Black and white as a user wants them."""

from __future__ import annotations

import numpy as np
import pytest

from napari_flowprior import Run
from napari_flowprior._errors import InputError
from napari_flowprior.data import ChosenRange, PlaneView, image_range


def find(image, *how, missing=None, used=False, **told):
    view = PlaneView(image, "YX")
    mask = None if missing is None else view.like(missing)
    return tuple(Run(ChosenRange(*how, **told).find(view, mask, used=used)).result)


NOWHERE = False, False


@pytest.fixture
def counts():
    """Counts of 12 bits with a few bright spots."""
    image = np.random.default_rng(0).integers(90, 400, (128, 128)).astype(np.uint16)
    image[5, 7] = 4000
    return image


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "float32", "bool"])
def test_auto_is_what_is_found_without_a_choice(dtype, counts):
    image = (counts % 200 / 200 if dtype == "float32" else counts).astype(dtype)
    low, high = Run(image_range(PlaneView(image, "YX"))).result
    assert find(image) == (low, high, NOWHERE)


def test_auto_is_what_is_used_where_that_is_asked_for(counts):
    dim = (counts % 100).clip(10, 60).astype(np.uint8)
    assert find(dim) == (0, 255, NOWHERE)
    assert find(dim, used=True) == (10, 60, NOWHERE)
    assert find(dim - 10, used=True) == (0, 50, (True, False))


@pytest.mark.parametrize(
    ("dtype", "expected"),
    [
        ("bool", (0, 1)),
        ("uint8", (0, 255)),
        ("uint16", (0, 65535)),
        ("int16", (-32768, 32767)),
        ("float32", (0, 1)),
    ],
)
def test_that_of_the_type(dtype, expected, counts):
    assert find(counts.astype(dtype), "type")[:2] == expected


def test_noise_is_cut_off_at_the_ends_of_the_type(counts):
    ends = find((counts % 200).clip(50).astype(np.uint8) - 50, "type")[2]
    assert ends == (True, False)
    assert find(counts.astype(np.uint8) // 2 + 9, "type")[2] == NOWHERE


def test_all_values(counts):
    assert find(counts, "min-max") == (90, 4000, NOWHERE)


def test_percentiles_pass_bright_spots_over(counts):
    low, high, ends = find(counts, "percentiles")
    assert 90 <= low < high < 400
    assert ends == NOWHERE
    unit = np.linspace(0, 0.5, 1000).reshape(20, 50)
    assert find(unit, "percentiles")[1] == pytest.approx(0.4995, abs=1e-3)


def test_missing_pixels_do_not_count(counts):
    hole = counts == 4000
    assert find(counts, "min-max", missing=hole)[1] < 400


@pytest.mark.parametrize("kind", ["percentiles", "min-max"])
def test_an_image_of_one_value(kind):
    low, high, _ = find(np.full((8, 8), 7, np.uint16), kind)
    assert low == 7 < high


def test_known_ends(counts):
    assert find(counts, black=100, white=300) == (100, 300, NOWHERE)
    assert find(counts, "min-max", black=0) == (0, 4000, NOWHERE)
    assert find(counts.astype(np.uint8), white=200) == (0, 200, NOWHERE)


def test_ends_that_make_no_sense(counts):
    with pytest.raises(InputError, match="Black is 5 and white 5"):
        ChosenRange(black=5, white=5)
    with pytest.raises(InputError, match="black at 5000 and white at 4000"):
        find(counts, "min-max", black=5000)
