"""OME-TIFF: channels and planes keep what is said of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import tifffile

from napari_flowprior.data import read_image, write_image
from napari_flowprior.data.files._ome import read_ome

if TYPE_CHECKING:
    from pathlib import Path

STACK = np.random.default_rng(0).integers(0, 999, (3, 2, 9, 8), dtype=np.uint16)
CHANNELS = {
    "Name": ["405", "GFP"],
    "Color": [-16776961, 16711935],
    "EmissionWavelength": [450.5, 520.0],
    "EmissionWavelengthUnit": ["nm", "nm"],
}
PLACES = {
    "PositionX": [float(n) for n in range(6)],
    "PositionXUnit": ["mm"] * 6,
    "ExposureTime": [0.25 * n for n in range(6)],
}


def said(path: Path) -> dict[str, Any]:
    with tifffile.TiffFile(path) as tif:
        assert tif.ome_metadata is not None
        return read_ome(tif.ome_metadata, 0)


def write(path: Path, axes: str = "ZCYX") -> None:
    metadata = {
        "axes": axes,
        "Name": "scene",
        "Channel": CHANNELS,
        "Plane": PLACES,
        "Description": "a <note>",
        "SignificantBits": 10,
    }
    tifffile.imwrite(path, STACK, metadata=metadata, ome=True)


def test_channels_and_planes_are_kept(tmp_path: Path) -> None:
    path, copy = tmp_path / "a.ome.tif", tmp_path / "b.ome.tif"
    write(path)
    file = read_image(path)
    write_image(copy, file.array, file.axes, like=file)
    before = said(path)
    assert said(copy) == before
    assert before["Channel"][1]["Color"] == "16711935"
    assert before["Plane"][0, 2, 1]["PositionX"] == "5.0"


def test_another_order_of_axes_keeps_planes_in_their_places(tmp_path: Path) -> None:
    path, copy = tmp_path / "a.ome.tif", tmp_path / "b.ome.tif"
    write(path)
    file = read_image(path)
    write_image(copy, np.swapaxes(file.array, 0, 1), "CZYX", like=file)
    assert said(copy) == said(path)


def test_a_single_plane_of_many_loses_what_is_said_of_others(tmp_path: Path) -> None:
    path, copy = tmp_path / "a.ome.tif", tmp_path / "b.ome.tif"
    write(path)
    write_image(copy, STACK[0, 0], "YX", like=read_image(path))
    kept = said(copy)
    assert kept["Name"] == "scene"
    assert not {"Channel", "Plane"} & {k for k, v in kept.items() if k != "Channel"}
    assert "Color" not in kept.get("Channel", [{}])[0]


def test_the_metadata_are_those_of_the_image_that_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.ome.tif"
    with tifffile.TiffWriter(path, ome=True) as tif:
        tif.write(STACK[0, 0, :4, :4], metadata={"Name": "thumbnail", "axes": "YX"})
        tif.write(STACK[0, 0], metadata={"Name": "whole", "axes": "YX"})
    with pytest.warns(UserWarning, match="only number 2 is read"):
        file = read_image(path)
    np.testing.assert_array_equal(file.array, STACK[0, 0])
    assert file.info["metadata"]["Name"] == "whole"


def test_files_that_say_too_little_are_read() -> None:
    namespace = "http://www.openmicroscopy.org/Schemas/OME/2016-06"
    empty = f'<OME xmlns="{namespace}"><Image ID="Image:0"/></OME>'
    assert read_ome(empty, 0) == read_ome(empty, 3) == {}
