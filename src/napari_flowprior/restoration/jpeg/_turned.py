"""JPEG files whose EXIF data say that they are shown turned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_flowprior._errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from napari_flowprior.data import Orientation

__all__ = ["Table", "turned"]

Table = tuple[tuple[int, ...], ...]
"""Steps of quantisation, 8 x 8, vertical frequency before horizontal."""


def turned(
    luminance: Table,
    chrominance: Table | None,
    factors: tuple[int, int],
    orientation: Orientation,
    size: tuple[int, int],
    path: Path,
) -> tuple[Table, Table | None, tuple[int, int]]:
    """Return how an image would have been compressed, had it been upright.

    Mirroring changes the sign of coefficients, and exchanging axes exchanges their
    frequencies; neither moves them out of their cells. This is what lossless tools do.

    Parameters
    ----------
    luminance, chrominance : Table
        Of the file.
    factors : tuple of int
        Horizontal and vertical factor of chroma in the file.
    orientation : Orientation
        What is done to show the image.
    size : tuple of int
        Height and width as shown.
    path : Path
        The file, for messages.

    Returns
    -------
    luminance, chrominance, factors
        Those of the image as shown.

    Raises
    ------
    InputError
        When an axis is reversed that does not end with a whole block: as shown, blocks
        then do not begin at its start.
    """
    if orientation.exchanged:
        factors = factors[1], factors[0]
        luminance = tuple(zip(*luminance, strict=True))
        chrominance = chrominance and tuple(zip(*chrominance, strict=True))
    sides = zip(
        size, factors[::-1], (orientation.rows, orientation.columns), strict=True
    )
    for side, factor, backwards in sides:
        if backwards and side % (8 * factor):
            raise InputError(
                f"{path} is turned by its EXIF data, and its side of {side} pixels is"
                f" no multiple of the {8 * factor} of a block; cut the rest off by a"
                " lossless tool, such as jpegtran -trim."
            )
    return luminance, chrominance, factors
