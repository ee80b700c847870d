"""How far pixels are from their means, in terms of their intervals."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from napari_flowprior._errors import InputError
from napari_flowprior._generators import relay
from napari_flowprior.restoration import RestoreEvent, iter_posterior

if TYPE_CHECKING:
    from collections.abc import Generator

    from numpy.typing import NDArray

    from napari_flowprior.calibration._pairs import Pair
    from napari_flowprior.restoration import RestoreOptions

__all__ = ["covered", "hopeless", "measure"]


def measure(
    pairs: list[Pair], coverage: float, options: RestoreOptions
) -> Generator[RestoreEvent, None, tuple[list[NDArray[np.float32]], list[float]]]:
    """Return how far the pixels of all pairs are away, and how intervals were widened.

    Both in terms of the half widths that samples say.

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
    ratios, widened
        For each pair how many times half its interval each pixel is away, and how many
        times as wide as samples say intervals were.
    """
    ratios, widened = [], []
    for number, pair in enumerate(pairs):
        message = f"Drawing samples for {pair.name}"
        event = RestoreEvent(done=number, total=len(pairs), message=message)
        yield event
        run = _ratios(pair, coverage, options)
        ratio, width = yield from relay(run, event)
        ratios.append(ratio)
        widened.append(width)
    return ratios, widened


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


def _ratios(
    pair: Pair, coverage: float, options: RestoreOptions
) -> Generator[RestoreEvent, None, tuple[NDArray[np.float32], float]]:
    """Return how many times half its interval each pixel is away, and its widening."""
    noisy, clean, letters = pair.read(options.axes)
    found = yield from iter_posterior(noisy, replace(options, axes=letters))
    if found.mean.shape != clean.shape:
        raise InputError(
            f"{pair.name}: the result has the shape {found.mean.shape} and the clean "
            f"image {clean.shape}; damage that makes images smaller is not calibrated."
        )
    error = np.abs(found.mean - clean.astype(np.float64))
    half = found.margin(coverage) / found.provenance["widening"]
    # What is certain, and right, is covered by an interval of no width.
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(error > 0, error / half, 0.0).astype(np.float32)
    return ratio.ravel(), float(found.provenance["widening"])
