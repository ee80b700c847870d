"""How a JPEG file was quantised: its tables and the sampling of its colours."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from napari_flowprior._errors import InputError
from napari_flowprior.restoration.jpeg._header import ALLOWED, read_tables
from napari_flowprior.restoration.jpeg._quality import (
    SUBSAMPLINGS,
    estimate_quality,
    quality_tables,
)
from napari_flowprior.restoration.jpeg._turned import Table

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["JPEGTables", "Table", "closest_subsampling"]

_WORDS = dict(zip(SUBSAMPLINGS, ("4:4:4", "4:2:2", "4:2:0"), strict=True))


@dataclass(frozen=True)
class JPEGTables:
    """Steps by which JPEG quantises an image, and how it samples colours.

    Parameters
    ----------
    luminance : Table
        Steps for grey or Y, 8 x 8 integers from 1 to 65535 in natural order, in grey
        levels of the orthonormal DCT.
    chrominance : Table or None
        Steps for Cb and Cr; None for grey images.
    subsampling : tuple of int
        Horizontal and vertical factor by which chroma is smaller than luma: (1, 1) for
        4:4:4 and for grey images, (2, 1) for 4:2:2, (2, 2) for 4:2:0, (1, 2) for 4:4:0,
        (4, 1) for 4:1:1.

    Raises
    ------
    InputError
        When a table or the subsampling is none of these.
    """

    luminance: Table
    chrominance: Table | None = None
    subsampling: tuple[int, int] = (1, 1)

    def __post_init__(self) -> None:
        """Check the tables, and keep them as tuples of integers."""
        object.__setattr__(self, "luminance", _table(self.luminance))
        if self.chrominance is not None:
            object.__setattr__(self, "chrominance", _table(self.chrominance))
        object.__setattr__(self, "subsampling", tuple(self.subsampling))
        allowed = SUBSAMPLINGS[:1] if self.grey else ALLOWED
        if self.subsampling not in allowed:
            raise InputError(
                f"Chroma of a {'grey' if self.grey else 'colour'} JPEG cannot be"
                f" subsampled by {self.subsampling}; use one of"
                f" {', '.join(map(str, allowed))}."
            )

    @property
    def grey(self) -> bool:
        """Whether the image has no colours."""
        return self.chrominance is None

    @property
    def steps(self) -> list[npt.NDArray[np.float64]]:
        """Steps of each plane, (8, 8): grey, or Y, Cb and Cr."""
        tables = [self.luminance]
        if self.chrominance is not None:
            tables += [self.chrominance] * 2
        return [np.array(table, dtype=np.float64) for table in tables]

    @classmethod
    def from_quality(
        cls, quality: int, *, grey: bool, subsampling: tuple[int, int] = (2, 2)
    ) -> Self:
        """Return the tables that libjpeg, and so most software, uses.

        Parameters
        ----------
        quality : int
            1 to 100; Pillow's default is 75.
        grey : bool
            Whether the image is grey.
        subsampling : tuple of int
            Factors of chroma, as above; not used for grey images.

        Returns
        -------
        JPEGTables
            Annex K of ITU-T T.81, scaled; steps are 255 at most, as in baseline JPEG.

        Raises
        ------
        InputError
            When the quality is not an integer from 1 to 100.
        """
        whole = isinstance(quality, int | np.integer) and not isinstance(quality, bool)
        if not whole or not 1 <= quality <= 100:
            raise InputError(
                f"The JPEG quality must be a whole number from 1 to 100, not"
                f" {quality!r}."
            )
        luminance, chrominance = quality_tables(int(quality)).tolist()
        return cls(luminance) if grey else cls(luminance, chrominance, subsampling)

    @classmethod
    def from_file(cls, path: Path, *, shape: tuple[int, int] | None = None) -> Self:
        """Read the tables from the header of a JPEG file; its pixels are not decoded.

        Parameters
        ----------
        path : Path
            The file.
        shape : tuple of int, optional
            Height and width that the image as shown, upright, must have: those of the
            pixels to restore.

        Returns
        -------
        JPEGTables
            The tables.

        Raises
        ------
        InputError
            When the file is no JPEG, of another size, of colours that are not YCbCr
            sampled 4:4:4, 4:2:2, 4:2:0, 4:4:0 or 4:1:1, or turned by its EXIF data so
            that blocks do not begin at the first row and column as shown.
        """
        return cls(*read_tables(path, shape))

    @classmethod
    def estimate(cls, image: npt.NDArray[np.uint8]) -> Self:
        """Estimate the tables from pixels that were decoded from a JPEG file.

        The pixels must be as decoded: not resized, edited or cropped but at multiples
        of 8 pixels (16 if chroma is subsampled) from the upper left corner.

        Parameters
        ----------
        image : ndarray of uint8
            Grey, (H, W), or RGB, (H, W, 3).

        Returns
        -------
        JPEGTables
            libjpeg's tables of the likeliest quality, and the subsampling that
            `closest_subsampling` finds.

        Raises
        ------
        InputError
            When the pixels are of another type, or show no sign of JPEG with libjpeg's
            tables.
        """
        y = _pixels(image)
        quality = estimate_quality(y)
        if y.shape[1] == 1:
            return cls.from_quality(quality, grey=True)
        subsampling = closest_subsampling(image, quality)
        return cls.from_quality(quality, grey=False, subsampling=subsampling)


def closest_subsampling(image: npt.NDArray[np.uint8], quality: int) -> tuple[int, int]:
    """Return how chroma was sampled: so that encoding again changes least.

    Parameters
    ----------
    image : ndarray of uint8
        RGB as decoded from a JPEG file, (H, W, 3).
    quality : int
        libjpeg's quality of the file.

    Returns
    -------
    tuple of int
        Horizontal and vertical factor of chroma; the least of several that are as
        close.

    Examples
    --------
    >>> from io import BytesIO
    >>> import numpy as np
    >>> from PIL import Image
    >>> from skimage import data
    >>> file = BytesIO()
    >>> from napari_flowprior.restoration.jpeg import closest_subsampling
    >>> Image.fromarray(data.chelsea()[:128, :128]).save(file, "JPEG", quality=75)
    >>> closest_subsampling(np.array(Image.open(file)), 75)
    (2, 2)
    """

    def change(subsampling: tuple[int, int]) -> float:
        stream = BytesIO()
        words = _WORDS[subsampling]
        Image.fromarray(image).save(stream, "JPEG", quality=quality, subsampling=words)
        again = np.asarray(Image.open(stream), dtype=np.float32)
        return float(np.square(again - image).mean())

    return min(SUBSAMPLINGS, key=change)


def _table(values: Any) -> Table:
    table = np.asarray(values)
    if table.shape != (8, 8) or table.dtype.kind not in "iu":
        raise InputError(
            f"A JPEG table holds 8 x 8 integers, not {table.dtype} of shape"
            f" {table.shape}; pass whole numbers in natural order."
        )
    if table.min() < 1 or table.max() > 65535:
        raise InputError(
            "The steps of a JPEG table lie between 1 and 65535, but these are from"
            f" {table.min()} to {table.max()}; correct them."
        )
    return tuple(tuple(row) for row in table.tolist())


def _pixels(image: npt.NDArray[np.uint8]) -> torch.Tensor:
    if image.dtype != np.uint8 or image.shape[2:] not in ((), (3,)) or image.ndim < 2:
        raise InputError(
            f"JPEG tables are estimated from uint8 pixels (H, W) or (H, W, 3), not"
            f" {image.dtype} of shape {image.shape}; pass the pixels as decoded."
        )
    y = torch.from_numpy(np.atleast_3d(image).astype(np.float64))
    return y.movedim(2, 0)[None]
