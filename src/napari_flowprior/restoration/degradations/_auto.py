"""What a look at the image finds: the default."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np
import torch

from napari_flowprior._errors import InputError
from napari_flowprior.data import image_range
from napari_flowprior.restoration.degradations._base import Degradation
from napari_flowprior.restoration.degradations._correlated_noise import CorrelatedNoise
from napari_flowprior.restoration.degradations._jpeg import JPEG
from napari_flowprior.restoration.degradations._noise import Noise
from napari_flowprior.restoration.degradations._poisson_gaussian import PoissonGaussian
from napari_flowprior.restoration.degradations._signal_dependent_noise import (
    SignalDependentNoise,
)
from napari_flowprior.restoration.jpeg import estimate_quality
from napari_flowprior.restoration.noise import (
    Anscombe,
    AtLimits,
    Judgement,
    Level,
    PlainNoise,
    Response,
    VarianceCurve,
    estimate_noise,
    find_noise_at_limits,
    find_response,
    finest_level,
    fit_camera,
    fit_variances,
    judge_noise,
    measure_variances,
    photon_gain,
    plain_noise,
    rounding_level,
)

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from numpy.typing import NDArray

    from napari_flowprior.data import PlaneView
    from napari_flowprior.priors import FlowPrior
    from napari_flowprior.restoration.degradations._observation import Observation

__all__ = ["Auto"]

# Ratio of noise in the light and in the dark that is worth a curve, and between which
# quantiles of intensity it counts.
_UNEVEN = 1.3
_DARK_AND_BRIGHT = (0.02, 0.98)
# How far off the line of a camera is where it is none, and how much farther than a free
# curve, which fits texture, too.
_MISFIT, _BETTER_FIT = 0.15, 2.0
# Fewer pixels are no measure of a curve that may be any.
_MANY = 128**2
# How much more of the noise a prior must find under a curve than without one: nearly as
# much, but more under a curve that fits whatever there is, and where values are cut off
# at black, where any noise is weaker. What is cut off there is no light but noise of
# reading if it is stronger than a photon.
_BETTER, _BETTER_CUT_OFF, _CUT_OFF_SHARE = 0.93, 1.04, 0.02
# Where a curve is looked at, from dark to bright, and what share of its height is low
# and what is nearly all of it.
_HARDLY_LIGHT, _LOW, _AS_HIGH = 0.3, 0.25, 0.75
# How surely it must be noise.
_SURE = 0.75
# Log odds of noise under a curve that would fit texture, too.
_FREE_ODDS = 2.0
# Noise that is seen by itself: how near to its level a prior must agree with it, and
# how much of it there is at least.
_AS_SEEN, _LEAST_OF_IT = (0.6, 1.6), 0.9
# Level, as a share of the range, of the strongest noise that networks were trained on.
_STRONGEST = 36 / 255
# Log odds of noise in what looks like a drawing, of noise under a curve, and of noise
# that was compressed.
_CERTAIN, _PERHAPS, _BELOW_JPEG = 3.0, 0.0, 1.0
# Quality of JPEG from which on artefacts hardly show, and the side of what is seen.
_GOOD, _COMPRESSED = 75, 256
# How strongly a prior answers to noise that was compressed; it answers less to what
# compression makes of images without any.
_NOISE_BELOW = 0.6


@dataclass(frozen=True)
class Auto(Degradation):
    """What a look at the image finds: noise of some kind, or artefacts of JPEG.

    For every channel, one of `Noise`, `PoissonGaussian`, `SignalDependentNoise`,
    `CorrelatedNoise` and `JPEG`:

    - Counts of few photons tell by themselves that they are, see `photon_gain`.
    - A camera and a free monotone curve are fitted to the variance of the noise against
      intensity, see `fit_camera` and `fit_variances`. If noise depends on brightness,
      by half and more, the prior is asked whether it finds more noise under that curve
      than in the image as it is, see `find_response`; under the free one only if it
      fits much better.
    - The answers of the prior also tell whether noise is stronger than its finest scale
      says, as it is where neighbours are alike, and whether what that scale holds is
      noise or texture, which is left alone. The level at which the prior takes out what
      it should of noise of any spectrum, see `agreement`, decides first; in colours it
      may be none, then how the share that it takes out rises and falls. No noise is
      looked for in drawings, and none that cannot be seen in images of 8 bits.
    - Salt and pepper, and rows or columns that stand out as a whole, are taken out
      before, see `repair`.
    - JPEG is taken for what happened if it shows, its quality is below 75, and
      its artefacts are stronger than the noise. Noise that was there before it is
      correlated noise: the cells of JPEG hold it in the image.

    A prior without a score network knows white noise only, and that is what it gets.
    """

    name: ClassVar[str] = "auto"
    label: ClassVar[str] = "Automatic"
    task: ClassVar[str] = "Automatic"
    combines: ClassVar[bool] = False
    only_noise: ClassVar[bool] = True
    clips: ClassVar[bool] = True
    repairs: ClassVar[bool] = True

    def resolve(
        self, view: PlaneView, prior: FlowPrior
    ) -> Generator[None, None, Degradation]:
        if not prior.has_score_network:
            return Noise()
        if gain := photon_gain(view):
            return PoissonGaussian(gain, offset=0.0, read_noise=0.0)
        limits = yield from image_range(view)
        base = finest_level(view)
        judged = _judged(view, base, *limits)
        # Drawings have no noise, and answers to them mean nothing.
        if estimate_noise(view) == 0 and not (judged and judged.odds > _CERTAIN):
            return _find_jpeg(view) or Noise(sigma=0.0)
        image = view.glimpse()
        at_limits, plainly = find_noise_at_limits(view), plain_noise(image)
        seen = _Seen(image, base, limits, at_limits, plainly, judged)
        if seen.at_limits.white:
            # Paper is white, and seen through the same noise as what is drawn on it.
            return Noise()
        plain = yield from find_response(view, prior, limits=limits)
        found = yield from _find_noise(view, prior, plain, seen)
        if found.bent or (jpeg := _find_jpeg(view)) is None:
            return found
        yield
        if plain.strongest.peak > _NOISE_BELOW:
            return CorrelatedNoise(excess=max(1.0, plain.strongest.loudness))
        if judged is not None and judged.odds > _BELOW_JPEG:
            return CorrelatedNoise(excess=max(1.0, judged.level / base))
        # Noise that is as strong as the artefacts hides them.
        quiet = found.observe(view).level < jpeg.observe(view).level
        return jpeg if quiet else found

    def observe(self, view: PlaneView, missing: PlaneView | None = None) -> Observation:
        return Noise().observe(view)


class _Seen(NamedTuple):
    """What is seen of an image, and the white noise that it shows by itself."""

    image: NDArray[np.float64]
    base: float
    limits: tuple[float, float]
    at_limits: AtLimits
    plain: PlainNoise
    judged: Judgement | None


def _find_noise(
    view: PlaneView, prior: FlowPrior, plain: Response, seen: _Seen
) -> Generator[None, None, Degradation]:
    """Find the kind of the noise, by what the prior makes of it."""
    image, judged = seen.image, seen.judged
    cut_off = bool((image == image.min()).mean() > _CUT_OFF_SHARE)
    denied = judged is not None and view.channels == 1 and judged.odds < _PERHAPS
    even = seen.plain.even or denied
    for kind, curve in () if even else _curves(view, image, cut_off):
        if seen.at_limits.black and not kind.camera:
            continue
        curved = yield from find_response(view, prior, curve, _SURE, limits=seen.limits)
        more = _BETTER_CUT_OFF if cut_off or not kind.camera else _BETTER
        odds = 0.0 if kind.camera else _FREE_ODDS
        surely = curved.trust > _SURE and curved.confirms(odds)
        if surely and _better(curved, plain, more):
            return kind
    if seen.at_limits.black:
        return Noise()
    found = plain.level if judged is None else judged.level_with(plain, seen.base)
    if level := seen.plain.level:
        found = _plainly_white(plain, level / seen.base) or found
    if found.correlated:
        return CorrelatedNoise(excess=found.ratio)
    # Other images are shown with another contrast.
    visible = found.seen or view.dtype != np.uint8
    return Noise(share=found.ratio if visible else 0.0)


def _judged(view: PlaneView, base: float, low: float, high: float) -> Judgement | None:
    """Ask the network that tells noise from texture, of what it knows."""
    if base > _STRONGEST * (high - low):
        return None
    return judge_noise(view, low, high)


def _plainly_white(response: Response, level: float) -> Level | None:
    """Return the level of noise that is seen by itself, if a prior does not doubt it.

    It may hold a little texture, to which the prior does not answer.
    """
    least, most = _AS_SEEN
    agreed = response.agreements
    if not least * level < agreed.crossing < most * level:
        return None
    known = min(max(agreed.white_crossing, _LEAST_OF_IT * level), level, 1.0)
    return Level(known, correlated=False, seen=known > agreed.unseen)


def _find_jpeg(view: PlaneView) -> JPEG | None:
    """Look for traces of strong compression."""
    if view.dtype != np.uint8 or view.apart:
        return None
    # Blocks lie where they were, from a corner of 16 pixels on.
    ys, xs = (_middle(side) for side in view.shape)
    plane = view.read(view.samples // 2, ys, xs, np.float64)
    try:
        quality = estimate_quality(torch.from_numpy(plane)[None])
    except InputError:
        return None
    return JPEG(quality=quality) if quality < _GOOD else None


def _middle(side: int) -> slice:
    start = max(0, side - _COMPRESSED) // 2 // 16 * 16
    return slice(start, min(side, start + _COMPRESSED))


def _better(curved: Response, plain: Response, more: float) -> bool:
    """Tell whether a prior finds so many times the noise under a curve."""
    doubtful = curved.strongest.peak > 0 and plain.trust < curved.trust / 2
    return doubtful or curved.strongest.peak > more * plain.strongest.peak


def _curves(
    view: PlaneView, seen: NDArray[np.float64], cut_off: bool
) -> Iterator[tuple[Degradation, Anscombe | VarianceCurve]]:
    """Fit curves to noise that depends on brightness, that of a camera as the last."""
    try:
        bins = measure_variances(view)
    except InputError:
        return
    camera, free = fit_camera(bins), fit_variances(bins, rounding_level(view) ** 2)
    line, curve = (bins.misfit(found.variance(bins.means)) for found in (camera, free))
    fits_better = line > max(_MISFIT, _BETTER_FIT * curve)
    if (
        seen.size >= _MANY
        and fits_better
        and _uneven(free, seen)
        and not _jumps(free, seen)
    ):
        yield SignalDependentNoise(), free
    of_reading = camera.read_noise > camera.gain and cut_off
    if _uneven(camera, seen) and not of_reading:
        yield PoissonGaussian(), camera


def _jumps(curve: VarianceCurve, seen: NDArray[np.float64]) -> bool:
    """Tell whether a curve is that of strokes on dark ground, and not of any noise.

    It then rises to its height as soon as it is no longer dark.
    """
    low, high = np.quantile(seen, _DARK_AND_BRIGHT)
    grey = np.array([low, low + _HARDLY_LIGHT * (high - low), high])
    dark, near, bright = np.sqrt(curve.variance(grey))
    return bool(dark < _LOW * bright and near > _AS_HIGH * bright)


def _uneven(curve: Anscombe | VarianceCurve, seen: NDArray[np.float64]) -> bool:
    ends = curve.variance(np.quantile(seen, _DARK_AND_BRIGHT))
    return bool(ends.max() > _UNEVEN**2 * ends.min())
