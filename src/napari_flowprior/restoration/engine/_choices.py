"""What a user chooses for a run, and the engine of each part of an image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from napari_flowprior.restoration.engine._sampling_engine import SamplingEngine
from napari_flowprior.restoration.engine._setup import (
    check_degradation,
    choose_batch_size,
    choose_estimator,
    make_engine,
    plan_tiles,
    plane_tile,
)
from napari_flowprior.restoration.estimators import Estimator, Sampling

if TYPE_CHECKING:
    from napari_flowprior.data import PlaneView
    from napari_flowprior.priors import FlowPrior
    from napari_flowprior.restoration.degradations import Degradation
    from napari_flowprior.restoration.engine._parts import Part
    from napari_flowprior.restoration.engine._plane_engine import PlaneEngine
    from napari_flowprior.restoration.engine._tile_engine import Engine
    from napari_flowprior.tiling import TilePlan

__all__ = ["Choices"]


@dataclass(frozen=True)
class Choices:
    """What a user chooses for a run, besides prior and degradation.

    Parameters
    ----------
    estimator : Estimator or str
        Which estimate; "auto" takes the one that suits the degradation of a part.
    tile : int or tuple of int, optional
        Side, or height and width, of a tile with its margins, pixels.
    margin : int, optional
        Half the overlap of neighbouring tiles, pixels.
    batch_size : int, optional
        Tiles at a time.
    """

    estimator: Estimator | str
    tile: int | tuple[int, int] | None
    margin: int | None
    batch_size: int | None

    def check(
        self, view: PlaneView, prior: FlowPrior, degradation: Degradation
    ) -> None:
        """Refuse what does not fit, before the image is looked at.

        Parameters
        ----------
        view : PlaneView
            The image.
        prior : FlowPrior
            The prior.
        degradation : Degradation
            As it was given.

        Raises
        ------
        InputError
            If something does not fit.
        """
        estimator = self._estimator(check_degradation(degradation), prior)
        estimator.check(prior)
        plan = plan_tiles(view, prior, estimator, self.tile, self.margin)
        choose_batch_size(self.batch_size, plan, prior)

    def engine(self, part: Part, prior: FlowPrior) -> Engine | PlaneEngine:
        """Make the engine that restores a part.

        Parameters
        ----------
        part : Part
            What was found of it.
        prior : FlowPrior
            The prior, on its device.

        Returns
        -------
        Engine or PlaneEngine
            By the estimator.
        """
        estimator = self._estimator(part.degradation, prior)
        plan = plan_tiles(part.view, prior, estimator, self.tile, self.margin)
        shared = self._shared(part, prior, plan)
        return make_engine(estimator, plan, self.tile, **shared)

    def sampling_engine(self, part: Part, prior: FlowPrior) -> SamplingEngine:
        """Make the engine that samples the posterior of a part.

        Parameters
        ----------
        part : Part
            What was found of it.
        prior : FlowPrior
            The prior, on its device.

        Returns
        -------
        SamplingEngine
            For the estimator, which is `Sampling`.
        """
        assert isinstance(self.estimator, Sampling)
        plan = plan_tiles(part.view, prior, self.estimator, self.tile, self.margin)
        return SamplingEngine(
            estimator=self.estimator,
            side=plane_tile(prior, self.tile),
            margin=plan.margin,
            **self._shared(part, prior, plan),
        )

    def _shared(self, part: Part, prior: FlowPrior, plan: TilePlan) -> dict[str, Any]:
        """Return what engines of all kinds are told of a part."""
        return {
            "view": part.view,
            "scale": part.scale,
            "prior": prior,
            "degradation": part.degradation,
            "observation": part.observation,
            "sigma": part.sigma / part.scale.gain,
            "batch_size": choose_batch_size(self.batch_size, plan, prior),
        }

    def _estimator(self, degradation: Degradation, prior: FlowPrior) -> Estimator:
        if isinstance(self.estimator, Sampling):
            return self.estimator
        return choose_estimator(self.estimator, degradation, prior)
