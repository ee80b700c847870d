"""OME-Zarr images written part by part, in whatever order."""

from __future__ import annotations

import numpy as np
import pytest

from napari_flowprior._errors import InputError
from napari_flowprior.data import OmeZarr, PlaneView, Space, coarser
from napari_flowprior.data.files._zarr import open_zarr

zarr = pytest.importorskip("zarr")

SHAPES = {
    "YX": (37, 50),
    "YXS": (37, 50, 3),
    "CYX": (2, 37, 50),
    "ZCYX": (2, 3, 37, 50),
    "XYT": (50, 37, 2),
    "TCZYX": (2, 2, 2, 37, 50),
}


def written(path, axes, joint=False, levels=3, **options):
    """Write random numbers in bands, as a restoration does, and return both."""
    array = np.random.default_rng(0).integers(0, 255, SHAPES[axes]).astype(np.uint8)
    image = OmeZarr(path, array.shape, array.dtype, axes, levels, **options)
    view = PlaneView(array, axes, joint)
    height, width = view.shape
    for sample in reversed(range(view.samples)):
        for start in range(0, height, 11):
            rows = slice(start, min(start + 11, height))
            block = view.read(sample, rows, slice(0, width), np.float64)
            view.write(image, sample, rows, slice(0, width), block)
    return array, image


@pytest.mark.parametrize("axes", SHAPES)
def test_all_levels_are_as_if_made_at_once(tmp_path, axes):
    array, image = written(tmp_path / "a.zarr", axes, joint=axes == "YXS")
    image.finish()
    wanted = array.transpose(image.order)
    assert len(image.arrays) == 3
    for level in image.arrays:
        np.testing.assert_array_equal(level[:], wanted)
        assert level.dtype == np.uint8
        wanted = coarser(wanted)


def test_the_metadata_are_those_of_the_format(tmp_path):
    path = tmp_path / "cells.zarr"
    space = Space(
        scale={"Z": 2.0, "Y": 0.5, "X": 0.25},
        translate={"Y": 10.0},
        units={"Z": "micrometer", "Y": "micrometer", "X": "micrometer"},
    )
    _, image = written(path, "ZCYX", space=space)
    image.finish({"estimator": "mmse"})
    group = zarr.open_group(path, mode="r")
    assert group.attrs["flowprior"] == {"estimator": "mmse"}
    (scales,) = group.attrs["ome"]["multiscales"]
    assert group.attrs["ome"]["version"] == "0.5"
    assert [axis["name"] for axis in scales["axes"]] == ["c", "z", "y", "x"]
    assert [axis["type"] for axis in scales["axes"]] == ["channel"] + 3 * ["space"]
    assert scales["axes"][0] == {"name": "c", "type": "channel"}
    assert scales["axes"][3]["unit"] == "micrometer"
    places = [each["coordinateTransformations"] for each in scales["datasets"]]
    assert places[0][0] == {"type": "scale", "scale": [1.0, 2.0, 0.5, 0.25]}
    assert places[2][0]["scale"] == [1.0, 2.0, 2.0, 1.0]
    # The middle of the first of four pixels of 0.5, the first of which is at 10.
    assert places[2][1]["translation"] == [0.0, 0.0, 10.75, 0.375]
    for data in scales["datasets"]:
        names = group[data["path"]].metadata.dimension_names
        assert list(names) == ["c", "z", "y", "x"]


def test_it_can_be_trained_on(tmp_path):
    array, image = written(tmp_path / "a.zarr", "TCZYX")
    image.finish()
    pixels, axes, _ = open_zarr(tmp_path / "a.zarr")
    assert axes == "TCZYX"
    np.testing.assert_array_equal(pixels[:], array)


def test_it_has_another_name_until_it_is_finished(tmp_path):
    _, image = written(tmp_path / "a.zarr", "YX")
    (unfinished,) = tmp_path.iterdir()
    assert unfinished.name == "a.zarr.unfinished"
    image.finish()
    assert [path.name for path in tmp_path.iterdir()] == ["a.zarr"]


def test_nothing_is_left_of_what_is_discarded(tmp_path):
    _, image = written(tmp_path / "a.zarr", "YX")
    image.discard()
    assert list(tmp_path.iterdir()) == []


def test_levels_end_where_there_is_nothing_to_halve(tmp_path):
    image = OmeZarr(tmp_path / "a.zarr", (9, 40), np.dtype("u1"), "YX", 9)
    assert [level.shape for level in image.arrays] == [(9, 40), (4, 20), (2, 10)]


def test_what_cannot_be_written_is_explained(tmp_path, monkeypatch):
    kind = np.dtype("u1")
    with pytest.raises(InputError, match="channels and colours"):
        OmeZarr(tmp_path / "a.zarr", (2, 9, 9, 3), kind, "CYXS")
    with pytest.raises(InputError, match="exists already; choose another name"):
        OmeZarr(tmp_path, (9, 9), kind, "YX")
    with pytest.raises(InputError, match="exists, and is no OME-Zarr"):
        OmeZarr(tmp_path, (9, 9), kind, "YX", overwrite=True)
    with pytest.raises(InputError, match="does not exist; create it first"):
        OmeZarr(tmp_path / "no" / "a.zarr", (9, 9), kind, "YX")
    module = "napari_flowprior.data.files._ome_zarr"
    monkeypatch.setattr(f"{module}.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install 'napari-flowprior\[zarr\]'"):
        OmeZarr(tmp_path / "a.zarr", (9, 9), kind, "YX")
