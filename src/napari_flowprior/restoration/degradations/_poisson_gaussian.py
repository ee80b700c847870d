"""The noise of cameras: of counting photons, and of reading the counts out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np

from napari_flowprior._errors import InputError
from napari_flowprior._options import Hint
from napari_flowprior.restoration.degradations._base import Degradation
from napari_flowprior.restoration.degradations._noise import Noise
from napari_flowprior.restoration.degradations._observation import Observation
from napari_flowprior.restoration.noise import (
    Anscombe,
    estimate_camera,
    estimate_noise,
    find_noise_at_limits,
    find_response,
    photon_gain,
)

if TYPE_CHECKING:
    from collections.abc import Generator

    from napari_flowprior.data import PlaneView
    from napari_flowprior.priors import FlowPrior

__all__ = ["PoissonGaussian"]

# How much more noise a camera may have than the finest scale shows, and how sure a
# prior must be that it is noise if there is more.
_CONTRADICTORY, _DOUBTFUL = 2.0, 0.25


@dataclass(frozen=True)
class PoissonGaussian(Degradation):
    """Noise of a camera, stronger where it is brighter: ``y = gain p + n``.

    The count p of electrons is Poisson and n is ``N(offset, read_noise^2)``, so that
    the variance of y is ``gain (E[y] - offset) + read_noise^2``. Under a curve of
    intensities, the generalised Anscombe transform, this noise is white and Gaussian;
    the prior sees the image so, and the exact unbiased inverse leads back.

    What is not given is estimated from the image. Without an offset, noise alone
    cannot tell it from read noise, see `estimate_camera`; this does not matter to the
    result. An estimate that contradicts the finest scale, and that the prior does not
    confirm, is not believed: bright strokes in the dark look like such noise. It is
    white noise then.

    Parameters
    ----------
    gain : float, optional
        Grey levels per electron; 0 for Gaussian noise alone.
    offset : float, optional
        Grey level of black.
    read_noise : float, optional
        Standard deviation of the noise in the dark, in grey levels.

    Raises
    ------
    InputError
        If a number is not finite, or gain or read noise is negative, or both are 0.

    References
    ----------
    Makitalo and Foi, *Optimal inversion of the generalized Anscombe transformation for
    Poisson-Gaussian noise* (2013).
    """

    gain: Annotated[
        float | None,
        Hint(
            label="Gain",
            help="What an electron adds to a pixel; estimated if not given.",
            unit="grey levels per electron",
            least=0.0,
        ),
    ] = None
    offset: Annotated[
        float | None,
        Hint(
            label="Offset",
            help="Grey level of black; estimated from the image if not given.",
            unit="grey levels",
        ),
    ] = None
    read_noise: Annotated[
        float | None,
        Hint(
            label="Read noise",
            help="Standard deviation of the noise in the dark; estimated from the "
            "image if not given.",
            unit="grey levels",
            least=0.0,
        ),
    ] = None
    name: ClassVar[str] = "poisson-gaussian"
    label: ClassVar[str] = "Poisson-Gaussian noise"
    task: ClassVar[str] = "Denoise"
    clips: ClassVar[bool] = True
    only_noise: ClassVar[bool] = True
    widenings: ClassVar[tuple[tuple[float, float], ...]] = ((0.0, 1.1),)
    bent: ClassVar[bool] = True
    camera: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.gain == 0 and self.read_noise == 0:
            raise InputError(
                "gain and read_noise are both 0, which is no noise at all; leave one "
                "out to have it estimated."
            )

    @classmethod
    def example(cls) -> PoissonGaussian:
        return cls(gain=1.0, offset=0.0, read_noise=1.0)

    @property
    def open(self) -> bool:
        return None in self._given.values()

    @property
    def _given(self) -> dict[str, float | None]:
        return {n: getattr(self, n) for n in ("gain", "offset", "read_noise")}

    def resolve(
        self, view: PlaneView, prior: FlowPrior
    ) -> Generator[None, None, Degradation]:
        if set(self._given.values()) != {None} or not prior.has_score_network:
            return self
        if photon_gain(view):
            return self
        # A drawing without noise has none of a camera, and where paper is white with
        # noise, that is everywhere the same.
        if estimate_noise(view) == 0 or find_noise_at_limits(view).white:
            return Noise()
        # Bright strokes in the dark look like noise that grows with brightness.
        camera = estimate_camera(view)
        if _level(camera, view) < _CONTRADICTORY * estimate_noise(view):
            return self
        search = find_response(view, prior, camera, enough_trust=_DOUBTFUL)
        response = yield from search
        return (
            self if response.strongest.peak or response.trust >= _DOUBTFUL else Noise()
        )

    def observe(self, view: PlaneView, missing: PlaneView | None = None) -> Observation:
        camera = estimate_camera(view, **self._given)
        found = {name: getattr(camera, name) for name in self._given}
        said = self.summary() | found
        return Observation(level=1.0, transform=camera, provenance=said)

    def summary(self) -> dict[str, Any]:
        estimated = [name for name, number in self._given.items() if number is None]
        return {"name": self.name, **self._given, "estimated": estimated}


def _level(camera: Anscombe, view: PlaneView) -> float:
    """Return the root of the mean variance of a camera's noise."""
    return float(np.sqrt(camera.variance(view.glimpse()).mean()))
