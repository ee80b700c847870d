"""Between the intensities of an image and the unit range that a prior expects."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd, isfinite
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from napari_flowprior._errors import InputError

if TYPE_CHECKING:
    from collections.abc import Generator

    from napari_flowprior.data._view import PlaneView

__all__ = ["IntensityScale", "image_range", "is_bounded"]

_SAMPLE_PIXELS = 1_000_000
_PERCENTILES = (0.1, 99.9)
# A floating image that uses less of the unit range is in other units than [0, 1].
_DARKEST_UNIT_IMAGE = 0.05


@dataclass(frozen=True)
class IntensityScale:
    """The same affine map for a whole image: ``(x - offset) / gain``.

    Attributes
    ----------
    offset, gain : float
        In the units of the image; `gain` is positive.
    bounded : bool
        Whether the image can hold nothing outside the range, as 8 bits cannot, so that
        its noise was cut off there.

    Raises
    ------
    InputError
        When a value is not finite, or the gain is not positive.
    """

    offset: float
    gain: float
    bounded: bool = False

    def __post_init__(self) -> None:
        if not (isfinite(self.offset) and isfinite(self.gain) and self.gain > 0):
            raise InputError(
                f"Intensities cannot be scaled by an offset of {self.offset} and a gain"
                f" of {self.gain}; both must be finite and the gain positive."
            )

    @classmethod
    def fit(
        cls,
        low: float,
        high: float,
        sigma: float = 0.0,
        sigma_max: float = 0.0,
        *,
        bounded: bool = False,
    ) -> IntensityScale:
        """Map a range to [0, 1], or less of it where the noise is strong.

        Parameters
        ----------
        low, high : float
            Range of the image, in its own units.
        sigma : float
            Standard deviation of the noise, in the units of the image.
        sigma_max : float
            The strongest noise that the prior knows, in units of [0, 1]; 0 for a prior
            that is not conditioned on noise. The range is widened about its middle
            until the noise is no stronger than this.
        bounded : bool
            Whether the image can hold nothing outside the range.

        Returns
        -------
        IntensityScale
        """
        gain = high - low
        widest = sigma / sigma_max if sigma_max > 0 else 0.0
        if widest > gain:
            return cls(low + gain / 2 - widest / 2, widest)
        return cls(low, gain, bounded)

    def normalise(
        self, x: npt.NDArray[Any], dtype: npt.DTypeLike = np.float32
    ) -> npt.NDArray[Any]:
        """Map from the units of the image; computed in float64, returned as `dtype`."""
        # What is in holes may be of any size.
        with np.errstate(over="ignore"):
            scaled = (x.astype(np.float64) - self.offset) / self.gain
            return scaled.astype(dtype, copy=False)

    def restore(self, x: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """Map back to the units of the image, in float64."""
        return x.astype(np.float64) * self.gain + self.offset


def is_bounded(dtype: npt.DTypeLike, low: float, high: float) -> bool:
    """Tell whether an image can hold nothing outside its range.

    Parameters
    ----------
    dtype : dtype
        Of the image.
    low, high : float
        Its range, as `image_range` found it.

    Returns
    -------
    bool
        True for bool, for uint8, and for floating values that all lie in [0, 1].

    Examples
    --------
    >>> from napari_flowprior.data import is_bounded
    >>> is_bounded("uint8", 0, 255), is_bounded("uint16", 90, 4000)
    (True, False)
    """
    kind = np.dtype(dtype)
    unit = kind.kind == "f" and (low, high) == (0.0, 1.0)
    return unit or kind in (np.dtype(np.bool_), np.dtype(np.uint8))


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
    if kind.kind == "f" and low >= 0 and _DARKEST_UNIT_IMAGE <= high <= 1:
        return 0.0, 1.0
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
