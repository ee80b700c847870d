"""Masks as people make them: painted, blurred, transparent, compressed."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_flowprior._errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_flowprior.data import ImageFile

__all__ = ["marked"]

# Shares of the largest value of a type.
_WHITE, _ALIKE = 0.75, 0.1
# Of the pixels of a picture, more are grey than the edges of what is painted.
_PICTURE = 0.1
_ADVICE = "save it in black (known) and white (missing)"


def marked(file: ImageFile) -> NDArray[np.bool_]:
    """Tell which pixels a mask marks as missing.

    Those that are not black are missing; of masks with soft edges, and of JPEG files,
    those that are at least half white. What is painted on a transparent ground is
    missing; of a picture with transparent places, these are.

    Parameters
    ----------
    file : ImageFile
        The mask.

    Returns
    -------
    ndarray of bool
        True where a pixel is missing; without an axis of colours.

    Raises
    ------
    InputError
        If the values do not say which pixels are missing.
    """
    array = np.asarray(file.array)
    top = _white(array.dtype, file.info)
    if "S" in file.axes:
        samples = np.moveaxis(array, file.axes.index("S"), -1)
        marks = _of_colours(samples, file, top)
    else:
        marks = _of_levels(array, file, top)
    _warn_of_share(float(marks.mean()), file.path)
    return marks


def _white(dtype: np.dtype[Any], info: Any) -> float:
    if dtype.kind in "iu":
        bits: int = info.get("bits", 0)
        return float(2**bits - 1 if bits else np.iinfo(dtype).max)
    return 1.0


def _of_colours(
    samples: NDArray[Any], file: ImageFile, top: float
) -> NDArray[np.bool_]:
    levels = samples[..., :3].max(axis=-1)
    if samples.shape[-1] == 3:
        return _of_levels(levels, file, top)
    shown = samples[..., 3] >= top / 2
    if shown.all():
        return _of_levels(levels, file, top)
    if not shown.any():
        raise InputError(f"{file.path} is transparent everywhere; {_ADVICE}.")
    return _of_transparency(samples[..., :3], shown, file, top)


def _of_transparency(
    colours: NDArray[Any], shown: NDArray[np.bool_], file: ImageFile, top: float
) -> NDArray[np.bool_]:
    painted = colours[shown].astype(np.float64)
    if np.ptp(painted, axis=0).max() <= _ALIKE * top:
        if painted.max() <= _ALIKE * top:
            raise InputError(
                f"{file.path} is black on a transparent ground, which does not say"
                f" which of them is missing; {_ADVICE}."
            )
        return shown
    grey = (painted > _ALIKE * top) & (painted < (1 - _ALIKE) * top)
    if grey.any(axis=-1).mean() > _PICTURE:
        return ~shown
    return _of_levels(np.where(shown, colours.max(axis=-1), 0), file, top)


def _of_levels(levels: NDArray[Any], file: ImageFile, top: float) -> NDArray[np.bool_]:
    if levels.dtype.kind == "b":
        return levels
    _check_levels(levels, file.path)
    if file.format == "JPEG":
        return np.asarray(levels >= top / 2)
    if not _is_soft(levels, top, file.path):
        return np.asarray(levels != 0)
    marks = np.asarray(levels >= top / 2)
    between = float(((levels > 0) & (levels < top)).mean())
    warnings.warn(
        f"{file.path}: {between:.1%} of the mask is grey; missing is what is at least"
        " half white.",
        stacklevel=2,
    )
    return marks


def _check_levels(levels: NDArray[Any], path: Path) -> None:
    if levels.dtype.kind == "f" and not np.isfinite(levels).all():
        raise InputError(f"The mask {path} holds NaN or infinite values; {_ADVICE}.")
    if levels.min() < 0:
        raise InputError(
            f"The mask {path} holds negative values, down to {levels.min():g};"
            f" {_ADVICE}."
        )


def _is_soft(levels: NDArray[Any], top: float, path: Path) -> bool:
    """Tell grey edges, which reach up to white, from the numbers of labels."""
    found = np.unique(levels[levels != 0])
    if levels.dtype.kind == "f":
        if (found == np.rint(found)).all():
            return False
        if found[-1] > 1:
            raise InputError(
                f"The mask {path} holds fractions up to {found[-1]:g}; {_ADVICE}."
            )
        return True
    counted = len(found) == found.max(initial=0) < top
    return len(found) > 1 and float(found[-1]) >= _WHITE * top and not counted


def _warn_of_share(share: float, path: Path) -> None:
    if share == 0:
        warnings.warn(f"{path} marks no pixel as missing.", stacklevel=3)
    elif 0.5 < share < 1:
        warnings.warn(
            f"{path} marks {share:.0%} of its pixels as missing, for white is missing"
            " and black is known; invert it if it is meant the other way.",
            stacklevel=3,
        )
