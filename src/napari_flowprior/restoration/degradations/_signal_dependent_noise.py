"""Noise that depends on brightness in a way that no formula is known for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from napari_flowprior.restoration.degradations._base import Degradation
from napari_flowprior.restoration.degradations._observation import Observation
from napari_flowprior.restoration.noise import (
    VarianceCurve,
    estimate_variance_curve,
    rounding_level,
)

if TYPE_CHECKING:
    from napari_flowprior.data import PlaneView

__all__ = ["SignalDependentNoise"]


@dataclass(frozen=True)
class SignalDependentNoise(Degradation):
    """Noise whose level depends on brightness, in any way that rises or falls.

    Such is speckle, whose level is in proportion to brightness, and the noise of a
    camera whose grey levels went through a curve (gamma), which is strongest in the
    dark. The variance by intensity is measured in the image, a monotone curve fitted,
    and the image seen by the prior under the transform that evens this noise out. For a
    camera that counts photons, `PoissonGaussian` knows the curve but for two numbers.

    Parameters
    ----------
    curve : VarianceCurve, optional
        Variance of the noise by expected intensity; estimated if not given.

    Examples
    --------
    >>> from napari_flowprior.restoration import SignalDependentNoise, VarianceCurve
    >>> speckle = VarianceCurve((10.0, 100.0, 200.0), (1.0, 100.0, 400.0))
    >>> SignalDependentNoise(curve=speckle).summary()["levels"]
    [1.0, 10.0, 20.0]
    """

    curve: VarianceCurve | None = None
    name: ClassVar[str] = "signal-dependent"
    label: ClassVar[str] = "Signal-dependent noise"
    task: ClassVar[str] = "Denoise"
    combines: ClassVar[bool] = False
    clips: ClassVar[bool] = True
    only_noise: ClassVar[bool] = True
    widenings: ClassVar[tuple[tuple[float, float], ...]] = ((0.0, 1.1),)
    bent: ClassVar[bool] = True

    @property
    def open(self) -> bool:
        return self.curve is None

    def observe(self, view: PlaneView, missing: PlaneView | None = None) -> Observation:
        curve = self.curve
        if curve is None:
            curve = estimate_variance_curve(view, rounding_level(view) ** 2)
        said = self.summary() | _told(curve)
        return Observation(level=1.0, transform=curve, provenance=said)

    def summary(self) -> dict[str, Any]:
        told = {} if self.curve is None else _told(self.curve)
        return {"name": self.name, **told, "estimated": self.open}


def _told(curve: VarianceCurve) -> dict[str, Any]:
    """Return intensities and the levels of the noise there, JSON-able."""
    return {
        "intensities": [float(mean) for mean in curve.means],
        "levels": [float(variance) ** 0.5 for variance in curve.variances],
    }
