"""The noise of cameras: of counting photons, and of reading the counts out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from napari_flowprior._errors import InputError
from napari_flowprior._options import Hint
from napari_flowprior.restoration.degradations._base import (
    DefaultEstimator,
    Degradation,
)
from napari_flowprior.restoration.likelihoods import GaussianLikelihood
from napari_flowprior.restoration.noise import Anscombe, estimate_camera
from napari_flowprior.restoration.operators import Identity

if TYPE_CHECKING:
    from torch import Tensor

    from napari_flowprior.data import PlaneView
    from napari_flowprior.priors import FlowPrior

__all__ = ["PoissonGaussian"]


@dataclass(frozen=True)
class PoissonGaussian(Degradation):
    """Noise of a camera, stronger where it is brighter: ``y = gain p + n``.

    The count p of electrons is Poisson and n is ``N(offset, read_noise^2)``, so that
    the variance of y is ``gain (E[y] - offset) + read_noise^2``. Under a curve of
    intensities, the generalised Anscombe transform, this noise is white and Gaussian;
    the prior sees the image so, and the exact unbiased inverse leads back.

    What is not given is estimated from the image. Without an offset, noise alone
    cannot tell it from read noise, see `estimate_camera`; this does not matter to the
    result.

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
    used: Anscombe | None = field(default=None, init=False, repr=False, compare=False)
    """The camera of the last image, for its provenance."""

    name: ClassVar[str] = "poisson-gaussian"
    label: ClassVar[str] = "Camera noise"
    only_noise: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.gain == 0 and self.read_noise == 0:
            raise InputError(
                "gain and read_noise are both 0, which is no noise at all; leave one "
                "out to have it estimated."
            )

    @property
    def _given(self) -> dict[str, float | None]:
        return {n: getattr(self, n) for n in ("gain", "offset", "read_noise")}

    def noise_level(self, view: PlaneView) -> float:
        return 1.0

    def transform(self, view: PlaneView) -> Anscombe:
        numbers = {
            name: None if number is None else float(number)
            for name, number in self._given.items()
        }
        camera = estimate_camera(view, **numbers)
        object.__setattr__(self, "used", camera)
        return camera

    def likelihood(
        self, y: Tensor, sigma: float, **planes: Tensor
    ) -> GaussianLikelihood:
        return GaussianLikelihood(y, Identity(), sigma)

    def default_estimator(self, prior: FlowPrior) -> DefaultEstimator:
        return DefaultEstimator("mmse" if prior.sigma_max > 0 else "map")

    def summary(self) -> dict[str, Any]:
        shown: Any = self if self.used is None else self.used
        return {
            "name": self.name,
            "gain": shown.gain,
            "offset": shown.offset,
            "read_noise": shown.read_noise,
            "estimated": [name for name, n in self._given.items() if n is None],
        }
