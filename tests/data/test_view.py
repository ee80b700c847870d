"""Arrays of any kind and order of axes seen as samples of planes."""

import dask.array as da
import numpy as np
import pytest
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_flowprior._errors import InputError
from napari_flowprior.data import PlaneView, parse_axes

SIZES = {"T": 2, "Z": 3, "C": 2, "Y": 5, "X": 4}
WHOLE = slice(None)


def numbered(shape, dtype=np.int32):
    return np.arange(np.prod(shape), dtype=dtype).reshape(shape)


@st.composite
def views(draw: st.DrawFn) -> PlaneView:
    stack = draw(st.lists(st.sampled_from("TZC"), unique=True))
    sizes = SIZES | {"S": draw(st.sampled_from([3, 4]))}
    colour = draw(st.sampled_from(["", "S"]))
    axes = "".join(draw(st.permutations([*stack, "Y", "X", *colour])))
    array = numbered([sizes[letter] for letter in axes])
    return PlaneView(array, axes, joint=bool(colour) and draw(st.booleans()))


@settings(deadline=None)
@given(views())
def test_reading_and_writing_everything_gives_the_array(view):
    out = np.full_like(view.array, -1)
    for sample in range(view.samples):
        block = view.read(sample, WHOLE, WHOLE)
        assert block.shape == (view.channels, *view.shape)
        assert block.dtype == np.float32
        assert block.flags.c_contiguous
        view.write(out, sample, WHOLE, WHOLE, block)
    np.testing.assert_array_equal(out, view.array)


@settings(deadline=None)
@given(views(), st.integers(2, 3))
def test_enlarged_planes_go_where_their_pixels_were(view, factor):
    places = [view.axes.index(letter) for letter in "YX"]
    enlarged = view.array
    for place in places:
        enlarged = enlarged.repeat(factor, place)
    out = np.full_like(enlarged, -1)
    for sample in range(view.samples):
        block = view.read(sample, WHOLE, WHOLE).repeat(factor, 1).repeat(factor, 2)
        ys, xs = (slice(0, factor * side) for side in view.shape)
        view.write(out, sample, ys, xs, block, factor)
    np.testing.assert_array_equal(out, enlarged)


@settings(deadline=None)
@given(views(), st.data())
def test_regions_are_parts_of_the_plane(view, data):
    sample = data.draw(st.integers(0, view.samples - 1))
    ys, xs = slice(1, 4), slice(2, 3)
    expected = view.read(sample, WHOLE, WHOLE)[:, ys, xs]
    np.testing.assert_array_equal(view.read(sample, ys, xs), expected)


def test_samples_are_the_planes_of_a_stack():
    stack = numbered((2, 3, 5, 4))
    view = PlaneView(stack, "TZYX")
    assert (view.samples, view.channels, view.shape) == (6, 1, (5, 4))
    np.testing.assert_array_equal(view.read(4, WHOLE, WHOLE)[0], stack[1, 1])


def test_rows_and_columns_may_be_swapped():
    image = numbered((4, 5))
    np.testing.assert_array_equal(
        PlaneView(image, "XY").read(0, WHOLE, WHOLE)[0], image.T
    )


def test_colours_are_one_sample_when_joint():
    image = numbered((5, 4, 3))
    view = PlaneView(image, "YXS", joint=True)
    assert (view.samples, view.channels) == (1, 3)
    np.testing.assert_array_equal(view.read(0, WHOLE, WHOLE), np.moveaxis(image, -1, 0))


def test_three_channels_serve_as_colours_when_joint():
    view = PlaneView(numbered((3, 5, 4)), "CYX", joint=True)
    assert (view.samples, view.channels, view.has_alpha) == (1, 3, False)


def test_four_channels_are_samples_unless_joint():
    assert PlaneView(numbered((4, 5, 4)), "CYX").samples == 4
    assert PlaneView(numbered((4, 5, 4)), "CYX", joint=True).has_alpha


@pytest.mark.parametrize(("axes", "shape"), [("YX", (5, 4)), ("CYX", (2, 5, 4))])
def test_joint_needs_colours(axes, shape):
    with pytest.raises(InputError, match="no colours to restore together"):
        PlaneView(numbered(shape), axes, joint=True)


@pytest.mark.parametrize("joint", [True, False])
@pytest.mark.parametrize("dtype", [np.uint8, np.float64])
def test_alpha_is_copied_unchanged(joint, dtype):
    image = numbered((5, 4, 4), np.uint8)
    view = PlaneView(image, "YXS", joint)
    out = np.full(image.shape, 99, dtype)
    for sample in range(view.samples):
        region = (sample, slice(0, 3), slice(0, 2))
        view.write(out, *region, np.zeros((view.channels, 3, 2)))
    np.testing.assert_array_equal(out[:3, :2, 3], image[:3, :2, 3])
    assert (out[:3, :2, :3] == 0).all()
    assert (out[3:] == 99).all()


def test_writing_rounds_and_clips():
    out = np.zeros((1, 3), np.uint8)
    PlaneView(out, "YX").write(out, 0, WHOLE, WHOLE, np.array([[[-3, 1.6, 300]]]))
    assert out.tolist() == [[0, 2, 255]]


def test_reading_in_float64_keeps_large_integers():
    image = np.array([[2**40 + 1]])
    assert PlaneView(image, "YX").read(0, WHOLE, WHOLE, np.float64) == 2**40 + 1


def test_reading_gives_a_copy():
    image = np.zeros((5, 4), np.float32)
    PlaneView(image, "YX").read(0, WHOLE, WHOLE)[:] = 1
    assert not image.any()


@pytest.mark.parametrize("kind", ["dask", "zarr", "memmap"])
def test_lazy_arrays_are_read_by_region(kind, tmp_path):
    array = numbered((2, 6, 7, 3), np.uint16)
    lazy = {
        "dask": lambda: da.from_array(array, chunks=(1, 4, 4, 3)),
        "zarr": lambda: zarr.array(array, chunks=(1, 4, 4, 3)),
        "memmap": lambda: np.memmap(tmp_path / "a", mode="w+", shape=array.shape),
    }[kind]()
    if kind == "memmap":
        lazy[:] = array % 256
        array = array % 256
    block = PlaneView(lazy, "ZYXS", joint=True).read(1, slice(2, 6), slice(1, 5))
    np.testing.assert_array_equal(block, np.moveaxis(array[1, 2:6, 1:5], -1, 0))


class Recorder:
    """An array that remembers how much of it was asked for."""

    def __init__(self, array):
        self.array, self.shape, self.dtype = array, array.shape, array.dtype
        self.largest = 0

    def __getitem__(self, key):
        self.largest = max(self.largest, self.array[key].size)
        return self.array[key]


def test_nothing_but_the_region_is_read():
    recorder = Recorder(numbered((4, 50, 60)))
    PlaneView(recorder, "ZYX").read(2, slice(0, 5), slice(0, 6))
    assert recorder.largest == 30


def test_bands_cover_every_row_once(monkeypatch):
    monkeypatch.setattr("napari_flowprior.data._view._BAND_PIXELS", 12)
    bands = list(PlaneView(numbered((2, 5, 4)), "ZYX").bands())
    rows = [(sample, y) for sample, ys in bands for y in range(5)[ys]]
    assert rows == [(sample, y) for sample in range(2) for y in range(5)]
    assert max(ys.stop - ys.start for _, ys in bands) == 3


@pytest.mark.parametrize(
    ("axes", "shape", "mask_shape", "mask_axes"),
    [
        ("TYXS", (2, 5, 4, 3), (2, 5, 4, 3), "TYXS"),
        ("TYXS", (2, 5, 4, 3), (2, 5, 4), "TYX"),
        ("TYXS", (2, 5, 4, 3), (5, 4), "YX"),
        ("SXYT", (4, 4, 5, 2), (5, 4), "YX"),
        ("CYX", (3, 5, 4), (5, 4), "YX"),
        ("YX", (5, 4), (5, 4), "YX"),
    ],
)
@pytest.mark.parametrize("joint", [True, False])
def test_masks_follow_the_view(axes, shape, mask_shape, mask_axes, joint):
    joint = joint and not {"S", "C"}.isdisjoint(axes)
    view = PlaneView(numbered(shape), axes, joint)
    mask = np.random.default_rng(0).random(mask_shape) < 0.5
    expanded = mask.transpose([mask_axes.index(a) for a in axes if a in mask_axes])
    missing = [i for i, letter in enumerate(axes) if letter not in mask_axes]
    full = np.broadcast_to(np.expand_dims(expanded, missing), shape)
    reference, seen = PlaneView(full, axes, joint), view.like(mask)
    for sample in range(view.samples):
        block = seen.read(sample, slice(1, 4), WHOLE, bool)
        assert block.dtype == bool
        expected = reference.read(sample, slice(1, 4), WHOLE, bool)
        np.testing.assert_array_equal(block, expected)


@pytest.mark.parametrize(
    ("axes", "shape", "fits"),
    [
        ("YX", (5, 4), "(5, 4)."),
        ("ZYX", (2, 5, 4), "(2, 5, 4) or (5, 4)."),
        ("ZYXS", (2, 5, 4, 3), "(2, 5, 4, 3) or (2, 5, 4) or (5, 4)."),
    ],
)
def test_masks_of_another_shape_are_refused(axes, shape, fits):
    with pytest.raises(InputError) as error:
        PlaneView(numbered(shape), axes).like(np.zeros((4, 5), bool))
    assert str(error.value) == (
        f"An array of shape (4, 5) does not fit the image; its shape must be {fits}"
    )


def test_axes_are_kept_in_upper_case():
    view = PlaneView(numbered((2, 5, 4)), "zyx")
    assert view.axes == parse_axes("zyx", (2, 5, 4)) == "ZYX"
    assert view.dtype == np.int32
