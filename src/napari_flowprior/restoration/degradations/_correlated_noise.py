"""Noise whose neighbours are alike: after demosaicing, resampling, registration."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from napari_flowprior._checks import check_within
from napari_flowprior._options import INTENSITY, Hint
from napari_flowprior.restoration.degradations._base import Degradation
from napari_flowprior.restoration.degradations._observation import Observation
from napari_flowprior.restoration.noise import find_response, finest_level

if TYPE_CHECKING:
    from collections.abc import Generator

    from napari_flowprior.data import PlaneView
    from napari_flowprior.priors import FlowPrior

__all__ = ["CorrelatedNoise"]


@dataclass(frozen=True)
class CorrelatedNoise(Degradation):
    """Noise of one level whose neighbours are alike.

    So it is after demosaicing, registration, resampling, binning, scanning of lines or
    JPEG. Such noise hardly shows at the finest scale, where levels are read off; that
    scale is known to hold a part of it only. The shipped priors were trained on it and
    see in the image how it is correlated; all they need to be told is its standard
    deviation. A prior without a score network takes it for white noise. Where the noise
    of colours is wider than that of luminance, as in photographs from cameras, the
    posterior mean at half the resolution takes out more of it.

    Parameters
    ----------
    sigma : float, optional
        Standard deviation of all of the noise, in the image's own intensity units; None
        estimates it by `find_response`.
    excess : float
        How many times stronger the noise is than the finest scale says; where `sigma`
        is not given and `excess` is above 1, each part of an image gets the level of
        its finest scale, times this.

    Raises
    ------
    InputError
        If sigma is negative or not finite, or excess is below 1.
    """

    sigma: Annotated[
        float | None,
        Hint(
            label="Noise level",
            help="Standard deviation of all of the noise; estimated from the image if "
            "not given.",
            least=0.0,
            unit=INTENSITY,
        ),
    ] = None
    excess: float = 1.0
    name: ClassVar[str] = "correlated-noise"
    label: ClassVar[str] = "Correlated noise"
    task: ClassVar[str] = "Denoise"
    combines: ClassVar[bool] = False
    clips: ClassVar[bool] = True
    only_noise: ClassVar[bool] = True
    widenings: ClassVar[tuple[tuple[float, float], ...]] = ((0.0, 1.3),)
    white: ClassVar[bool] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        check_within("excess", self.excess, 1.0)

    def resolve(
        self, view: PlaneView, prior: FlowPrior
    ) -> Generator[None, None, CorrelatedNoise]:
        if self.sigma is not None or self.excess > 1:
            return self
        response = yield from find_response(view, prior)
        return replace(self, excess=response.correlated)

    @property
    def open(self) -> bool:
        return self.sigma is None

    def observe(self, view: PlaneView, missing: PlaneView | None = None) -> Observation:
        level = self.sigma
        if level is None:
            level = self.excess * finest_level(view)
        return Observation(level=level, provenance=self.summary())

    def summary(self) -> dict[str, Any]:
        return {"name": self.name, "sigma": self.sigma, "excess": self.excess}
