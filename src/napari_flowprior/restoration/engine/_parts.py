"""Parts of an image that are looked at, and restored, as if each were alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from napari_flowprior._generators import relay
from napari_flowprior.data import (
    ChosenRange,
    IntensityScale,
    PlaneView,
    evenly_spaced,
    scan,
    without_fill_values,
    without_margins,
)
from napari_flowprior.restoration.engine._events import RestoreEvent
from napari_flowprior.restoration.engine._survey import survey
from napari_flowprior.restoration.noise import estimate_noise, repair

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from napari_flowprior.priors import FlowPrior
    from napari_flowprior.restoration.degradations import Degradation, Observation
    from napari_flowprior.restoration.engine._intensity_curve import CurvedScale

__all__ = ["Part", "survey_parts"]

_SAMPLES = 9
_SIDE = 512
_PERCENTILES = (0.5, 99.5)
# Quantiles of intensity, and how many grey levels between them are few.
_SEEN, _FEWEST_LEVELS = (0.01, 0.99), 16
# How far from the range of an image a constant area is that is none of it, in such
# ranges, where all is not noise: to leave black as it is would harm drawings that are
# blurred or enlarged.
_FARTHER = 3.0
# Ratios of noise levels, and of ranges of intensities, from which on planes of a stack
# are not of one kind. Estimates of the same level differ by a tenth.
_OTHER_NOISE, _OTHER_RANGE = 1.3, 2.0


class Part(NamedTuple):
    """Planes of an image that share a noise model and a range of intensities.

    Attributes
    ----------
    view : PlaneView
        The planes.
    degradation : Degradation
        What happened to them.
    observation : Observation
        What a look at them found.
    scale : IntensityScale or CurvedScale
        Between their intensities and those of the prior.
    few_levels : bool
        Whether noise covers most of the few whole numbers that they have.
    """

    view: PlaneView
    degradation: Degradation
    observation: Observation
    scale: IntensityScale | CurvedScale
    few_levels: bool = False

    @property
    def sigma(self) -> float:
        """Noise level, in units of the image, or under the curve of the scale."""
        return self.observation.level


def survey_parts(
    view: PlaneView,
    prior: FlowPrior,
    degradation: Degradation,
    wanted: ChosenRange | None = None,
) -> Generator[RestoreEvent, None, list[Part]]:
    """Look at an image once: every channel by itself, and planes that differ, too.

    Channels have cameras, gains and dyes of their own. The planes of a channel share
    one noise model and one range, unless exposure or bleaching changed either.

    Parameters
    ----------
    view : PlaneView
        The image.
    prior : FlowPrior
        The prior, on its device.
    degradation : Degradation
        What happened to the image.
    wanted : ChosenRange, optional
        How black and white are found.

    Returns
    -------
    list of Part
        The parts, which are all of the image.

    Yields
    ------
    RestoreEvent
        While it is looked at.
    """
    checking = RestoreEvent(done=0, total=0, message="Looking at the image")
    wanted = ChosenRange() if wanted is None else wanted
    parts: list[Part] = []
    for shown in view.along("CS"):
        channel = shown
        missing = degradation.missing(channel)
        yield from relay(scan(channel, missing), checking)
        if channel.dtype.itemsize > 1:
            channel = _unfilled(channel, missing, degradation)
            yield checking
        if degradation.repairs:
            channel = yield from relay(repair(channel), checking)
        inner = without_margins(channel) if missing is None else channel
        found = yield from relay(degradation.resolve(inner, prior), checking)
        if channel.dtype.itemsize == 1:
            # Of these it must be known first that they were no JPEG.
            channel = yield from _of_8_bits(shown, channel, missing, found)
        # What is missing may be anything, so that planes cannot be compared.
        for planes in _alike(channel) if missing is None else [channel]:
            seen = found.observe(planes, missing)
            yield checking
            scale = yield from survey(planes, prior, found, seen, wanted)
            few = seen.level > 0 and not found.rounds and _of_few_levels(planes)
            parts.append(Part(planes, found, seen, scale, few))
    return parts


def _unfilled(
    channel: PlaneView, missing: PlaneView | None, degradation: Degradation
) -> PlaneView:
    """View a channel without what is no image, unless it has holes or was rounded."""
    if missing is not None or degradation.rounds_anywhere:
        return channel
    if degradation.only_noise:
        return without_fill_values(channel)
    return without_fill_values(channel, far=_FARTHER)


def _of_8_bits(
    shown: PlaneView, repaired: PlaneView, missing: PlaneView | None, found: Degradation
) -> Generator[RestoreEvent, None, PlaneView]:
    """View a channel without what is no image, and repaired if it was before."""
    filled = _unfilled(shown, missing, found)
    if filled is shown:
        return repaired
    if repaired is shown:
        return filled
    checking = RestoreEvent(done=0, total=0, message="Looking at the image")
    return (yield from relay(repair(filled), checking))


def _of_few_levels(view: PlaneView) -> bool:
    seen = view.glimpse()
    low, high = np.quantile(seen, _SEEN)
    return bool(high - low < _FEWEST_LEVELS and seen.min() < seen.max())


def _alike(channel: PlaneView) -> list[PlaneView]:
    """Split the planes of a channel, if they differ in noise or in range."""
    if channel.samples == 1 or min(channel.shape) < 8:
        return [channel]
    noise, ranges = np.array(list(_looks(channel))).T
    if _ratio(noise) < _OTHER_NOISE and _ratio(ranges) < _OTHER_RANGE:
        return [channel]
    return channel.along("".join(channel.stack))


def _looks(channel: PlaneView) -> Iterator[tuple[float, float]]:
    """Return noise level and range of evenly spaced planes."""
    alone = channel.along("".join(channel.stack))
    inner = [slice((n - min(n, _SIDE)) // 2, (n + _SIDE) // 2) for n in channel.shape]
    for number in evenly_spaced(len(alone), _SAMPLES):
        plane = alone[number].read(0, inner[0], inner[1], np.float64)
        low, high = np.nanpercentile(plane, _PERCENTILES)
        yield estimate_noise(alone[number]), float(high - low)


def _ratio(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    """Return how much larger the largest is; what is 0 everywhere does not differ."""
    largest, least = float(values.max()), float(values.min())
    return largest / least if least > 0 else (np.inf if largest > 0 else 1.0)
