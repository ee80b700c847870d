"""Images of which nobody knows what happened to them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from napari_flowprior._options import INTENSITY, Hint
from napari_flowprior.restoration.degradations._base import (
    DefaultEstimator,
    Degradation,
)
from napari_flowprior.restoration.degradations._observation import Observation
from napari_flowprior.restoration.noise import estimate_noise, find_response

if TYPE_CHECKING:
    from collections.abc import Generator

    from napari_flowprior.data import PlaneView
    from napari_flowprior.priors import FlowPrior

__all__ = ["Blind"]


@dataclass(frozen=True, eq=False)
class Blind(Degradation):
    """Anything: ``y = x + e``, where only the strength of the error e is known.

    The blind case of the paper: the forward operator is the identity, and the weight of
    the data an unknown [R]. By default it is found by the discrepancy principle: of all
    restored images, from the least to the most changed, the one whose difference from y
    is as strong as the error. The estimator `LatentMAP` of the paper takes the weight
    from the strength, as ``1 / (2 sigma^2)``.

    Parameters
    ----------
    sigma : float, optional
        Root mean square of the error, in the image's own units; None estimates it from
        the finest wavelet scale, as far as a prior with a score network takes that for
        noise. That is right for white noise, and too little for errors that are smooth.

    Raises
    ------
    InputError
        If sigma is negative or not finite.

    References
    ----------
    Helminger et al., *Blind Image Restoration with Flow Based Priors* (2020); Morozov
    (1966) for the discrepancy principle.
    """

    sigma: Annotated[
        float | None,
        Hint(
            label="Strength",
            help="Root mean square of the error; estimated from the image if "
            "not given.",
            least=0.0,
            unit=INTENSITY,
        ),
    ] = None
    name: ClassVar[str] = "blind"
    label: ClassVar[str] = "Blind"
    task: ClassVar[str] = "Blind"
    combines: ClassVar[bool] = False
    blind: ClassVar[bool] = True
    only_noise: ClassVar[bool] = True

    @property
    def open(self) -> bool:
        return self.sigma is None

    def resolve(
        self, view: PlaneView, prior: FlowPrior
    ) -> Generator[None, None, Degradation]:
        if self.sigma is not None or not prior.has_score_network:
            return self
        # What the finest scale holds may be texture, or lines of a drawing.
        response = yield from find_response(view, prior, enough_trust=0.0)
        return replace(self, sigma=response.trust * estimate_noise(view))

    def observe(self, view: PlaneView, missing: PlaneView | None = None) -> Observation:
        level = estimate_noise(view) if self.sigma is None else self.sigma
        return Observation(level=level, provenance=self.summary())

    def default_estimator(self, prior: FlowPrior) -> DefaultEstimator:
        return DefaultEstimator("discrepancy")

    def summary(self) -> dict[str, Any]:
        return {"name": self.name, "sigma": self.sigma}
