"""What a degradation finds when it looks at an image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from napari_flowprior.data import PlaneView

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["NOISE_LEVELS", "Observation", "Transform"]

NOISE_LEVELS = "levels"
"""Name of planes that hold standard deviations, in the units of the image."""


class Transform(Protocol):
    """A rising function of intensities, in the image's own units."""

    def forward(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what the prior shall see."""

    def inverse(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return intensities of the image for what the prior made."""


@dataclass(frozen=True, kw_only=True)
class Observation:
    """What a degradation finds in an image, looked at once.

    Parameters
    ----------
    level : float
        Standard deviation of the noise, in the units of the image; of the transformed
        image where there is a transform.
    provenance : mapping
        JSON-able description of the degradation, with what was found.
    transform : Transform, optional
        Variance-stabilising transform, after which the noise is what it shall be.
    planes : mapping
        Per-pixel data by name, cut into tiles along with the image. Those called
        `NOISE_LEVELS` are standard deviations in the units of the image, and reach the
        likelihood normalised; the rest as they are.
    missing : PlaneView, optional
        True where the values of the image mean nothing.
    """

    level: float
    provenance: Mapping[str, Any]
    transform: Transform | None = None
    planes: Mapping[str, PlaneView] = field(default_factory=dict)
    missing: PlaneView | None = None
