"""The level of noise by intensity, as it was measured and as it is explained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_flowprior._errors import InputError
from napari_flowprior.restoration.engine._intensity_curve import CurvedScale
from napari_flowprior.restoration.noise import (
    Anscombe,
    VarianceCurve,
    measure_variances,
)

if TYPE_CHECKING:
    from napari_flowprior.restoration.engine._parts import Part

__all__ = ["NoiseCurve", "curve_of", "noise_curve"]


@dataclass(frozen=True, kw_only=True)
class NoiseCurve:
    """The level of noise by intensity.

    Parameters
    ----------
    intensities : tuple of float
        Mean intensities of the intervals that were looked at, rising.
    measured : tuple of float
        Standard deviation at the finest scale in the flattest surroundings of each;
        that of texture is in some.
    explained : tuple of float
        What the degradation that was found says of each.
    """

    intensities: tuple[float, ...]
    measured: tuple[float, ...]
    explained: tuple[float, ...]


def noise_curve(part: Part, level: float) -> NoiseCurve | None:
    """Measure the level of the noise by intensity.

    Parameters
    ----------
    part : Part
        A part of an image, as it was surveyed.
    level : float
        Noise level of the part, if it is the same at all intensities.

    Returns
    -------
    NoiseCurve or None
        None for images that are too small to tell.
    """
    try:
        bins = measure_variances(part.view)
    except InputError:
        return None
    order = np.argsort(bins.means, kind="stable")
    means, curve = bins.means[order], curve_of(part)
    if curve is None:
        explained = np.full(len(means), level)
    else:
        explained = np.sqrt(curve.variance(means))
    return NoiseCurve(
        intensities=tuple(means.tolist()),
        measured=tuple(np.sqrt(bins.variances[order]).tolist()),
        explained=tuple(explained.tolist()),
    )


def curve_of(part: Part) -> Anscombe | VarianceCurve | None:
    """Return the curve of intensities that evens out the noise of a part.

    Parameters
    ----------
    part : Part
        The part.

    Returns
    -------
    Anscombe, VarianceCurve or None
        None if its noise is the same at all intensities.
    """
    curve = part.scale.curve if isinstance(part.scale, CurvedScale) else None
    return curve if isinstance(curve, (Anscombe, VarianceCurve)) else None
