"""Impulses: salt and pepper, found by their values, and what is put in their place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from napari_flowprior.data import evenly_spaced
from napari_flowprior.restoration.noise._medians import row_medians

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_flowprior.data import PlaneView

__all__ = ["REACH", "Impulses", "find_impulses"]

REACH = 2
"""Pixels around an impulse that tell what was there."""

_SIDE = 2 * REACH + 1
_PLANES, _LARGEST = 9, 512
_DEVIATION_OF_NORMAL = 1.4826
# Standard deviations of the neighbours that are far, so far that noise never is, and
# share of the range that is far.
_FAR, _NEVER_NOISE, _FAR_IN_RANGE = 3.0, 3.6, 0.08
# Between which parts of the range both salt and pepper show.
_MIDDLE = 0.15, 0.85
# Of the pixels there: how many are impulses of either kind at least, by number and by
# share, and at most; and how many times more there may be of one kind.
_FEWEST, _LEAST, _MOST, _UNEVEN = 8, 2e-4, 0.25, 4.0
# Impulses lie anywhere: how many times more of them may touch than by chance, and which
# part of the expected number every quarter of the image has.
_TOUCHING, _QUARTER = 2.0, 0.2
# Noise that is cut off has tails: share of the range next to its ends where at most so
# many times as many pixels are as far from their neighbours as at the ends.
_NEXT, _TAIL = 0.04, 0.5
# Neighbours of which something must be known.
_KNOWN = 6


@dataclass(frozen=True)
class Impulses:
    """Pixels that have one of two values, and nothing to do with their neighbours.

    Parameters
    ----------
    low, high : float
        Value of pepper and of salt, in units of the image.
    share : float
        Of the pixels of the image.
    """

    low: float
    high: float
    share: float

    def fill(self, plane: NDArray[np.float64]) -> NDArray[np.float64]:
        """Put the median of the neighbours that are none in the place of impulses.

        Parameters
        ----------
        plane : ndarray, shape (Y, X)
            A plane; what lies less than 2 pixels inside it is mirrored.

        Returns
        -------
        ndarray, shape (Y, X)
            A copy.
        """
        seen = _look(plane, self.low, self.high, 0.0)
        filled = plane.copy()
        far = seen.far
        filled[seen.ys[far], seen.xs[far]] = seen.middle[far]
        return filled


class _Seen(NamedTuple):
    """Pixels near either end of the range, with what the others around them are.

    These have a median, and a robust standard deviation about it.
    """

    ys: NDArray[np.intp]
    xs: NDArray[np.intp]
    middle: NDArray[np.float64]
    distance: NDArray[np.float64]
    deviation: NDArray[np.float64]

    @property
    def far(self) -> NDArray[np.bool_]:
        """Which of them are far from the median."""
        return self.distance > _FAR * self.deviation


def find_impulses(view: PlaneView) -> Impulses | None:
    """Find salt and pepper in evenly spaced planes.

    Both must show where intensities are of the middle of the range, in all quarters of
    the image and in like numbers, and hardly touch, which tells them from stars,
    glints, dithers and drawings.

    Parameters
    ----------
    view : PlaneView
        The image.

    Returns
    -------
    Impulses or None
        None if there are none.
    """
    if min(view.shape) < _SIDE:
        return None
    planes = list(_planes(view))
    low = min(float(plane.min()) for plane in planes)
    high = max(float(plane.max()) for plane in planes)
    if not high > low:
        return None
    shares = [_share(plane, low, high) for plane in planes]
    share = float(np.median(shares))
    return Impulses(low, high, share) if share else None


def _planes(view: PlaneView) -> list[NDArray[np.float64]]:
    ys, xs = (
        slice((n - min(n, _LARGEST)) // 2, (n + min(n, _LARGEST)) // 2)
        for n in view.shape
    )
    chosen = evenly_spaced(view.samples, _PLANES)
    return [plane for n in chosen for plane in view.read(n, ys, xs, np.float64)]


def _share(plane: NDArray[np.float64], low: float, high: float) -> float:
    """Return which share of a plane impulses are; 0 if they cannot be."""
    at_ends = (plane == low) | (plane == high)
    if not 0 < at_ends.mean() < _MOST:
        return 0.0
    seen = _look(plane, low, high, _NEXT)
    # Of so few neighbours the deviation is sometimes far too small.
    deviation = np.fmax(seen.deviation, np.median(seen.deviation))
    shown = seen.distance > _NEVER_NOISE * deviation
    shown &= _inner(seen.middle, low, high)
    ys, xs = seen.ys[shown], seen.xs[shown]
    found, inside = at_ends[ys, xs], _inner(plane, low, high)
    if (~found).sum() > _TAIL * found.sum():
        return 0.0
    ys, xs = ys[found], xs[found]
    salt = plane[ys, xs] == high
    if not _plausible((int((~salt).sum()), int(salt.sum())), int(inside.sum())):
        return 0.0
    scattered = not _touch(ys, xs, inside)
    everywhere = all(_in_quarters(ys[k], xs[k], inside) for k in (salt, ~salt))
    number = int((seen.far & at_ends[seen.ys, seen.xs]).sum())
    return number / plane.size if scattered and everywhere else 0.0


def _inner(values: NDArray[np.float64], low: float, high: float) -> NDArray[np.bool_]:
    """Tell which values are of the middle of the range."""
    dark, bright = (low + part * (high - low) for part in _MIDDLE)
    inner: NDArray[np.bool_] = (values > dark) & (values < bright)
    return inner


def _plausible(numbers: tuple[int, int], inside: int) -> bool:
    fewest, most = min(numbers), max(numbers)
    return fewest >= max(_FEWEST, _LEAST * inside) and most <= _UNEVEN * fewest


def _touch(
    ys: NDArray[np.intp],
    xs: NDArray[np.intp],
    inside: NDArray[np.bool_],
) -> bool:
    """Tell whether more impulses touch than would by chance."""
    places = np.zeros(inside.shape)
    places[ys, xs] = 1
    around = sliding_window_view(np.pad(places, 1), (3, 3))[ys, xs].sum((1, 2)) - 1
    chance = 8 * len(ys) / max(1, inside.sum())
    return bool(around.mean() > _TOUCHING * chance + 3 / len(ys) ** 0.5)


def _in_quarters(
    ys: NDArray[np.intp], xs: NDArray[np.intp], inside: NDArray[np.bool_]
) -> bool:
    """Tell whether every quarter has about its part, where enough are expected."""
    height, width = inside.shape
    for top in (False, True):
        for left in (False, True):
            found = ((ys < height // 2) == top) & ((xs < width // 2) == left)
            rows = slice(None, height // 2) if top else slice(height // 2, None)
            columns = slice(None, width // 2) if left else slice(width // 2, None)
            expected = len(ys) * inside[rows, columns].mean() / (4 * inside.mean())
            if expected >= _FEWEST and found.sum() < _QUARTER * expected:
                return False
    return True


def _look(plane: NDArray[np.float64], low: float, high: float, margin: float) -> _Seen:
    """Compare pixels near either end with those around them that are at neither."""
    at_ends = (plane == low) | (plane == high)
    near = margin * (high - low)
    ys, xs = np.nonzero((plane <= low + near) | (plane >= high - near))
    around = np.where(at_ends, np.nan, plane)
    wide = np.pad(around, REACH, mode="reflect")
    windows = sliding_window_view(wide, (_SIDE, _SIDE))[ys, xs].reshape(-1, _SIDE**2)
    known = (~np.isnan(windows)).sum(1)
    middle = row_medians(windows)
    spread = np.abs(windows - middle[:, np.newaxis])
    deviation = _DEVIATION_OF_NORMAL * row_medians(spread)
    deviation = np.fmax(deviation, _FAR_IN_RANGE / _FAR * (high - low))
    distance = np.where(known < _KNOWN, 0.0, np.abs(plane[ys, xs] - middle))
    return _Seen(ys, xs, middle, distance, deviation)
