"""What a degradation is: a forward operator and its noise, in the user's terms."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from torch import Tensor

    from napari_flowprior.data import PlaneView
    from napari_flowprior.prior import FlowPrior
    from napari_flowprior.restoration._estimator import Estimator

__all__ = ["Degradation"]


class Degradation(ABC):
    """A forward operator and its noise, as a user states them.

    A new degradation is a frozen dataclass with the members below; its fields carry
    ``metadata`` (label, help, min, max) from which the command line and the widget
    build their options.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    # Whether it reaches across tiles, so that planes must be seen whole.
    whole_planes: ClassVar[bool] = False

    @abstractmethod
    def noise_level(self, view: PlaneView) -> float:
        """Return sigma in the image's own units, estimated if it is not given.

        Parameters
        ----------
        view : PlaneView
            The image.

        Returns
        -------
        float
            Standard deviation of the noise.
        """

    @abstractmethod
    def likelihood(self, y: Tensor, sigma: float, **planes: Tensor) -> Any:
        """Return the data term of a batch of tiles, or of a plane.

        Parameters
        ----------
        y : Tensor
            Tiles of the observation, or a whole plane of it, (B, C, H, W), normalised.
        sigma : float
            Standard deviation of the noise, normalised.
        **planes : Tensor
            The same tiles of what `planes` returned.

        Returns
        -------
        Likelihood
            The data term.
        """

    @abstractmethod
    def default_estimator(self, prior: FlowPrior) -> str | Estimator:
        """Return the estimator that "auto" stands for.

        Parameters
        ----------
        prior : FlowPrior
            The prior in use.

        Returns
        -------
        str or Estimator
            Key of ``ESTIMATORS``, or one with options.
        """

    def planes(self, view: PlaneView) -> dict[str, PlaneView]:
        """Return per-pixel data that is cut into tiles along with the image.

        Parameters
        ----------
        view : PlaneView
            The image.

        Returns
        -------
        dict
            Views by name.
        """
        return {}

    def missing(self, view: PlaneView) -> PlaneView | None:
        """Return where the image's values mean nothing, if anywhere.

        Parameters
        ----------
        view : PlaneView
            The image.

        Returns
        -------
        PlaneView or None
            True where a pixel is missing.
        """
        return None

    def summary(self) -> dict[str, Any]:
        """Return a JSON-able description, for provenance."""
        return {"name": self.name}
