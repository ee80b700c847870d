"""How large pixels are, as files say it, when they are made smaller."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_flowprior.data.files._paths import ImageFile

__all__ = ["dots_per_inch", "with_finer_pixels"]

_OME_SIZES = "PhysicalSizeX", "PhysicalSizeY"
_EXIF_RESOLUTIONS = 0x011A, 0x011B
_LARGEST = 2**32 - 1  # of the integers that TIFF has for fractions


def with_finer_pixels(file: ImageFile, factor: int) -> ImageFile:
    """Return what a file says of an image with more pixels in the same place.

    Parameters
    ----------
    file : ImageFile
        The file of the image as it was.
    factor : int
        How many times as many rows and columns there are.

    Returns
    -------
    ImageFile
        The same, with pixels that are smaller by the factor: resolution of TIFF, PNG,
        JPEG and EXIF, and sizes of OME.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior.data import read_image, with_finer_pixels, write_image
    >>> write_image("coarse.tif", np.zeros((32, 32), np.uint8), "YX")
    >>> fine = with_finer_pixels(read_image("coarse.tif"), 2)
    >>> fine.axes
    'YX'
    """
    info = dict(file.info)
    for name in ("XResolution", "YResolution"):
        if name in info:
            info[name] = _times(info[name], factor)
    if "multiscale" in info:
        info["finer"] = factor * info.get("finer", 1)
    if info.get("kind") == "ome":
        info["metadata"] = _ome(info.get("metadata", {}), factor)
    if "dpi" in info:
        info["dpi"] = tuple(float(dots) * factor for dots in info["dpi"])
    if "exif" in info:
        info["exif"] = _exif(info["exif"], factor)
    return replace(file, info=info)


def dots_per_inch(info: Mapping[str, Any], largest: float) -> dict[str, Any]:
    """Return the resolution, where a format can hold it.

    Parameters
    ----------
    info : mapping
        What a file says, with the resolution as "dpi".
    largest : float
        The largest that the format holds.

    Returns
    -------
    dict
        "dpi" alone, or nothing: senseless values are no resolution.
    """
    dots = tuple(float(each) for each in info.get("dpi", ()))
    return {"dpi": dots} if dots and all(0 < each <= largest for each in dots) else {}


def _times(ratio: tuple[int, int], factor: int) -> tuple[int, int]:
    if not ratio[1]:
        # Some programs state no resolution so.
        return ratio
    product = min(Fraction(*ratio) * factor, Fraction(_LARGEST))
    product = product.limit_denominator(int(_LARGEST / max(product, Fraction(1))))
    return product.numerator, product.denominator


def _ome(metadata: dict[str, Any], factor: int) -> dict[str, Any]:
    sizes = {k: float(metadata[k]) / factor for k in _OME_SIZES if k in metadata}
    return {**metadata, **sizes}


def _exif(content: bytes, factor: int) -> bytes:
    exif = Image.Exif()
    exif.load(content)
    found = [tag for tag in _EXIF_RESOLUTIONS if tag in exif]
    for tag in found:
        exif[tag] = min(float(exif[tag]) * factor, float(_LARGEST))
    return exif.tobytes() if found else content
