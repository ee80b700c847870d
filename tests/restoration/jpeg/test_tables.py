"""Tables of JPEG files."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jpegs import (
    CAT,
    COLOUR,
    GREY,
    RARE_SAMPLINGS,
    SAMPLINGS,
    encode,
    part,
    qualities,
    samplings,
    tables,
    tensor,
)
from PIL import Image

from napari_flowprior._errors import InputError
from napari_flowprior.data import read_image
from napari_flowprior.restoration.jpeg import JPEGCells, JPEGTables

if TYPE_CHECKING:
    from pathlib import Path


@given(quality=qualities, sampling=samplings, progressive=st.booleans())
@settings(max_examples=20)
def test_file_tells_its_tables(
    tmp_path_factory: pytest.TempPathFactory,
    quality: int,
    sampling: str,
    progressive: bool,
) -> None:
    path = tmp_path_factory.mktemp("jpeg") / "image.jpg"
    for image in (part(GREY, 9, 20), part(COLOUR, 9, 20)):
        path.write_bytes(encode(image, quality, sampling, progressive=progressive))
        expected = tables(image, quality, sampling)
        assert JPEGTables.from_file(path, shape=(9, 20)) == expected


@pytest.mark.parametrize("sampling", RARE_SAMPLINGS)
def test_file_tells_rare_samplings(tmp_path: Path, sampling: str) -> None:
    path, image = tmp_path / "image.jpg", part(COLOUR, 9, 20)
    path.write_bytes(encode(image, 40, sampling))
    assert JPEGTables.from_file(path) == tables(image, 40, sampling)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("sampling", ["grey", *SAMPLINGS])
def test_turned_pixels_lie_in_cells_of_their_own(
    tmp_path: Path, orientation: int, sampling: str
) -> None:
    grey, path, exif = sampling == "grey", tmp_path / "image.jpg", Image.Exif()
    image = part(GREY if grey else CAT, 48, 64)
    exif[0x0112] = orientation
    steps = [[30 + k for k in range(64)], [20 + 2 * k for k in range(64)]]
    options = {"qtables": steps[:1] if grey else steps, "exif": exif}
    path.write_bytes(encode(image, 50, "4:4:4" if grey else sampling, **options))
    shown = np.asarray(read_image(path).array)
    found = JPEGTables.from_file(path, shape=(shown.shape[0], shown.shape[1]))
    assert JPEGCells(tensor(shown), found).agreement > 0.98


def test_file_with_other_tables(tmp_path: Path) -> None:
    path = tmp_path / "image.jpg"
    steps = [list(range(1, 65)), list(range(101, 165))]
    path.write_bytes(encode(part(COLOUR, 16, 16), 50, qtables=steps))
    found = JPEGTables.from_file(path)
    assert found.luminance == tuple(map(tuple, np.reshape(steps[0], (8, 8)).tolist()))
    assert found.chrominance is not None
    assert found.chrominance[0][1] == 102


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("png", "is not a JPEG file"),
        ("empty", "is not a JPEG file"),
        ("none", "does not exist"),
        ("cmyk", "holds colours as CMYK"),
        ("rgb", "holds colours as RGB"),
        ("4:1:0", "in a rare way"),
        ("turned", "turned by its EXIF data, and its side of 12 pixels is no multiple"),
        ("larger", r"has 24 x 16 pixels, but the image 16 x 16"),
    ],
)
def test_file_that_cannot_be_used(tmp_path: Path, kind: str, message: str) -> None:
    path = tmp_path / "image.jpg"
    content = broken_file(kind)
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        JPEGTables.from_file(path, shape=(12, 16) if kind == "turned" else (16, 16))


def broken_file(kind: str) -> bytes | None:
    width = {"larger": 24, "turned": 16}.get(kind, 16)
    image = Image.fromarray(part(COLOUR, 12 if kind == "turned" else 16, width))
    buffer = io.BytesIO()
    if kind in ("none", "empty"):
        return b"" if kind == "empty" else None
    exif = Image.Exif()
    exif[0x0112] = 4
    options: dict[str, dict[str, Any]] = {
        "rgb": {"keep_rgb": True},
        "turned": {"exif": exif},
    }
    if kind == "cmyk":
        image = image.convert("CMYK")
    image.save(buffer, "PNG" if kind == "png" else "JPEG", **options.get(kind, {}))
    content = buffer.getvalue()
    if kind == "4:1:0":
        # The frame header: factors of the first of three components.
        start = content.index(b"\xff\xc0") + 11
        content = content[:start] + b"\x42" + content[start + 1 :]
    return content


@pytest.mark.parametrize("quality", [0, 101, -3, 75.0, True, "75"])
def test_quality_out_of_range(quality: Any) -> None:
    with pytest.raises(InputError, match="whole number from 1 to 100"):
        JPEGTables.from_quality(quality, grey=True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.ones((8, 7), int),), "8 x 8 integers"),
        ((np.ones((8, 8)),), "8 x 8 integers, not float64"),
        ((np.zeros((8, 8), int),), "from 0 to 0"),
        ((np.full((8, 8), 65536),), "between 1 and 65535"),
        ((np.ones((8, 8), int), np.ones((8, 8), int), (4, 2)), r"by \(4, 2\)"),
        ((np.ones((8, 8), int), None, (2, 2)), "of a grey JPEG"),
    ],
)
def test_tables_that_are_none(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(InputError, match=message):
        JPEGTables(*arguments)
