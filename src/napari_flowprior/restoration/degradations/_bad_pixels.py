"""Dead and hot pixels of a sensor, found by how they stand out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.ndimage import maximum_filter, minimum_filter

from napari_flowprior._errors import InputError
from napari_flowprior.data import PlaneView, evenly_spaced
from napari_flowprior.restoration.noise import row_medians

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = ["find_bad_pixels"]

_REACH = 2
_SIDE = 2 * _REACH + 1
_PLANES = 9
# Standard deviations from the median of the neighbours.
_FAR = 8.0
# How much further than the furthest of the eight next to it: what an optical system
# draws is seldom so sharp. In photographs, twice would find three times as many glints,
# and hardly any more bad pixels.
_ISOLATED = 3.0
_SAMPLE = 10_000
_DEVIATION_OF_NORMAL = 1.4826
_LARGEST = 1e300
# Standard deviation of what the rounding of integers does.
_ROUNDING = 12**-0.5
# Pixels of a band, and candidates whose neighbours are gathered at a time.
_BAND, _GATHERED = 2**20, 2**16

_AROUND = np.ones((3, 3), dtype=bool)
_AROUND[1, 1] = False


def find_bad_pixels(view: PlaneView) -> NDArray[np.bool_]:
    """Find pixels that always stand out from their neighbours, dead or hot.

    A pixel stands out in a plane if it is more than 8 standard deviations from the
    median m of the other pixels of its 5x5 neighbourhood, by the greater of two robust
    standard deviations about such medians (1.4826 times the median absolute deviation):
    that of the neighbourhood and that of the image; and if it is more than thrice as
    far from m as any of the eight pixels next to it, so that of bad pixels that touch
    none is found. It is bad if it stands out in more than half of nine evenly spaced
    planes, or of all if there are fewer. The planes of a time series or a volume (T, Z)
    are of one sensor; channels and colours are not. In a single plane, photons that
    are so few that most pixels count none look the same as hot pixels.

    Parameters
    ----------
    view : PlaneView
        The image; it is read in bands of rows. Values that are not finite count for
        neither good nor bad.

    Returns
    -------
    ndarray of bool
        True where a pixel is bad, of the shape of the image; memory is taken for one
        plane per channel only.

    Raises
    ------
    InputError
        If the planes are too small to tell.
    """
    if min(view.shape) < _SIDE:
        raise InputError(
            f"Bad pixels of an image of {view.shape[0]}x{view.shape[1]} pixels cannot "
            "be found; pass a mask that marks them."
        )
    # Every colour by itself, also if they are restored together.
    planes = PlaneView(view.array, view.axes)
    sizes = dict(zip(view.axes, view.array.shape, strict=True))
    bad = np.zeros([1 if a in "TZ" else sizes[a] for a in view.axes], dtype=bool)
    for key, samples in _sensors(planes, sizes):
        votes = np.zeros(planes.shape, dtype=np.uint8)
        for sample in samples:
            _vote(planes, sample, votes)
        found = votes > len(samples) / 2
        upright = view.axes.index("Y") < view.axes.index("X")
        bad[key] = found if upright else found.T
    return np.broadcast_to(bad, view.array.shape)


def _sensors(
    planes: PlaneView, sizes: dict[str, int]
) -> Iterator[tuple[tuple[Any, ...], list[int]]]:
    """Iterate over channels and colours: their place, and some samples of them."""
    letters = [letter for letter in planes.axes if letter not in "YX"]
    # Alpha is no colour.
    counts = [min(sizes[a], 3) if a == "S" else sizes[a] for a in letters]
    numbers = np.arange(planes.samples).reshape(counts)
    kept = [axis for axis, letter in enumerate(letters) if letter in "CS"]
    passing = [axis for axis, letter in enumerate(letters) if letter in "TZ"]
    table = numbers.transpose([*kept, *passing])
    for place in np.ndindex(*(counts[axis] for axis in kept)):
        index = dict(zip((letters[axis] for axis in kept), place, strict=True))
        everywhere = {"T": 0, "Z": 0, "Y": slice(None), "X": slice(None), **index}
        samples = table[place].ravel()
        yield (
            tuple(everywhere[letter] for letter in planes.axes),
            samples[evenly_spaced(len(samples), _PLANES)].tolist(),
        )


def _vote(planes: PlaneView, sample: int, votes: NDArray[np.uint8]) -> None:
    """Add 1 to the pixels that stand out in a plane; votes are (Y, X)."""
    least = _usual_deviation(planes, sample)
    for rows, wide in _bands(planes, sample):
        ys, xs = _extremes(wide)
        for start in range(0, len(ys), _GATHERED):
            part = slice(start, start + _GATHERED)
            windows = _windows(wide)[ys[part], xs[part]]
            votes[rows][ys[part], xs[part]] += _stands_out(windows, least)


def _bands(
    planes: PlaneView, sample: int
) -> Iterator[tuple[slice, NDArray[np.float64]]]:
    """Iterate over rows of a plane, read with margins; NaN is what is not finite.

    Values whose differences would overflow are cut off. The plane is mirrored about its
    edge pixels, which thus are not next to themselves.
    """
    height, width = planes.shape
    count = max(1, _BAND // width)
    for start in range(0, height, count):
        stop = min(start + count, height)
        above, below = min(_REACH, start), min(_REACH, height - stop)
        rows = slice(start - above, stop + below)
        band = planes.read(sample, rows, slice(None), np.float64)[0]
        band[~np.isfinite(band)] = np.nan
        band.clip(-_LARGEST, _LARGEST, out=band)
        lacking = (_REACH - above, _REACH - below), (_REACH, _REACH)
        yield slice(start, stop), np.pad(band, lacking, mode="reflect")


def _windows(wide: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the 5x5 neighbourhood of each pixel, (Y, X, 5, 5), without a copy."""
    return sliding_window_view(wide, (_SIDE, _SIDE))


def _usual_deviation(planes: PlaneView, sample: int) -> float:
    """Measure how far evenly spaced pixels lie from the median of their neighbours."""
    height, width = planes.shape
    stride = max(1, height * width // _SAMPLE)
    found = []
    for rows, wide in _bands(planes, sample):
        count = (rows.stop - rows.start) * width
        places = np.arange(-rows.start * width % stride, count, stride)
        centre, around = _parts(_windows(wide)[places // width, places % width])
        found.append(np.abs(centre - row_medians(around)))
    deviation = _DEVIATION_OF_NORMAL * row_medians(np.concatenate(found)[np.newaxis])[0]
    rounding = _ROUNDING if planes.dtype.kind in "biu" else 0.0
    return float(np.fmax(deviation, rounding))


def _extremes(wide: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return places of pixels above, or below, all eight next to them.

    No other pixel can be further from anything than these.
    """
    unknown = np.isnan(wide)
    highest = maximum_filter(np.where(unknown, -np.inf, wide), footprint=_AROUND)
    lowest = minimum_filter(np.where(unknown, np.inf, wide), footprint=_AROUND)
    inner = slice(_REACH, -_REACH), slice(_REACH, -_REACH)
    ys, xs = np.nonzero(((wide > highest) | (wide < lowest))[inner])
    return ys, xs


def _stands_out(windows: NDArray[np.float64], least: float) -> NDArray[np.bool_]:
    """Tell which centres of 5x5 neighbourhoods, (N, 5, 5), are far and isolated."""
    centre, around = _parts(windows)
    middle = row_medians(around)
    deviation = _DEVIATION_OF_NORMAL * row_medians(
        np.abs(around - middle[:, np.newaxis])
    )
    distance = np.abs(centre - middle)
    next_to = windows[:, 1:-1, 1:-1][:, _AROUND]
    nearest = np.nan_to_num(np.abs(next_to - middle[:, np.newaxis])).max(1)
    far = distance > _FAR * np.fmax(deviation, least)
    isolated: NDArray[np.bool_] = distance > _ISOLATED * nearest
    return far & isolated


def _parts(
    windows: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return centres, (N,), and the other 24 pixels, (N, 24)."""
    pixels = windows.reshape(-1, _SIDE**2)
    middle = _SIDE**2 // 2
    return pixels[:, middle], np.delete(pixels, middle, axis=1)
