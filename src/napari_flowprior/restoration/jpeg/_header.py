"""The tables and the sampling that the header of a JPEG file tells."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from napari_flowprior._errors import InputError
from napari_flowprior.data import existing_file, orientation_of
from napari_flowprior.restoration.jpeg._quality import SUBSAMPLINGS
from napari_flowprior.restoration.jpeg._turned import Table, turned

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

__all__ = ["ALLOWED", "read_tables"]

ALLOWED = (*SUBSAMPLINGS, (1, 2), (4, 1))
"""Factors of chroma: those of images, and those of a few cameras and turned images."""

_ORIENTATION = 0x0112


def read_tables(
    path: Path, shape: tuple[int, int] | None
) -> tuple[Table, Table | None, tuple[int, int]]:
    """Read tables and subsampling from a header; see `JPEGTables.from_file`.

    Parameters
    ----------
    path : Path
        The file.
    shape : tuple of int or None
        Height and width that the image as shown must have.

    Returns
    -------
    luminance, chrominance, subsampling
        Those of the image as shown.
    """
    with _opened(existing_file(path)) as image:
        orientation = orientation_of(image.getexif().get(_ORIENTATION))
        size = image.size if orientation.exchanged else image.size[::-1]
        _check_size(size, path, shape)
        return turned(*_file_tables(image, path), orientation, size, path)


@contextmanager
def _opened(path: Path) -> Iterator[JpegImageFile]:
    # Pillow raises nearly anything for damaged headers.
    try:
        image = Image.open(path, formats=("JPEG", "MPO"))
    except Exception as error:
        raise InputError(
            f"{path} is not a JPEG file, or is damaged; name the JPEG file that the"
            " image was read from."
        ) from error
    with image:
        assert isinstance(image, JpegImageFile)
        yield image


def _check_size(
    size: tuple[int, int], path: Path, shape: tuple[int, int] | None
) -> None:
    if shape is not None and size != tuple(shape):
        raise InputError(
            f"{path} has {size[1]} x {size[0]} pixels, but the image"
            f" {shape[1]} x {shape[0]}; name the file that the image was read from."
        )


def _file_tables(
    image: JpegImageFile, path: Path
) -> tuple[Table, Table | None, tuple[int, int]]:
    """Tables of luma and chroma, and subsampling."""
    names, across, down, used = zip(*image.layer, strict=True)
    if not set(used) <= set(image.quantization):
        raise InputError(f"{path} lacks a quantisation table; the file is damaged.")
    tables = [_square(image.quantization[index]) for index in used]
    if image.mode == "L":
        return tables[0], None, (1, 1)
    if image.mode != "RGB" or _holds_rgb(image, names):
        raise InputError(
            f"{path} holds colours as {image.mode}; only grey and YCbCr files can be"
            " restored: save the colours as RGB in a lossless format, and choose"
            " another restoration."
        )
    factors = (across[0] // across[1], down[0] // down[1])
    plain = across[1:] == (1, 1) and down[1:] == (1, 1)
    if not plain or factors not in ALLOWED or used[1] != used[2]:
        raise InputError(
            f"{path} samples or quantises its colours in a rare way (factors"
            f" {across} x {down}, tables {used}); only 4:4:4, 4:2:2, 4:2:0, 4:4:0 and"
            " 4:1:1 with one table for both chroma planes can be restored."
        )
    return tables[0], tables[1], factors


def _holds_rgb(image: JpegImageFile, names: tuple[int, ...]) -> bool:
    """Tell, as libjpeg does, whether colours are stored as RGB."""
    if "jfif" in image.info:
        return False
    if "adobe_transform" in image.info:
        return bool(image.info["adobe_transform"] == 0)
    return bytes(names) == b"RGB"


def _square(steps: Sequence[int]) -> Table:
    return tuple(tuple(steps[row : row + 8]) for row in range(0, 64, 8))
