"""How far pixels are from their means, in terms of their intervals."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy import ndimage

from napari_flowprior._errors import InputError
from napari_flowprior._generators import relay
from napari_flowprior.data import PlaneView
from napari_flowprior.restoration import RestoreEvent, iter_posterior

if TYPE_CHECKING:
    from collections.abc import Generator

    from numpy.typing import NDArray

    from napari_flowprior.calibration._pairs import Pair
    from napari_flowprior.restoration import RegionSum, RestoreOptions

__all__ = ["Measured", "covered", "hopeless", "measure"]


class Measured(NamedTuple):
    """How far a pair is from its mean, in terms of the half widths that samples say.

    Parameters
    ----------
    pixels : ndarray
        How many times half its interval each pixel is away.
    sums : ndarray
        The same of the sums over its regions; empty without regions.
    widening : float
        How many times as wide as samples say intervals were.
    """

    pixels: NDArray[np.float32]
    sums: NDArray[np.float32]
    widening: float


def measure(
    pairs: list[Pair], coverage: float, options: RestoreOptions
) -> Generator[RestoreEvent, None, list[Measured]]:
    """Return how far the pixels of all pairs are away, and the sums over regions.

    Parameters
    ----------
    pairs : list of Pair
        The pairs.
    coverage : float
        Share of the pixels that intervals are to cover.
    options : RestoreOptions
        The description of the runs.

    Yields
    ------
    RestoreEvent
        Progress over all pairs.

    Returns
    -------
    list of Measured
        One for each pair.
    """
    measured = []
    for number, pair in enumerate(pairs):
        message = f"Drawing samples for {pair.name}"
        event = RestoreEvent(done=number, total=len(pairs), message=message)
        yield event
        run = _measured(pair, coverage, options)
        measured.append((yield from relay(run, event)))
    return measured


def covered(ratios: list[NDArray[np.float32]], factors: list[float]) -> float:
    """Return the mean share of pixels that intervals cover.

    Parameters
    ----------
    ratios : list of ndarray
        From `measure`.
    factors : list of float
        How many times as wide as samples say intervals are, for each pair.

    Returns
    -------
    float
        The share.
    """
    pairs = zip(ratios, factors, strict=True)
    return float(np.mean([(ratio <= factor).mean() for ratio, factor in pairs]))


def hopeless(ratios: list[NDArray[np.float32]]) -> str:
    """Say that no width of intervals covers enough.

    Parameters
    ----------
    ratios : list of ndarray
        From `measure`.

    Returns
    -------
    str
        Two sentences.
    """
    certain = float(np.mean([np.isinf(ratio).mean() for ratio in ratios]))
    return (
        "No width of intervals covers enough of the pixels: in "
        f"{100 * certain:.2g} % of them all samples are the same and wrong. Check that "
        "pairs show the same scene in the same units, or take more of them."
    )


def _measured(
    pair: Pair, coverage: float, options: RestoreOptions
) -> Generator[RestoreEvent, None, Measured]:
    """Sample a pair."""
    noisy, clean, letters = pair.read(options.axes)
    regions = pair.read_regions()
    options = replace(options, axes=letters)
    found = yield from iter_posterior(noisy, options, regions=regions)
    if found.mean.shape != clean.shape:
        raise InputError(
            f"{pair.name}: the result has the shape {found.mean.shape} and the clean "
            f"image {clean.shape}; damage that makes images smaller is not calibrated."
        )
    widening = float(found.provenance["widening"])
    pixels = _ratio(found.mean - clean.astype(np.float64), found.margin(coverage))
    sums = np.empty(0, np.float32)
    if regions is not None:
        view = PlaneView(clean, found.provenance["axes"])
        sums = _of_sums(found.sums(coverage), clean, view.like(regions).array)
    return Measured(widening * pixels.ravel(), widening * sums, widening)


def _ratio(
    error: NDArray[np.floating], half: NDArray[np.floating]
) -> NDArray[np.float32]:
    # What is certain, and right, is covered by an interval of no width.
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(error != 0, np.abs(error) / half, 0.0)
    return ratio.astype(np.float32)


def _of_sums(
    found: list[RegionSum], clean: NDArray[np.generic], regions: Any
) -> NDArray[np.float32]:
    labels = [each.label for each in found]
    true = ndimage.sum_labels(clean.astype(np.float64), regions, labels)
    error = np.array([each.sum for each in found]) - true
    half = np.array([(each.upper - each.lower) / 2 for each in found])
    return _ratio(error, half)
