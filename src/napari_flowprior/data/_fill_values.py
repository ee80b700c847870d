"""Areas of an image that hold a number far from all others, as no image is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.ndimage import maximum_filter

from napari_flowprior.data._bands import spread_bands
from napari_flowprior.data._unfilled import FillValues, Unfilled

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from napari_flowprior.data._view import PlaneView


__all__ = ["find_fill_values", "without_fill_values"]

# Share of the pixels that have the value, and that have another one.
_LEAST_SHARE, _LEAST_REST = 0.002, 0.01
# Share of them with a neighbour of the same value, along Y or along X, beyond chance:
# areas, not dots, nor where photons are few.
_IN_AREAS = 0.7
# Values that an image has at least besides; of fewer, one is far from the next.
_FEWEST_VALUES = 16
# How far it is from the range of all others, in such ranges, where nothing is said.
_FAR = 0.25
# Where a stack was rotated, pixels near it are between; they begin so many ranges from
# the others, and so many of them are within so many pixels of the areas.
_BETWEEN, _BESIDE, _REACH = 0.5, 0.9, 3
_MOST, _ALL = (1, 99), (0.1, 99.9)


def find_fill_values(view: PlaneView, *, far: float = _FAR) -> FillValues | None:
    """Look for a number that stands where there is no image.

    Stitched, registered and rotated images are padded with 0 although black is at some
    offset, and maps have -9999 or the least number of all where nothing was measured.
    A range of intensities that began there would leave the image with few levels.

    Parameters
    ----------
    view : PlaneView
        A channel of an image; bands of rows of some planes are read.
    far : float
        How far away the others must be, as a multiple of their range.

    Returns
    -------
    FillValues or None
        The least or the greatest value, or both, where a part of the pixels has it, in
        areas, and the others are far away.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior.data import PlaneView, find_fill_values
    >>> heights = np.random.default_rng(0).normal(300, 5, (64, 64))
    >>> heights[:, :10] = -9999
    >>> find_fill_values(PlaneView(heights, "YX")).values
    (-9999.0,)
    """
    if view.dtype.kind == "b":
        return None
    blocks = [
        view.read(sample, rows, slice(None), np.float64)
        for sample, rows in spread_bands(view)
    ]
    ends = [_masses(blocks, np.min), _masses(blocks, np.max)]
    scene = [
        np.where(np.isin(block, [v for v in ends if v is not None]), np.nan, block)
        for block in blocks
    ]
    below, above = (
        None if end is None else _limit(blocks, scene, end, sign, far)
        for end, sign in zip(ends, (1, -1), strict=True)
    )
    if below is None and above is None:
        return None
    return _described(view.dtype, blocks, below, above)


def without_fill_values(
    view: PlaneView, *, far: float = _FAR, kept: bool = True
) -> PlaneView:
    """View an image so that it is no darker or brighter where there is none.

    Parameters
    ----------
    view : PlaneView
        A channel of an image.
    far : float
        See `find_fill_values`.
    kept : bool
        Whether what is written through the view holds there what the image does.

    Returns
    -------
    PlaneView
        The view itself if `find_fill_values` finds nothing.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior.data import PlaneView, without_fill_values
    >>> heights = np.random.default_rng(0).normal(300, 5, (64, 64))
    >>> heights[:, :10] = -9999
    >>> seen = without_fill_values(PlaneView(heights, "YX"))
    >>> bool(seen.glimpse().min() > 250)
    True
    """
    fill = find_fill_values(view, far=far)
    if fill is None:
        return view
    unfilled = Unfilled(view.array, view.axes, fill, alpha=view.alpha_axis, kept=kept)
    return view.of(unfilled)


def _masses(
    blocks: list[NDArray[np.float64]], end: Callable[[NDArray[np.float64]], Any]
) -> float | None:
    """Return the value at an end, if a part of the pixels has it, most side by side."""
    seen = [block[np.isfinite(block)] for block in blocks]
    ends = [end(values) for values in seen if values.size]
    if not ends:
        return None
    value = float(end(np.array(ends)))
    equal = [block == value for block in blocks]
    number, total = sum(map(np.sum, equal)), sum(values.size for values in seen)
    above = sum((each[:, 1:] & each[:, :-1]).sum() for each in equal)
    beside = sum((each[..., 1:] & each[..., :-1]).sum() for each in equal)
    if number < _LEAST_SHARE * total or total - number < _LEAST_REST * total:
        return None
    share = number / total
    alike = (max(above, beside) / number - share) / (1 - share)
    return value if alike >= _IN_AREAS else None


def _limit(
    blocks: list[NDArray[np.float64]],
    scene: list[NDArray[np.float64]],
    value: float,
    sign: int,
    least: float,
) -> float | None:
    """Return where the image ends, if that is far from a value below or above it."""
    others = np.concatenate([sign * block[np.isfinite(block)] for block in scene])
    if others.size < _LEAST_REST * sum(block.size for block in blocks):
        return None
    if len(np.unique(others)) < _FEWEST_VALUES:
        return None
    low, high = np.percentile(others, _MOST)
    limit = low - _BETWEEN * (high - low)
    between = [sign * block < limit for block in scene]
    if not _lie_beside(between, [block == value for block in blocks]):
        limit = (sign * value + others.min()) / 2
    low, high = np.percentile(others[others >= limit], _ALL)
    far = low - sign * value > least * (high - low) > 0
    return float(sign * limit) if far and limit > sign * value else None


def _lie_beside(
    pixels: list[NDArray[np.bool_]], areas: list[NDArray[np.bool_]]
) -> bool:
    """Tell whether most pixels are near areas."""
    width = 1, 2 * _REACH + 1, 2 * _REACH + 1
    near = sum(
        int((some & maximum_filter(area, width)).sum())
        for some, area in zip(pixels, areas, strict=True)
    )
    return near >= _BESIDE * sum(int(some.sum()) for some in pixels)


def _described(
    dtype: np.dtype[Any],
    blocks: list[NDArray[np.float64]],
    below: float | None,
    above: float | None,
) -> FillValues:
    values = np.concatenate([block[np.isfinite(block)] for block in blocks])
    low = -np.inf if below is None else below
    high = np.inf if above is None else above
    within = (values >= low) & (values <= high)
    dark, bright = np.percentile(values[within], _ALL)
    if dtype.kind != "f":
        dark, bright = np.floor(dark), np.ceil(bright)
    ends = [(below, values.min()), (above, values.max())]
    return FillValues(
        values=tuple(float(end) for limit, end in ends if limit is not None),
        share=float(1 - within.mean()),
        below=below,
        above=above,
        dark=float(dark),
        bright=float(bright),
    )
