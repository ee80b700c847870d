"""What a file says of where an image lies, and of its colours, for OME-Zarr."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari_flowprior.data.files._ome_zarr import OmeZarr, Space

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np

    from napari_flowprior.data.files._paths import ImageFile

__all__ = ["levels_of", "omero_of", "space_of", "store_like"]

_UNITS = {
    **{"µm": "micrometer", "um": "micrometer", "micron": "micrometer"},
    **{"nm": "nanometer", "mm": "millimeter", "cm": "centimeter", "m": "meter"},
    **{"s": "second", "ms": "millisecond", "min": "minute", "h": "hour"},
}
_SIZES = {
    **{axis: (f"PhysicalSize{axis}", f"PhysicalSize{axis}Unit") for axis in "XYZ"},
    "T": ("TimeIncrement", "TimeIncrementUnit"),
}
_SMALLEST = 256


def levels_of(shape: tuple[int, int]) -> int:
    """Return how many levels bring planes down to 256 pixels.

    Parameters
    ----------
    shape : tuple of int
        (Y, X) of a plane, pixels.

    Returns
    -------
    int
        The finest level counts, too.
    """
    levels = 1
    while max(shape) >> (levels - 1) > _SMALLEST:
        levels += 1
    return levels


def store_like(
    file: ImageFile | None,
    path: Path,
    shape: tuple[int, ...],
    dtype: np.dtype[Any],
    axes: str,
    *,
    factor: int = 1,
    story: Any = None,
    overwrite: bool = False,
) -> OmeZarr:
    """Begin an image of OME-Zarr of what a file says of another one.

    Parameters
    ----------
    file : ImageFile or None
        Where sizes of pixels, units and colours come from.
    path : Path
        Folder to make.
    shape : tuple of int
        Shape of the image.
    dtype : dtype
        Type of its values.
    axes : str
        One letter for each axis.
    factor : int
        How many pixels one of the file becomes, along Y and X.
    story : JSON-able, optional
        How the image is made, see `OmeZarr`.
    overwrite : bool
        Whether an image that is there is replaced in the end.

    Returns
    -------
    OmeZarr
        The image, with levels down to 256 pixels.

    Raises
    ------
    InputError
        As `OmeZarr`.

    Examples
    --------
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from napari_flowprior.data import read_image, store_like, write_image
    >>> write_image("cells.tif", np.zeros((64, 64), np.uint8), "YX")
    >>> file = read_image("cells.tif")
    >>> image = store_like(file, Path("c.zarr"), (64, 64), np.dtype("u1"), "YX")
    >>> image[0:64, 0:64] = file.array
    >>> image.finish()
    """
    rows, columns = (shape[axes.index(axis)] for axis in "YX")
    return OmeZarr(
        path,
        shape,
        dtype,
        axes,
        levels_of((rows, columns)),
        space_of(file, factor),
        omero=omero_of(file, axes),
        story=story,
        overwrite=overwrite,
    )


def omero_of(file: ImageFile | None, axes: str) -> dict[str, Any] | None:
    """Return how channels are shown, if a file of OME-Zarr says so.

    Parameters
    ----------
    file : ImageFile or None
        The file.
    axes : str
        Axes of the image that it is said of.

    Returns
    -------
    dict or None
        The metadata "omero".
    """
    omero = None if file is None else file.info.get("omero")
    return omero if isinstance(omero, dict) and "C" in axes else None


def space_of(file: ImageFile | None, factor: int = 1) -> Space:
    """Return where an image lies, as far as OME-Zarr or OME-TIFF say so.

    Parameters
    ----------
    file : ImageFile or None
        The file.
    factor : int
        How many pixels one of the file becomes, along Y and X.

    Returns
    -------
    Space
        Sizes of pixels, places and units.
    """
    space = _said(file)
    factor *= 1 if file is None else file.info.get("finer", 1)
    if factor == 1:
        return space
    scale, translate = dict(space.scale), dict(space.translate)
    for axis in "YX":
        size = float(scale.get(axis, 1.0))
        scale[axis] = size / factor
        # The centre of the first pixel moves with its size.
        start = float(translate.get(axis, 0.0))
        translate[axis] = start - size * (1 - 1 / factor) / 2
    return Space(scale, translate, space.units)


def _said(file: ImageFile | None) -> Space:
    if file is None:
        return Space()
    if multiscale := file.info.get("multiscale"):
        return _of_multiscale(multiscale)
    metadata = file.info.get("metadata", {}) if file.info.get("kind") == "ome" else {}
    scale, units = {}, {}
    for axis, (size, unit) in _SIZES.items():
        if size in metadata:
            scale[axis] = float(metadata[size])
            written = str(metadata.get(unit, "s" if axis == "T" else "µm"))
            units[axis] = _UNITS.get(written, written)
    return Space(scale, {}, units)


def _of_multiscale(multiscale: dict[str, Any]) -> Space:
    axes = [a if isinstance(a, dict) else {"name": a} for a in multiscale["axes"]]
    names = [str(axis["name"]).upper() for axis in axes]
    said = zip(names, axes, strict=True)
    units = {name: str(axis["unit"]) for name, axis in said if axis.get("unit")}
    scale, translate = dict.fromkeys(names, 1.0), dict.fromkeys(names, 0.0)
    finest = multiscale["datasets"][0].get("coordinateTransformations") or []
    for step in [*finest, *(multiscale.get("coordinateTransformations") or [])]:
        values = step.get(step.get("type")) or ()
        for name, value in zip(names, values, strict=False):
            if step["type"] == "scale":
                scale[name] *= float(value)
                translate[name] *= float(value)
            else:
                translate[name] += float(value)
    return Space(scale, translate, units)
