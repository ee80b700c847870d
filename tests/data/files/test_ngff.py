"""OME-Zarr images of what other files say, read again, and gone on with."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr

from napari_flowprior._errors import InputError
from napari_flowprior.data import (
    ImageFile,
    OmeZarr,
    read_image,
    store_like,
    with_finer_pixels,
    write_image,
)
from napari_flowprior.data.files._ngff import levels_of

RNG = np.random.default_rng(0)
OMERO = {
    "channels": [
        {
            "window": {"start": 0, "min": 0, "end": 9, "max": 255},
            "label": label,
            "color": colour,
        }
        for label, colour in (("DAPI", "0000FF"), ("GFP", "00FF00"))
    ]
}
MULTISCALE = {
    "axes": [
        {"name": "c", "type": "channel"},
        {"name": "y", "type": "space", "unit": "micrometer"},
        {"name": "x", "type": "space", "unit": "micrometer"},
    ],
    "datasets": [
        {
            "path": "0",
            "coordinateTransformations": [
                {"type": "scale", "scale": [1, 0.5, 0.25]},
                {"type": "translation", "translation": [0, 10, 20]},
            ],
        }
    ],
    "coordinateTransformations": [{"type": "scale", "scale": [1, 2, 2]}],
}


def described() -> ImageFile:
    array = np.zeros((2, 40, 50), np.uint8)
    info = {"multiscale": MULTISCALE, "omero": OMERO}
    return ImageFile(Path("a.zarr"), array, "CYX", "ZARR", info)


def ome_of(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((path / "zarr.json").read_text())
    return found["attributes"]["ome"]


def transforms(path: Path) -> list[list[list[float]]]:
    levels = ome_of(path)["multiscales"][0]["datasets"]
    return [
        [step[step["type"]] for step in level["coordinateTransformations"]]
        for level in levels
    ]


@pytest.mark.parametrize(
    ("axes", "shape", "stored"),
    [
        ("YX", (30, 40), "YX"),
        ("YXS", (30, 40, 3), "CYX"),
        ("ZCYX", (3, 2, 30, 40), "CZYX"),
        ("XYT", (30, 40, 2), "TYX"),
        ("TCZYX", (2, 2, 2, 30, 40), "TCZYX"),
    ],
)
def test_images_are_read_as_they_were_written(
    tmp_path: Path, axes: str, shape: tuple[int, ...], stored: str
) -> None:
    image = RNG.integers(0, 2**16, shape).astype(np.uint16)
    path = tmp_path / "a.ome.zarr"
    write_image(path, image, axes, provenance={"prior": "mine"})
    file = read_image(path)
    assert (file.axes, file.format) == (stored, "ZARR")
    letters = axes.replace("S", "C")
    expected = image.transpose([letters.index(letter) for letter in stored])
    np.testing.assert_array_equal(np.asarray(file.array), expected)
    assert zarr.open(path).attrs["flowprior"] == {"prior": "mine"}
    assert [each.name for each in tmp_path.iterdir()] == ["a.ome.zarr"]


def test_units_places_and_colours_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.ome.zarr"
    write_image(path, np.zeros((2, 600, 700), np.uint8), "CYX", described())
    ome = ome_of(path)
    axes = ome["multiscales"][0]["axes"]
    assert [axis.get("unit") for axis in axes] == [None, "micrometer", "micrometer"]
    assert [each["color"] for each in ome["omero"]["channels"]] == ["0000FF", "00FF00"]
    fine, half, quarter = transforms(path)
    assert fine == [[1, 1, 0.5], [0, 20, 40]]
    # The first pixel of a coarser level lies in the middle of four.
    assert half == [[1, 2, 1], [0, 20.5, 40.25]]
    assert quarter == [[1, 4, 2], [0, 21.5, 40.75]]


def test_finer_pixels_lie_where_the_coarse_ones_did(tmp_path: Path) -> None:
    expected = [[[1, 0.5, 0.25], [0, 19.75, 39.875]]]
    shape, dtype = (2, 80, 100), np.dtype("u1")
    output = store_like(described(), tmp_path / "a.zarr", shape, dtype, "CYX", factor=2)
    output.finish()
    assert transforms(tmp_path / "a.zarr") == expected
    finer = with_finer_pixels(described(), 2)
    write_image(tmp_path / "b.zarr", np.zeros(shape, dtype), "CYX", finer)
    assert transforms(tmp_path / "b.zarr") == expected


def test_sizes_of_ome_tiff_are_kept(tmp_path: Path) -> None:
    said = {"PhysicalSizeX": "0.2", "PhysicalSizeXUnit": "µm", "TimeIncrement": "3"}
    info = {"kind": "ome", "metadata": said}
    like = ImageFile(tmp_path / "a.tif", np.zeros((2, 8, 8)), "TYX", "TIFF", info)
    path = tmp_path / "a.ome.zarr"
    write_image(path, np.zeros((2, 8, 8), np.uint8), "TYX", like)
    assert transforms(path) == [[[3, 1, 0.2], [0, 0, 0]]]
    axes = ome_of(path)["multiscales"][0]["axes"]
    assert [axis.get("unit") for axis in axes] == ["second", None, "micrometer"]


def test_colours_that_are_none_are_left_out(tmp_path: Path) -> None:
    like = described()
    like.info["omero"] = "blue"
    write_image(tmp_path / "a.zarr", np.zeros((2, 40, 50), np.uint8), "CYX", like)
    write_image(tmp_path / "b.zarr", np.zeros((40, 50), np.uint8), "YX", described())
    assert "omero" not in ome_of(tmp_path / "a.zarr")
    assert "omero" not in ome_of(tmp_path / "b.zarr")


def test_levels_go_down_to_what_fits_on_a_screen() -> None:
    assert [levels_of((600, 257)), levels_of((1, 2000))] == [3, 4]
    assert levels_of((256, 256)) == 1


def test_unfinished_stores_are_gone_on_with(tmp_path: Path) -> None:
    def output(story: dict[str, int] | None, side: int = 9) -> OmeZarr:
        path, shape = tmp_path / "a.ome.zarr", (3, 8, side)
        return OmeZarr(path, shape, np.dtype("u1"), "ZYX", 2, story=story)

    first = output({"seed": 1})
    first[1, 0:8, 0:9] = np.full((8, 9), 7, np.uint8)
    first.progress.note(0, 1, ["It was dark."])
    assert not (tmp_path / "a.ome.zarr").exists()
    notes = tmp_path / "a.ome.zarr.unfinished" / ".0123456789ab-progress.json"
    notes.write_text("begun by what was killed")
    again = output({"seed": 1})
    assert again.progress.done == {(0, 1): ["It was dark."]}
    again.finish()
    assert [level[1].min() for level in again.arrays] == [7, 7]
    left = {path.name for path in (tmp_path / "a.ome.zarr").iterdir()}
    assert left == {"0", "1", "zarr.json"}
    shutil.rmtree(tmp_path / "a.ome.zarr")
    for other in ({"story": {"seed": 2}}, {"story": None}, {"side": 8}):
        output({"seed": 1}).progress.note(0, 2)
        assert output(**{"story": {"seed": 1}, **other}).progress.done == {}


def test_notes_that_are_damaged_are_none(tmp_path: Path) -> None:
    path, shape = tmp_path / "a.zarr", (8, 9)
    for damage in ("", "[]", "{}", '{"story": 1, "done": [[1]]}'):
        first = OmeZarr(path, shape, np.dtype("u1"), "YX", story="a")
        first.progress.note(0, 0)
        (tmp_path / "a.zarr.unfinished" / "progress.json").write_text(damage)
        again = OmeZarr(path, shape, np.dtype("u1"), "YX", story="a")
        assert again.progress.done == {}


def test_old_stores_are_replaced_only_if_allowed(tmp_path: Path) -> None:
    path = tmp_path / "a.ome.zarr"
    image = np.ones((8, 9), np.uint8)
    write_image(path, image, "YX")
    with pytest.raises(InputError, match="exists already"):
        write_image(path, 2 * image, "YX")
    write_image(path, 3 * image, "YX", overwrite=True)
    assert np.asarray(read_image(path).array).max() == 3
    assert [each.name for each in tmp_path.iterdir()] == ["a.ome.zarr"]


@pytest.mark.parametrize(
    ("name", "axes", "words"),
    [
        ("missing/a.zarr", "YX", "does not exist; create it"),
        ("folder.zarr", "YX", "is no OME-Zarr; choose another name"),
        ("a.zarr", "CYXS", "channels and colours"),
    ],
)
def test_what_cannot_be_written_is_told(
    tmp_path: Path, name: str, axes: str, words: str
) -> None:
    (tmp_path / "folder.zarr").mkdir()
    image = np.zeros((2, 8, 9, 3)[-len(axes) :] if "S" in axes else (8, 9), np.uint8)
    with pytest.raises(InputError, match=words):
        write_image(tmp_path / name, image, axes, overwrite=True)


@pytest.mark.parametrize(
    "key",
    [
        (1, slice(3, 20), slice(0, 31)),
        (slice(None), slice(None, None, 5), -1),
        (Ellipsis, 4),
        (slice(0, 0), 2, 2),
        (2,),
    ],
    ids=str,
)
def test_regions_are_those_of_the_array(tmp_path: Path, key: Any) -> None:
    array = RNG.integers(0, 255, (3, 25, 31)).astype(np.uint8)
    made = zarr.create_array(
        tmp_path / "a.zarr", shape=array.shape, dtype=array.dtype, chunks=(2, 7, 16)
    )
    made[:] = array
    pixels = read_image(tmp_path / "a.zarr").array
    np.testing.assert_array_equal(pixels[key], array[key])


def test_each_chunk_is_decoded_once(tmp_path: Path) -> None:
    array = np.zeros((4, 32, 32), np.uint8)
    write_image(tmp_path / "a.zarr", array, "ZYX")
    pixels = read_image(tmp_path / "a.zarr").array
    real, asked = pixels._array, []

    class Counted:
        def __getitem__(self, key: Any) -> Any:
            asked.append(key)
            return real[key]

    pixels._array = Counted()
    for z in range(4):
        for row in range(0, 32, 8):
            _ = pixels[z, row : row + 8, 3:9]
    assert len(asked) == 4
