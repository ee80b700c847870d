"""White noise, of one strength or of one for each pixel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np

from napari_flowprior._checks import as_array, check_within
from napari_flowprior._errors import InputError
from napari_flowprior._options import INTENSITY, Hint
from napari_flowprior.restoration.degradations._base import Degradation
from napari_flowprior.restoration.degradations._observation import (
    NOISE_LEVELS,
    Observation,
)
from napari_flowprior.restoration.noise import estimate_noise

if TYPE_CHECKING:
    from napari_flowprior.data import PlaneView

__all__ = ["Noise"]


@dataclass(frozen=True, eq=False)
class Noise(Degradation):
    """White Gaussian noise: ``y = x + n``, ``n ~ N(0, sigma^2)``.

    Parameters
    ----------
    sigma : float, optional
        Standard deviation in the image's own intensity units; None estimates it from
        the finest wavelet scale.
    map : array_like, optional
        The standard deviation of each pixel in its place: of the image's shape, of that
        shape without the colour axis, or (Y, X) for all planes.
    share : float
        What share of the estimated level is taken for noise, from 0 to 1; what else
        there is at the finest scale, is texture.

    Raises
    ------
    InputError
        If sigma is negative or not finite, both are given, or share is none.
    """

    sigma: Annotated[
        float | None,
        Hint(
            label="Noise level",
            help="Standard deviation of the noise; estimated from the image if "
            "not given.",
            least=0.0,
            unit=INTENSITY,
        ),
    ] = None
    map: Annotated[
        Any,
        Hint(
            label="Noise map",
            flag="noise_map",
            help="Image of the noise level of each pixel, in place of one level.",
            array="image",
        ),
    ] = None
    share: float = 1.0
    name: ClassVar[str] = "noise"
    label: ClassVar[str] = "Noise"
    task: ClassVar[str] = "Denoise"
    only_noise: ClassVar[bool] = True
    widenings: ClassVar[tuple[tuple[float, float], ...]] = ((0.0, 1.1),)
    clips: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        check_within("share", self.share, 0.0, 1.0)
        if self.map is None:
            return
        if self.sigma is not None:
            raise InputError("Give the noise level sigma, or a map of it, not both.")
        if not hasattr(self.map, "dtype"):
            object.__setattr__(self, "map", as_array("The noise map", self.map))
        if np.dtype(self.map.dtype).kind not in "biuf":
            raise InputError(
                f"The noise map has type {self.map.dtype}; pass real numbers."
            )

    @classmethod
    def example(cls) -> Noise:
        return cls(sigma=1.0)

    @property
    def uneven(self) -> bool:
        return self.map is not None

    @property
    def open(self) -> bool:
        return self.sigma is None and self.map is None

    def observe(self, view: PlaneView, missing: PlaneView | None = None) -> Observation:
        said = self.summary()
        if self.map is not None:
            levels = view.like(self.map)
            planes = {NOISE_LEVELS: levels}
            return Observation(level=_highest(levels), planes=planes, provenance=said)
        level = self.share * estimate_noise(view) if self.sigma is None else self.sigma
        return Observation(level=level, provenance=said)

    def observe_among(self, view: PlaneView, missing: PlaneView | None) -> Observation:
        if self.open:
            return Observation(level=0.0, provenance=self.summary())
        return self.observe(view, missing)

    def summary(self) -> dict[str, Any]:
        sigma = self.sigma if self.map is None else "map"
        return {"name": self.name, "sigma": sigma}


def _highest(levels: PlaneView) -> float:
    """Check a map of noise levels, band by band, and find its highest."""
    highest = 0.0
    for sample, rows in levels.bands():
        band = levels.read(sample, rows, slice(None), np.float64)
        least, most = float(band.min()), float(band.max())
        if not (least >= 0 and np.isfinite(most)):
            raise InputError(
                "The noise map holds values that are negative or not finite (NaN); "
                "a noise level is 0 or more."
            )
        highest = max(highest, most)
    return highest
