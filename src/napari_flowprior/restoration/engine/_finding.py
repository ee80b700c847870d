"""Measure what is wrong with a part of an image."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from napari_flowprior._errors import InputError
from napari_flowprior.data import FillValues, PlaneView, spread_bands, unfilled_of
from napari_flowprior.restoration.degradations import CorrelatedNoise
from napari_flowprior.restoration.engine._noise_curve import (
    NoiseCurve,
    curve_of,
    noise_curve,
)
from napari_flowprior.restoration.engine._removed import removed_from
from napari_flowprior.restoration.jpeg import estimate_quality
from napari_flowprior.restoration.noise import (
    Anscombe,
    VarianceCurve,
    autocorrelation,
    plane_correlation,
    repairs_of,
    rounding_level,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from napari_flowprior.priors import FlowPrior
    from napari_flowprior.restoration.engine._parts import Part

__all__ = ["Finding", "find", "find_quality"]

# Side of what is searched for traces of JPEG.
_COMPRESSED = 256
_CUT_OFF_SHARE = 0.01
# So many grey levels show as bands in smooth parts.
_FEW_LEVELS = 64
# Share of the largest value below which a noise level is what rounding left.
_ROUNDING = 1e-6
_CORNER = 64
_FEW_PHOTONS = 5


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What is wrong with a channel of an image, or with some planes of it.

    Parameters
    ----------
    place : dict of str to int
        Place on the axes that the image was split along, counted from 0.
    planes, constant_planes : int
        How many planes there are, and how many of them have a single value.
    degradation : dict
        What `Auto` takes for what happened, as its `summary` says it.
    noise_level : float
        Standard deviation in units of the image, of Poisson-Gaussian noise at the
        median of the intensities, and the strength of JPEG artefacts; 0 if none was
        found.
    gain, offset, read_noise : float or None
        Of the camera, if the noise is that of one, in grey levels.
    levels_at : tuple of tuple of float or None
        Intensities and the noise level at each, if no camera explains how it depends on
        brightness.
    excess : float or None
        How many times stronger the noise is than at the finest scale, if correlated.
    correlation : tuple of float or None
        Of the noise of neighbouring pixels, along Y and along X; None without noise.
    autocorrelation : tuple of tuple of float or None
        The same of pixels that are 0 to 8 pixels apart, along Y and along X.
    plane_correlation : float or None
        Correlation of the noise of neighbouring planes; None without noise, and for
        single planes.
    noise_curve : NoiseCurve or None
        The level of the noise by intensity, as measured and as explained; None where
        too few pixels were looked at, and for constant planes.
    at_least, at_greatest : float or None
        Share of the pixels at the least and at the greatest value, from 1 % on.
    levels : int or None
        How many values the image has, if they are few and noise does not hide it.
    jpeg_quality : int or None
        Quality of a compression that left traces.
    bad_pixels : int or None
        How many pixels are dead or hot; None if they were not looked for, as in huge
        images, in drawings of few levels and where photons are few.
    taken_out : dict of str to float
        What `Auto` takes out before anything else: the share of ``impulses``, and the
        standard deviations of what ``rows`` and ``columns`` have in common.
    fill_values : FillValues or None
        What stands where there is no image, if that is a part of it.
    """

    place: dict[str, int]
    planes: int
    constant_planes: int
    degradation: dict[str, Any]
    noise_level: float
    gain: float | None = None
    offset: float | None = None
    read_noise: float | None = None
    levels_at: tuple[tuple[float, float], ...] | None = None
    excess: float | None = None
    correlation: tuple[float, float] | None = None
    autocorrelation: tuple[tuple[float, ...], tuple[float, ...]] | None = None
    plane_correlation: float | None = None
    noise_curve: NoiseCurve | None = None
    at_least: float | None = None
    at_greatest: float | None = None
    levels: int | None = None
    jpeg_quality: int | None = None
    bad_pixels: int | None = None
    taken_out: dict[str, float] = field(default_factory=dict)
    fill_values: FillValues | None = None

    @property
    def constant(self) -> bool:
        """Whether none of the planes holds anything."""
        return self.constant_planes == self.planes


def find(
    part: Part, prior: FlowPrior, bad: NDArray[np.bool_] | None, quality: int | None
) -> Finding:
    """Measure what is wrong with a part of an image.

    Parameters
    ----------
    part : Part
        The part, as it was surveyed.
    prior : FlowPrior
        The prior, on its device.
    bad : ndarray of bool, optional
        True where a pixel of the image is dead or hot.
    quality : int, optional
        That of the JPEG that the image was.

    Returns
    -------
    Finding
        What was found.
    """
    view = part.view
    values = np.concatenate([block.ravel() for block in _blocks(view)])
    level = _level(part, values)
    planes = removed_from(part, prior) if level else ()
    alike = autocorrelation(*planes[0]) if planes else None
    unfilled = unfilled_of(view.array)
    fill = unfilled.fill if unfilled else None
    counted = _counted(view, values, level)
    if fill is not None:
        # What is seen in their place has a large share of its own.
        counted = {name: n for name, n in counted.items() if name == "levels"}
    taken_out = repairs_of(view).summary()
    drawn = "levels" in counted or view.dtype.kind == "b"
    if drawn or "impulses" in taken_out or _few_photons(part, values):
        # In a drawing, dots are meant; single photons look like hot pixels.
        bad = None
    return Finding(
        place=view.fixed,
        planes=view.samples,
        constant_planes=sum(_is_constant(view, n) for n in range(view.samples)),
        noise_level=level,
        correlation=None if alike is None else (alike[0][1], alike[1][1]),
        autocorrelation=alike,
        plane_correlation=plane_correlation(*planes) if len(planes) > 1 else None,
        noise_curve=noise_curve(part, level) if np.ptp(values) > 0 else None,
        jpeg_quality=quality,
        bad_pixels=None if bad is None else _number(view, bad),
        taken_out=taken_out,
        fill_values=fill,
        **_kind(part),
        **counted,
    )


def _kind(part: Part) -> dict[str, Any]:
    """Name the degradation, with its numbers."""
    found: dict[str, Any] = {"degradation": dict(part.observation.provenance)}
    if isinstance(part.degradation, CorrelatedNoise):
        found["excess"] = part.degradation.excess
    if (camera := _camera(part)) is not None:
        numbers = {n: float(getattr(camera, n)) for n in ("gain", "offset")}
        numbers["read_noise"] = float(camera.read_noise)
        found |= numbers
    if isinstance(curve_of(part), VarianceCurve):
        told = found["degradation"]
        pairs = zip(told["intensities"], told["levels"], strict=True)
        found["levels_at"] = tuple(pairs)
    return found


def _camera(part: Part) -> Anscombe | None:
    curve = curve_of(part)
    return curve if isinstance(curve, Anscombe) else None


def _few_photons(part: Part, values: NDArray[np.float64]) -> bool:
    camera = _camera(part)
    if camera is None:
        return False
    return bool(np.median(values) < camera.offset + _FEW_PHOTONS * camera.gain)


def _level(part: Part, values: NDArray[np.float64]) -> float:
    """Return the noise level in units of the image; that of rounding is none."""
    if (curve := curve_of(part)) is not None:
        return float(np.sqrt(curve.variance(np.median(values, keepdims=True))[0]))
    largest = max(abs(part.scale.offset), abs(part.scale.gain))
    least = max(_ROUNDING * largest, rounding_level(part.view))
    return float(part.sigma) if part.sigma > least else 0.0


def _counted(
    view: PlaneView, values: NDArray[np.float64], level: float
) -> dict[str, Any]:
    """Count values: those at the ends, and how many there are."""
    different, counts = np.unique(values, return_counts=True)
    if len(different) < 2 or view.dtype.kind == "b":
        return {}
    if len(different) <= _FEW_LEVELS and level <= np.median(np.diff(different)):
        # Stronger noise hides the steps. Of few levels, each has a large share.
        return {"levels": len(different)}
    ends = {"at_least": counts[0], "at_greatest": counts[-1]}
    shares = {name: float(count / values.size) for name, count in ends.items()}
    return {name: share for name, share in shares.items() if share > _CUT_OFF_SHARE}


def _blocks(view: PlaneView) -> Iterator[NDArray[np.float64]]:
    """Read bands of rows of evenly spaced planes."""
    for sample, rows in spread_bands(view):
        yield view.read(sample, rows, slice(None), np.float64)


def _is_constant(view: PlaneView, sample: int) -> bool:
    corner = view.read(sample, slice(_CORNER), slice(_CORNER), view.dtype)
    if corner.min() != corner.max():
        return False
    plane = view.read(sample, slice(None), slice(None), view.dtype)
    return bool(plane.min() == plane.max())


def find_quality(view: PlaneView) -> int | None:
    """Find the quality of JPEG in the pixels of an image.

    Parameters
    ----------
    view : PlaneView
        The image; a part of the plane in its middle is looked at, in all colours.

    Returns
    -------
    int or None
        libjpeg's quality; None without traces of JPEG.
    """
    if view.dtype != np.uint8:
        return None
    if view.apart:
        # Colours are compressed together.
        view = PlaneView(view.array, view.axes, joint=True)
    corner = slice(_COMPRESSED)
    plane = view.read(view.samples // 2, corner, corner, np.float64)
    try:
        return estimate_quality(torch.from_numpy(plane)[None])
    except InputError:
        return None


def _number(view: PlaneView, bad: NDArray[np.bool_]) -> int:
    """Count bad pixels of a sensor, once and not in each of its planes."""
    whole = slice(None)
    return int(view.like(bad).read(0, whole, whole, bool).any(0).sum())
