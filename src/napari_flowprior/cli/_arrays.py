"""Files that stand for options: masks, maps of noise levels, point spread functions."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.ndimage import center_of_mass

from napari_flowprior._errors import InputError
from napari_flowprior.cli._masks import marked
from napari_flowprior.data import read_image
from napari_flowprior.restoration import as_psf

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_flowprior.data import ImageFile

__all__ = ["read_array"]

# Pixels; a PSF that is centred between two of them is half a pixel off.
_SHIFT = 0.75


def read_array(path: Path, kind: str) -> Any:
    """Read the array that a file stands for.

    Parameters
    ----------
    path : Path
        Image file.
    kind : {"image", "mask", "psf"}
        What is made of its pixels: themselves; True where they are missing, see
        `marked`; or, of integers, themselves divided by their sum, one plane of them if
        they are grey levels stored as colours.

    Returns
    -------
    array
        Boolean for a mask, real otherwise.

    Raises
    ------
    InputError
        If the file cannot be read.
    """
    file = read_image(path)
    if kind == "mask":
        return marked(file)
    if kind != "psf":
        return file.array
    psf = _grey(file)
    _warn_of_shift(psf, path)
    return as_psf(psf)


def _grey(file: ImageFile) -> NDArray[Any]:
    """Take one of three colours that are equal, without what is transparent."""
    array = np.asarray(file.array)
    if "S" not in file.axes:
        return array
    colours = np.moveaxis(array, file.axes.index("S"), -1)[..., :3]
    if (colours != colours[..., :1]).any():
        raise InputError(
            f"{file.path} has colours; save the point spread function in grey, or"
            " restore each colour with its own."
        )
    return np.asarray(colours[..., 0])


def _warn_of_shift(psf: NDArray[Any], path: Path) -> None:
    """Say so if the light is not around the pixel that counts as the centre."""
    if psf.ndim != 2 or not np.isfinite(psf).all() or not psf.sum() > 0:
        return
    centre = center_of_mass(psf.astype(np.float64))
    offsets = [place - side // 2 for place, side in zip(centre, psf.shape, strict=True)]
    if max(map(abs, offsets)) > _SHIFT:
        rows, columns = offsets
        warnings.warn(
            f"{path}: the light of the point spread function lies {rows:+.1f} rows and"
            f" {columns:+.1f} columns from its centre, pixel"
            f" {tuple(side // 2 for side in psf.shape)}; the result is shifted by as"
            " much against the image. Centre it if that is not meant.",
            stacklevel=2,
        )
