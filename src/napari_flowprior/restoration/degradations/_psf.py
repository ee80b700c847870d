"""Point spread functions: the images of a point that blurs make."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_flowprior._checks import as_array, check_number
from napari_flowprior._errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["LARGEST_SIDE", "as_psf", "check_psf", "gaussian_psf", "motion_psf"]

LARGEST_SIDE = 65
"""The largest side of a point spread function, pixels."""

_REACH = LARGEST_SIDE // 2
# The widest Gaussian: 0.6 % of its light falls outside of the largest side.
_WIDEST = 10.0
_POINTS_PER_PIXEL = 64


def gaussian_psf(sigma: float, name: str = "sigma") -> NDArray[np.float64]:
    """Return an isotropic Gaussian: defocus, or the core of a microscope's focus.

    Parameters
    ----------
    sigma : float
        Standard deviation in pixels, above 0 and at most 10. The kernel ends at
        4 sigma, or 32 pixels if that is nearer.
    name : str
        What it is called where it was given, for messages.

    Returns
    -------
    ndarray
        Kernel of odd side and sum 1, float64, (Y, X).

    Raises
    ------
    InputError
        If sigma is out of its range.

    Examples
    --------
    >>> from napari_flowprior.restoration import gaussian_psf
    >>> psf = gaussian_psf(1.5)
    >>> psf.shape, round(float(psf.sum()), 6)
    ((13, 13), 1.0)
    """
    _check_range(name, sigma, _WIDEST)
    reach = min(math.ceil(4 * sigma), _REACH)
    profile = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    profile /= profile.sum()
    return np.outer(profile, profile)


def motion_psf(
    length: float, angle: float, name: str = "length"
) -> NDArray[np.float64]:
    """Return an antialiased line: uniform motion while the shutter is open.

    Parameters
    ----------
    length : float
        Length of the path in pixels, above 0 and at most 64.
    angle : float
        Direction in degrees: 0 along rows, 90 along columns, counter-clockwise as seen
        on a screen, where y points down.
    name : str
        What the length is called where it was given, for messages.

    Returns
    -------
    ndarray
        Kernel of odd side and sum 1, float64, (Y, X), centred.

    Raises
    ------
    InputError
        If the length is out of its range, or the angle is not finite.

    Examples
    --------
    >>> from napari_flowprior.restoration import motion_psf
    >>> motion_psf(3, angle=0).sum(axis=0).round(2).tolist()
    [0.04, 0.29, 0.33, 0.29, 0.04]
    """
    _check_range(name, length, 2 * _REACH)
    check_number("angle", angle)
    count = math.ceil(length * _POINTS_PER_PIXEL)
    path = ((np.arange(count) + 0.5) / count - 0.5) * length
    turn = math.radians(angle)
    rows, columns = -math.sin(turn) * path, math.cos(turn) * path
    reach = math.ceil(length / 2)
    pixels = np.arange(-reach, reach + 1)
    psf = _tents(rows, pixels).T @ _tents(columns, pixels)
    return np.asarray(psf / psf.sum(), np.float64)


def as_psf(pixels: Any) -> NDArray[Any]:
    """Make a point spread function of the pixels of an image.

    Parameters
    ----------
    pixels : array_like
        Of any type, and lazy or not.

    Returns
    -------
    ndarray
        Integers divided by their sum, as they cannot have the sum 1 by themselves; all
        else as it is.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior.restoration.degradations import as_psf
    >>> as_psf(np.array([[1, 2, 1]])).tolist()
    [[0.25, 0.5, 0.25]]
    """
    array = np.asarray(pixels)
    total = array.sum(dtype=np.float64)
    return array / total if array.dtype.kind in "iu" and total else array


def check_psf(psf: Any) -> NDArray[np.float64]:
    """Return a point spread function given by a user, or say why it is none.

    Parameters
    ----------
    psf : array_like
        Kernel, (Y, X): sides of at most 65, values finite and not negative, of sum 1
        within 0.001. Its centre is the pixel ``side // 2``, as it is after
        `numpy.fft.fftshift`.

    Returns
    -------
    ndarray
        A copy of sum exactly 1, float64, (Y, X). Sides are odd: even ones get a row or
        a column of zeros at their end, which leaves the centre where it is.

    Raises
    ------
    InputError
        If one of these conditions does not hold.
    """
    values = _as_numbers(psf)
    _check_sides(values.shape)
    if not np.isfinite(values).all():
        raise InputError("The PSF holds NaN or infinite values; replace them by 0.")
    if values.min() < 0:
        raise InputError(
            f"The PSF holds negative values, down to {values.min():.4g}; subtract its "
            "background and set what is negative to 0."
        )
    total = float(values.sum())
    if abs(total - 1) > 1e-3:
        advice = "divide it by its sum" if total > 0 else "give one that is not empty"
        raise InputError(f"The PSF has the sum {total:.6g} instead of 1; {advice}.")
    ends = [(0, 1 - side % 2) for side in values.shape]
    return np.pad(values / total, ends)


def _check_range(name: str, value: float, largest: float) -> None:
    check_number(name, value)
    if not 0 < value <= largest:
        raise InputError(
            f"{name} is {value}; it must be above 0 and at most {largest:g} pixels."
        )


def _tents(positions: NDArray[np.float64], pixels: NDArray[Any]) -> NDArray[Any]:
    """Weights by which points fall on pixels, bilinearly: (points, pixels)."""
    weights: NDArray[Any] = 1 - np.abs(positions[:, None] - pixels)
    return weights.clip(0)


def _as_numbers(psf: Any) -> NDArray[np.float64]:
    values = as_array("The PSF", psf)
    if values.dtype.kind not in "biuf":
        raise InputError(f"The PSF has type {values.dtype}; give real numbers.")
    return values.astype(np.float64)


def _check_sides(shape: tuple[int, ...]) -> None:
    if len(shape) != 2:
        raise InputError(
            f"The PSF has {len(shape)} axes, shape {shape}; give one plane, (Y, X): of"
            " a stack the one in focus, of colours one of them."
        )
    if 0 in shape:
        raise InputError(f"The PSF has the shape {shape}; give one that is not empty.")
    if max(shape) > LARGEST_SIDE:
        raise InputError(
            f"The PSF has the shape {shape}; crop its sides to at most {LARGEST_SIDE}."
        )
