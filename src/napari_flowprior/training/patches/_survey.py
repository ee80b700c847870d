"""A first look at every image: whether it will do, and samples of its values."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_flowprior._errors import InputError
from napari_flowprior.training.patches._images import view_of
from napari_flowprior.training.patches._planes import Region, Regions
from napari_flowprior.training.patches._reading import (
    Scale,
    activity,
    has_content,
    read_patch,
)

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from napari_flowprior.data import FillValues, PlaneView
    from napari_flowprior.training.patches._config import PatchConfig
    from napari_flowprior.training.patches._images import ImageCache

__all__ = [
    "Look",
    "Progress",
    "accepted_fraction",
    "common_type",
    "fit_scale",
    "survey",
]

_PATCHES = 400
_VALUES = 2**21
# Of larger images only the patches are looked at.
_SCANNED = 2**28
_PERCENTILES = (0.1, 99.9)
# A floating image that uses less of the unit range is in other units than [0, 1].
_DARKEST_UNIT_IMAGE = 0.05

Progress = tuple[int, int, str]


@dataclass(frozen=True, eq=False)
class Look:
    """What is known of an image after a first look.

    Parameters
    ----------
    name : str
        What messages call it.
    dtype : dtype
        Type of its values, in the byte order of this machine.
    coloured : bool
        Whether it has colours.
    region : Region
        All of it.
    memory : int
        Bytes that it takes when it is decoded and kept.
    low, high : float
        Smallest and largest value met.
    values : ndarray, shape (N,)
        Some of the values.
    activities : ndarray, shape (M,)
        Mean absolute differences of neighbours in some patches; NaN for those without
        content.
    """

    name: str
    dtype: np.dtype[Any]
    coloured: bool
    region: Region
    memory: int
    low: float
    high: float
    values: NDArray[np.float64]
    activities: NDArray[np.float64]


def survey(
    images: ImageCache, config: PatchConfig
) -> Generator[Progress, None, tuple[list[Look], list[tuple[str, str]]]]:
    """Look at all images.

    Parameters
    ----------
    images : ImageCache
        The images.
    config : PatchConfig
        Size and choice of patches.

    Returns
    -------
    tuple
        What was found, and names of images that will not do with the reasons.

    Yields
    ------
    tuple of (int, int, str)
        Images looked at, images in all, and the name of the next.
    """
    looks: list[Look] = []
    skipped: list[tuple[str, str]] = []
    for index in range(len(images)):
        name = images.name(index)
        progress = index, len(images), name
        yield progress
        try:
            looks.append((yield from _look_at(images, index, config, progress)))
        except InputError as error:
            reason = str(error).removeprefix(name).lstrip(": ")
            skipped.append((name, reason))
    return looks, skipped


def _look_at(
    images: ImageCache, index: int, config: PatchConfig, progress: Progress
) -> Generator[Progress, None, Look]:
    image = images[index]
    view = view_of(image)
    _check_size(view, config.size)
    low, high = yield from _check_finite(view, image.fill, progress)
    height, width = view.shape
    region = Region(index, np.arange(view.samples), range(height), width)
    regions = Regions([region], config.size)
    rng = np.random.default_rng(index)
    values, activities = [], []
    channels = 3 if view.joint and config.colour != "grey" else 1
    for _ in range(ceil(_PATCHES / len(images))):
        place = regions.draw(rng)
        patch = read_patch(view, place, config.size, channels, image.fill)
        yield progress
        if patch is None:
            continue
        low, high = min(low, float(patch.min())), max(high, float(patch.max()))
        values.append(patch.ravel())
        activities.append(activity(patch) if has_content(patch) else np.nan)
    taken = np.concatenate([np.zeros(0), *values])
    stride = ceil(max(1, len(taken)) * len(images) / _VALUES)
    return Look(
        name=image.name,
        dtype=view.dtype.newbyteorder("="),
        coloured=view.joint,
        region=region,
        memory=images.decoded_bytes(index),
        low=low,
        high=high,
        values=taken[::stride].copy(),
        activities=np.array(activities),
    )


def _check_size(view: PlaneView, size: int) -> None:
    height, width = view.shape
    if min(height, width) < size:
        raise InputError(
            f"it has {height}x{width} pixels, less than a patch of {size}x{size}."
        )


def _check_finite(
    view: PlaneView, fill: FillValues | None, progress: Progress
) -> Generator[Progress, None, tuple[float, float]]:
    """Refuse NaN and infinite values; return the smallest and the largest value."""
    low, high, bad = np.inf, -np.inf, 0
    height, width = view.shape
    total = view.samples * view.channels * height * width
    if view.dtype.kind != "f" or total > _SCANNED:
        return low, high
    for sample, ys in view.bands():
        values = view.read(sample, ys, slice(None), view.dtype)
        finite = np.isfinite(values)
        bad += int(values.size - finite.sum())
        if fill is not None:
            finite &= ~fill.marked(values)
        low = min(low, float(values.min(where=finite, initial=np.inf)))
        high = max(high, float(values.max(where=finite, initial=-np.inf)))
        yield progress
    if bad:
        raise InputError(
            f"it holds {bad} NaN or infinite value{'' if bad == 1 else 's'}; replace "
            "them, or cut them off."
        )
    return low, high


def common_type(looks: Sequence[Look]) -> np.dtype[Any]:
    """Return the type of the values of all images.

    Parameters
    ----------
    looks : sequence of Look
        What was found of them.

    Returns
    -------
    dtype
        Theirs; of several floating types, one.

    Raises
    ------
    InputError
        If there are several types, whose values cannot be compared.
    """
    kinds = {look.dtype: look.name for look in looks}
    if len(kinds) > 1 and any(kind.kind != "f" for kind in kinds):
        shown = ", ".join(f"{kind} ({name})" for kind, name in kinds.items())
        raise InputError(
            f"The images are of different types: {shown}; their values cannot be "
            "compared. Convert them to one type."
        )
    return looks[0].dtype


def fit_scale(looks: Sequence[Look], dtype: np.dtype[Any]) -> Scale:
    """Choose the normalisation of a set of images.

    Parameters
    ----------
    looks : sequence of Look
        What was found of them.
    dtype : dtype
        Type of their values.

    Returns
    -------
    Scale
        0 to 1 for boolean images, 0 to 255 for those of 8 bits, 0 to 1 for floating
        ones that are in these units; otherwise the 0.1 and 99.9 percentiles.

    Raises
    ------
    InputError
        If their values are all the same.
    """
    if dtype == np.bool_:
        return Scale(low=0.0, high=1.0, quantum=1.0)
    if dtype == np.uint8:
        return Scale(low=0.0, high=255.0, quantum=1 / 255)
    floating = dtype.kind == "f"
    low, high = _range(looks, floating=floating)
    # A density relative to no quantum is unbounded; 8 bits are the custom.
    return Scale(low=low, high=high, quantum=1 / 255 if floating else 1 / (high - low))


def _range(looks: Sequence[Look], *, floating: bool) -> tuple[float, float]:
    low, high = min(look.low for look in looks), max(look.high for look in looks)
    if not low <= high:
        raise InputError("The images hold no finite values; choose others.")
    if low == high:
        raise InputError(f"The images show a single value, {low:g}; choose others.")
    if floating and low >= 0 and _DARKEST_UNIT_IMAGE <= high <= 1:
        return 0.0, 1.0
    values = np.concatenate([look.values for look in looks])
    bottom, top = (float(value) for value in np.percentile(values, _PERCENTILES))
    if not floating:
        bottom, top = float(floor(bottom)), float(ceil(top))
    # Percentiles coincide where few pixels differ from the background.
    return (bottom, top) if bottom < top else (low, high)


def accepted_fraction(
    looks: Sequence[Look], scale: Scale, config: PatchConfig
) -> float:
    """Estimate which fraction of drawn patches is used.

    Parameters
    ----------
    looks : sequence of Look
        What was found of the images.
    scale : Scale
        How values are normalised.
    config : PatchConfig
        Size and choice of patches.

    Returns
    -------
    float
        From 0 to 1.
    """
    smooth = config.smooth * (scale.high - scale.low)
    used = total = 0.0
    for look in looks:
        weight = look.region.places(config.size) / max(1, len(look.activities))
        kept = np.where(look.activities < smooth, config.keep_smooth, 1.0)
        used += weight * float(kept.sum(where=~np.isnan(look.activities)))
        total += weight * len(look.activities)
    return used / total if total else 0.0
