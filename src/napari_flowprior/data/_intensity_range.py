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

__all__ = ["Surveyed", "UsedRange", "image_range", "surveyed"]

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
    found = (yield from surveyed(view, missing))._replace(kind=kind)
    return found.given or found.percentiles


class UsedRange(NamedTuple):
    """A range of intensities that stands for [0, 1].

    Attributes
    ----------
    low, high : float
        Black and white, in the units of the image; ``low < high``.
    ends : tuple of bool
        Whether noise is cut off at the lower end, and at the upper one.
    """

    low: float
    high: float
    ends: tuple[bool, bool]


class Surveyed(NamedTuple):
    """The intensities of an image, of which evenly spaced ones are at hand.

    Attributes
    ----------
    kind : dtype
        Of the image.
    sample : ndarray, shape (N,)
        Of its pixels.
    low, high : float
        The least and the greatest of all.
    """

    kind: np.dtype[Any]
    sample: npt.NDArray[np.float64]
    low: float
    high: float

    @property
    def given(self) -> tuple[float, float] | None:
        """The range that the type stands for, if it does."""
        if self.kind == np.bool_:
            return 0.0, 1.0
        if self.kind == np.uint8:
            return 0.0, 255.0
        unit = self.low >= 0 and _DARKEST_UNIT_IMAGE <= self.high <= 1
        return (0.0, 1.0) if self.kind.kind == "f" and unit else None

    @property
    def of_type(self) -> tuple[float, float]:
        """All that the type can hold, [0, 1] for floating values."""
        if self.kind.kind in "fb":
            return 0.0, 1.0
        return float(np.iinfo(self.kind).min), float(np.iinfo(self.kind).max)

    @property
    def extremes(self) -> tuple[float, float]:
        """The least and the greatest value; more than one also of a constant image."""
        low, high = self.low, self.high
        return (low, high) if low < high else (low, low + max(1.0, abs(low) * 1e-3))

    @property
    def percentiles(self) -> tuple[float, float]:
        """What all but a few are between."""
        bottom, top = map(float, np.percentile(self.sample, _PERCENTILES))
        # Percentiles coincide where few pixels differ from the background.
        return (bottom, top) if bottom < top else self.extremes

    @property
    def used(self) -> tuple[float, float]:
        """The percentiles, or the range that is given if they use most of it."""
        bottom, top = self.percentiles
        given = self.given
        mostly = given and top - bottom > _MOSTLY * (given[1] - given[0])
        return given if given and mostly else (bottom, top)

    def cut_off(self, low: float, high: float) -> tuple[bool, bool]:
        """Tell whether noise is cut off at the ends of a range."""
        whites = () if self.kind.kind == "f" else (*_WHITES, self.of_type[1])
        limits = self.given or (0.0, self.high if self.high in whites else np.nan)
        at_ends = zip((low, high), limits, strict=True)
        black, white = (
            bool(end == at and (self.sample == at).mean() > _CUT_OFF_SHARE)
            for end, at in at_ends
        )
        return black, white


def surveyed(
    view: PlaneView, missing: PlaneView | None = None
) -> Generator[None, None, Surveyed]:
    """Read an image once, a band of rows at a time.

    Parameters
    ----------
    view : PlaneView
        The image.
    missing : PlaneView, optional
        True where a pixel is missing and does not count.

    Returns
    -------
    Surveyed
        What it holds.

    Yields
    ------
    None
        After each band of rows.

    Raises
    ------
    InputError
        When every pixel is missing.
    """
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
    return Surveyed(
        view.dtype, drawn if drawn.size else np.array([low, high]), low, high
    )


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
