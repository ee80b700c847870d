"""The pixels that tell of a camera: noise, light and surroundings of each."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pywt
from scipy.ndimage import convolve1d, gaussian_filter, gaussian_filter1d

from napari_flowprior.data import evenly_spaced

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from napari_flowprior.data import PlaneView

__all__ = ["seen_pixels"]

_PLANES = 9
# Pixels that are looked at in all.
_PIXELS = 2**21
# Six taps: their sums of few photons are already nearly normal, and they see little of
# smooth shading. The second one weighs most, and is laid upon the pixel.
_TAPS = np.array(pywt.Wavelet("db3").dec_hi)
_ORIGIN = 1 - len(_TAPS) // 2
_BORDER = 8
# The means of intensity are those of a wide bell less some of a narrow one.
_WIDE, _NARROW = 1.5, 0.7
_SURROUNDINGS = 4.0


def seen_pixels(view: PlaneView) -> Iterator[tuple[NDArray[Any], ...]]:
    """Look at evenly spaced planes, or at differences of neighbours in time or depth.

    Parameters
    ----------
    view : PlaneView
        The image.

    Returns
    -------
    iterator of tuple of ndarray
        For each plane what is known of the pixels away from the borders: wavelet
        coefficients, local means of the black and of the white squares of a
        chequerboard, unrest, what is white, and the image.
    """
    return (_looked_at(*pair) for pair in _pairs(view))


def _pairs(view: PlaneView) -> Iterator[tuple[NDArray[Any], ...]]:
    """Read planes, each with its neighbour in time or depth if there is one."""
    step, count = _neighbours(view)
    firsts = [k for k in range(view.samples) if k // step % count < max(count - 1, 1)]
    chosen = evenly_spaced(len(firsts), _PLANES)
    side = math.isqrt(_PIXELS // len(chosen) // view.channels)
    ys, xs = (_middle(length, side) for length in view.shape)
    for number in chosen:
        first = firsts[number]
        block = view.read(first, ys, xs, np.float64)
        if count == 1:
            yield from zip(block, block, _white(block), strict=True)
        else:
            other = view.read(first + step, ys, xs, np.float64)
            differences, means = (block - other) / math.sqrt(2), (block + other) / 2
            white = _white(block) | _white(other)
            yield from zip(differences, means, white, strict=True)


def _white(block: NDArray[np.float64]) -> NDArray[np.bool_]:
    white: NDArray[np.bool_] = block == block.max(axis=(1, 2), keepdims=True)
    return white


def _neighbours(view: PlaneView) -> tuple[int, int]:
    """Return how far apart neighbours in time, or else depth, are, and how many."""
    letters = list(view.stack)
    for letter in "TZ":
        if view.stack.get(letter, 1) > 1:
            inner = letters[letters.index(letter) + 1 :]
            return math.prod(view.stack[a] for a in inner), view.stack[letter]
    return 1, 1


def _looked_at(
    noisy: NDArray[np.float64], image: NDArray[np.float64], white: NDArray[np.bool_]
) -> tuple[NDArray[Any], ...]:
    """Return what is known of the pixels away from the borders; see `seen_pixels`.

    Unrest is the energy of a coarser band, which in white noise has nothing to do with
    the finest one: to choose by it makes the noise no smaller.
    """
    details = convolve1d(noisy, _TAPS, axis=0, origin=_ORIGIN)
    details = convolve1d(details, _TAPS, axis=1, origin=_ORIGIN)
    band = gaussian_filter(noisy, 1.0) - gaussian_filter(noisy, 2.5)
    unrest = gaussian_filter(band**2, _SURROUNDINGS)
    black = np.indices(image.shape).sum(0) % 2.0
    means = (_smooth(image * half) / _smooth(half) for half in (black, 1 - black))
    inner = slice(_BORDER, -_BORDER)
    looks = (details, *means, unrest, white, image)
    return tuple(look[inner, inner].ravel() for look in looks)


def _smooth(image: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return local sums that noise makes no larger where coefficients are large.

    The noise of few photons is skewed: where it raises a pixel, coefficients are large,
    too. So the weights are such that they cancel over the squared weights of the
    coefficient, or pixels would be sorted by their noise.
    """
    share = _weight(_WIDE) / _weight(_NARROW)
    wide: NDArray[np.float64] = gaussian_filter(image, _WIDE)
    narrow: NDArray[np.float64] = gaussian_filter(image, _NARROW)
    return wide - share * narrow


def _weight(width: float) -> float:
    """Return the mean weight of a bell, by the squared weights of a coefficient."""
    squares = np.pad(_TAPS**2, _BORDER)
    return float(gaussian_filter1d(squares, width)[_BORDER + 1] ** 2)


def _middle(length: int, side: int) -> slice:
    start = max(0, (length - side) // 2)
    return slice(start, min(length, start + side))
