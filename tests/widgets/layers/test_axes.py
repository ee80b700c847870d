"""Names of axes: by labels, metadata, file, or shape."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile
from napari.layers import Image
from napari.layers._source import layer_source

from napari_flowprior._widgets.layers import find_axes

SHAPES = [
    ((5, 6), {}, "YX"),
    ((40, 50, 3), {"rgb": True}, "YXS"),
    ((40, 50, 3), {"rgb": False}, "ZYX"),
    ((3, 50, 60), {"rgb": False}, "CYX"),
    ((3, 50, 60), {"scale": (1, 0.1, 0.1)}, "CYX"),
    ((3, 50, 60), {"scale": (0.5, 0.1, 0.1)}, "ZYX"),
    ((3, 2, 5, 6), {"scale": (1, 0.5, 0.1, 0.1)}, "CZYX"),
    ((5, 50, 60), {}, "ZYX"),
    ((2, 5, 6, 4), {"rgb": True}, "CYXS"),
    ((7, 3, 5, 6), {}, "ZCYX"),
    ((3, 7, 5, 6), {}, "CZYX"),
    ((2, 2, 5, 6), {}, "TZYX"),
    ((7, 9, 2, 5, 6), {}, "TZCYX"),
    ((7, 2, 9, 5, 6), {}, "TCZYX"),
    ((2, 2, 2, 2, 5, 6), {}, ""),
]
LABELS = [
    ((2, 5, 6), {"axis_labels": ("t", "y", "x")}, "TYX"),
    ((7, 5, 6), {"axis_labels": ("Channel", "Y", "X")}, "CYX"),
    ((5, 6, 2), {"axis_labels": ("y", "x", "z")}, "YXZ"),
    ((2, 5, 6, 3), {"rgb": True, "axis_labels": ("t", "y", "x")}, "TYXS"),
]
METADATA = [
    ((3, 5, 6), {"axes": "ZYX"}, "ZYX"),
    ((3, 5, 6), {"axes": ["time", "y", "x"]}, "TYX"),
    ((3, 5, 6), {"axes": [{"name": "z"}, {"name": "y"}, {"name": "x"}]}, "ZYX"),
    ((3, 5, 6), {"dims": ("z", "y", "x")}, "ZYX"),
    ((3, 5, 6), {"flowprior": {"axes": "TYX"}}, "TYX"),
]
NONSENSE = ["YX", "QYX", 7, ["z", None, "x"], {"z": 1}, None]


def found(shape, **options):
    return find_axes(Image(np.zeros(shape, np.uint8), **options))


@pytest.mark.parametrize(("shape", "options", "letters"), SHAPES)
def test_shape(shape, options, letters):
    assert found(shape, **options) == (letters, "guessed from the shape")


@pytest.mark.parametrize(("shape", "options", "letters"), LABELS)
def test_labels_come_first(shape, options, letters):
    axes = found(shape, metadata={"axes": "ZYX"}, **options)
    assert axes == (letters, "named by the labels of the layer")


@pytest.mark.parametrize(("shape", "metadata", "letters"), METADATA)
def test_metadata_comes_before_the_shape(shape, metadata, letters):
    axes = found(shape, metadata=metadata)
    assert axes == (letters, "named by the metadata of the layer")


@pytest.mark.parametrize("axes", NONSENSE)
def test_metadata_that_does_not_fit_is_passed_over(axes):
    assert found((3, 5, 6), metadata={"axes": axes, "flowprior": axes})[0] == "CYX"


def test_colours_are_none_of_the_named_axes():
    axes = found((7, 5, 6, 3), rgb=True, metadata={"axes": "TYXS"})
    assert axes.letters == "TYXS"


@pytest.mark.parametrize("name", ["stack.tif", "stack.png"])
def test_file(tmp_path, name):
    path = tmp_path / name
    data = np.zeros((3, 20, 30), np.uint8)
    tifffile.imwrite(path, data, imagej=True, metadata={"axes": "TYX"})
    with layer_source(path=str(path)):
        layer = Image(data)
    by_file = ("TYX", "named by the file")
    by_shape = ("CYX", "guessed from the shape")
    assert find_axes(layer) == (by_file if name.endswith("tif") else by_shape)


def test_file_that_is_gone_or_damaged(tmp_path):
    path = tmp_path / "damaged.tif"
    path.write_bytes(b"II*")
    for place in (path, tmp_path / "gone.tif"):
        with layer_source(path=str(place)):
            layer = Image(np.zeros((3, 20, 30)))
        assert find_axes(layer).letters == "CYX"
