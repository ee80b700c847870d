"""What range of intensities an image has, and where noise was cut off."""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from napari_flowprior._errors import InputError

if TYPE_CHECKING:
    from collections.abc import Generator

    from napari_flowprior.data._view import PlaneView

__all__ = ["UsedRange", "image_range", "used_range"]

_SAMPLE_PIXELS = 1_000_000
_PERCENTILES = (0.1, 99.9)
# A floating image that uses less of the unit range is in other units than [0, 1].
_DARKEST_UNIT_IMAGE = 0.05
# What uses more than this share of the range of its type is seen with all of it.
_MOSTLY = 0.75
# Noise is cut off where more than this share of the pixels is at a limit.
_CUT_OFF_SHARE = 0.002
# Where counts of cameras and files end, besides at the limit of their type.
_WHITES = (1023, 4095, 16383)


def image_range(
    view: PlaneView,
    dtype: npt.DTypeLike | None = None,
    missing: PlaneView | None = None,
) -> Generator[None, None, tuple[float, float]]:
    """Range of intensities that stands for [0, 1], for the whole image.

    A generator, so that the survey of a large image can be given up.

    Parameters
    ----------
    view : PlaneView
        The image; it is streamed.
    dtype : dtype, optional
        Type that decides the range, by default that of the image: bool is (0, 1),
        uint8 (0, 255), floating values that all lie in [0, 1], and not only near 0,
        (0, 1). Otherwise the 0.1 and 99.9 percentiles of at most a million evenly
        spaced pixels.
    missing : PlaneView, optional
        True where a pixel is missing and does not count.

    Returns
    -------
    low, high : float
        With ``low < high``, also for a constant image.

    Yields
    ------
    None
        After each band of rows.

    Raises
    ------
    InputError
        When every pixel is missing.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior import Run
    >>> from napari_flowprior.data import PlaneView, image_range
    >>> Run(image_range(PlaneView(np.zeros((64, 64), np.uint8), "YX"))).result
    (0.0, 255.0)
    """
    kind = view.dtype if dtype is None else np.dtype(dtype)
    if kind == np.bool_:
        return 0.0, 1.0
    if kind == np.uint8:
        return 0.0, 255.0
    sample, low, high = yield from _survey(view, missing)
    if (given := _given(kind, low, high)) is not None:
        return given
    return _middle_of(sample, low, high)


class UsedRange(NamedTuple):
    """What an image uses of the range of its type.

    Attributes
    ----------
    low, high : float
        From dark to bright, in the units of the image.
    ends : tuple of bool
        Whether noise is cut off at the lower end, and at the upper one.
    """

    low: float
    high: float
    ends: tuple[bool, bool]


def used_range(
    view: PlaneView, missing: PlaneView | None = None
) -> Generator[None, None, UsedRange]:
    """Range of intensities of a noisy image, and whether noise is cut off at its ends.

    A dim image of 8 bits uses a few of their levels, and a prior that sees it from
    black to white knows it better. Noise is cut off where a part of the pixels is at a
    limit of the type, such as 0; a prior has to be told.

    Parameters
    ----------
    view : PlaneView
        The image; it is streamed.
    missing : PlaneView, optional
        True where a pixel is missing and does not count.

    Returns
    -------
    UsedRange
        The 0.1 and 99.9 percentiles; the range that `image_range` takes if they use
        most of it.

    Yields
    ------
    None
        After each band of rows.

    Raises
    ------
    InputError
        When every pixel is missing.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior import Run
    >>> from napari_flowprior.data import PlaneView, used_range
    >>> dim = np.random.default_rng(0).normal(20, 10, (64, 64)).clip(0).astype(np.uint8)
    >>> low, high, ends = Run(used_range(PlaneView(dim, "YX"))).result
    >>> low, ends
    (0.0, (True, False))
    """
    if view.dtype == np.bool_:
        return UsedRange(0.0, 1.0, (True, True))
    sample, low, high = yield from _survey(view, missing)
    given = _given(view.dtype, low, high)
    limits = given or (0.0, _white(view.dtype, high))
    black, white = (bool((sample == at).mean() > _CUT_OFF_SHARE) for at in limits)
    bottom, top = _middle_of(sample, low, high)
    if given and top - bottom > _MOSTLY * (given[1] - given[0]):
        bottom, top = given
    return UsedRange(bottom, top, (black, white))


def _given(kind: np.dtype[Any], low: float, high: float) -> tuple[float, float] | None:
    """Return the range that a type stands for, if it does."""
    if kind == np.bool_:
        return 0.0, 1.0
    if kind == np.uint8:
        return 0.0, 255.0
    if kind.kind == "f" and low >= 0 and _DARKEST_UNIT_IMAGE <= high <= 1:
        return 0.0, 1.0
    return None


def _white(kind: np.dtype[Any], high: float) -> float:
    """Return the greatest value if it is one that cameras cannot exceed, else NaN."""
    whites = () if kind.kind == "f" else (*_WHITES, float(np.iinfo(kind).max))
    return high if high in whites else np.nan


def _middle_of(
    sample: npt.NDArray[np.float64], low: float, high: float
) -> tuple[float, float]:
    """Return the percentiles of a sample that stand for the range of an image."""
    bottom, top = (float(value) for value in np.percentile(sample, _PERCENTILES))
    if bottom < top:
        return bottom, top
    # Percentiles coincide where few pixels differ from the background.
    return (low, high) if low < high else (low, low + max(1.0, abs(low) * 1e-3))


def _survey(
    view: PlaneView, missing: PlaneView | None
) -> Generator[None, None, tuple[npt.NDArray[np.float64], float, float]]:
    stride = _sampling_stride(view)
    taken: list[npt.NDArray[np.float64]] = []
    low, high, position = np.inf, -np.inf, 0
    for sample, ys in view.bands():
        values, known = _band(view, missing, sample, ys)
        picked = slice(-position % stride, None, stride)
        taken.append(values[picked][known[picked]])
        low = min(low, float(values.min(where=known, initial=np.inf)))
        high = max(high, float(values.max(where=known, initial=-np.inf)))
        position += values.size
        yield
    if low > high:
        raise InputError(
            "The mask marks every pixel as missing, so that nothing is known of the"
            " image; mark fewer pixels."
        )
    drawn = np.concatenate(taken)
    return (drawn if drawn.size else np.array([low, high])), low, high


def _band(
    view: PlaneView, missing: PlaneView | None, sample: int, ys: slice
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    # Pixel by pixel rather than channel by channel, so that the evenly spaced pixels
    # do not depend on how the plane is cut into bands.
    values = view.read(sample, ys, slice(None), np.float64).transpose(1, 2, 0)
    if missing is None:
        return values.ravel(), np.ones(values.size, dtype=bool)
    mask = missing.read(sample, ys, slice(None), bool).transpose(1, 2, 0)
    return values.ravel(), ~mask.ravel()


def _sampling_stride(view: PlaneView) -> int:
    width = view.shape[1] * view.channels
    total = view.samples * view.shape[0] * width
    stride = max(1, -(-total // _SAMPLE_PIXELS))
    # A stride that shares a factor with the width would visit few of the columns.
    while gcd(stride, width) > 1:
        stride += 1
    return stride
