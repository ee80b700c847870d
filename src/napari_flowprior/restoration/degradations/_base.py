"""What a degradation is: a forward operator and its noise, in the user's terms."""

from __future__ import annotations

from abc import ABC, abstractmethod
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol

from napari_flowprior._options import check_options
from napari_flowprior.restoration.operators import Identity

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from napari_flowprior.data import PlaneView
    from napari_flowprior.priors import FlowPrior
    from napari_flowprior.restoration.operators import Operator

__all__ = ["NOISE_LEVELS", "DefaultEstimator", "Degradation", "Transform"]

NOISE_LEVELS = "levels"
"""Name of planes that hold standard deviations, in the units of the image."""


class Transform(Protocol):
    """A rising curve of intensities, in the image's own units."""

    def forward(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what the prior shall see."""

    def inverse(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return intensities of the image for what the prior made."""


class DefaultEstimator(NamedTuple):
    """The estimator that suits a degradation, by its name.

    Attributes
    ----------
    name : str
        Key of ``ESTIMATORS``.
    options : mapping
        Its fields, where they differ from its defaults.
    """

    name: str
    options: Mapping[str, Any] = MappingProxyType({})


class Degradation(ABC):
    """A forward operator and its noise, as a user states them.

    A new degradation is a frozen dataclass with the members below. Fields that are
    annotated with a `Hint` are its `options`: their bounds hold wherever they are
    given, and the command line and the dock widget offer them.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    # Whether it reaches across tiles, so that planes must be seen whole.
    whole_planes: ClassVar[bool] = False
    # Whether the image itself is seen, under noise: the case of the posterior mean.
    only_noise: ClassVar[bool] = False
    # Whether it can be one of several, see `Compose`.
    combines: ClassVar[bool] = True
    # Whether its noise is cut off where the range of the image ends.
    clips: ClassVar[bool] = False
    # Whether impulses and lines are looked for, and taken out before anything else.
    repairs: ClassVar[bool] = False
    # How much wider intervals must be than samples of the posterior say, for them to
    # cover what they should; measured, see `PosteriorResult.margin`.
    widening: ClassVar[float] = 1.4

    def __post_init__(self) -> None:
        check_options(self)

    @property
    def uneven(self) -> bool:
        """Whether nothing but noise happened, of a level that differs in pixels."""
        return False

    def resolve(
        self, view: PlaneView, prior: FlowPrior
    ) -> Generator[None, None, Degradation]:
        """Find out what is left open, and only a look at the image with a prior tells.

        Parameters
        ----------
        view : PlaneView
            A channel of the image.
        prior : FlowPrior
            The prior, on its device.

        Returns
        -------
        Degradation
            What happened to this channel; by default this degradation as it is.

        Yields
        ------
        None
            Between looks of a second at most.
        """
        yield from ()
        return self

    @property
    def enlargement(self) -> int:
        """How many pixels of the result one of the image becomes, along each axis."""
        return 1

    @abstractmethod
    def noise_level(self, view: PlaneView) -> float:
        """Return sigma in the image's own units, estimated if it is not given.

        Where there is a `transform`, it is that of the transformed image.

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
    def default_estimator(self, prior: FlowPrior) -> DefaultEstimator:
        """Name the estimator that "auto" stands for.

        Parameters
        ----------
        prior : FlowPrior
            The prior in use.

        Returns
        -------
        DefaultEstimator
            Its name and its options.
        """

    def transform(self, view: PlaneView) -> Transform | None:
        """Return the curve of intensities under which the noise is what it shall be.

        Parameters
        ----------
        view : PlaneView
            The image.

        Returns
        -------
        Transform or None
            None if intensities stay as they are.
        """
        return None

    def operator(self, size: tuple[int, int], like: Tensor) -> Operator:
        """Return the linear part of the degradation.

        Parameters
        ----------
        size : tuple of int
            Height and width of what it makes.
        like : Tensor
            Of the type and on the device of the images.

        Returns
        -------
        Operator
            The forward operator.
        """
        return Identity()

    def planes(self, view: PlaneView) -> dict[str, PlaneView]:
        """Return per-pixel data that is cut into tiles along with the image.

        What is called `NOISE_LEVELS` are standard deviations of the noise in the
        image's own units, and reaches `likelihood` normalised; the rest as it is.

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

    def scene_range(
        self, view: PlaneView, low: float, high: float
    ) -> tuple[float, float]:
        """Return the range of intensities of the scene, given that of the image.

        Parameters
        ----------
        view : PlaneView
            The image.
        low, high : float
            Its range, in its own units.

        Returns
        -------
        low, high : float
            The range that the prior shall see as black to white.
        """
        return low, high

    def summary(self) -> dict[str, Any]:
        """Return a JSON-able description, for provenance."""
        return {"name": self.name}
