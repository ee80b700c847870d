"""What a degradation is: a forward operator and its noise, in the user's terms."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Self

from napari_flowprior._options import check_options
from napari_flowprior.restoration.degradations._default_estimator import (
    DefaultEstimator,
)
from napari_flowprior.restoration.degradations._observation import (
    NOISE_LEVELS,
    Observation,
)
from napari_flowprior.restoration.likelihoods import GaussianLikelihood
from napari_flowprior.restoration.operators import Identity

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from torch import Tensor

    from napari_flowprior.data import PlaneView
    from napari_flowprior.priors import FlowPrior
    from napari_flowprior.restoration.operators import Operator

__all__ = ["DefaultEstimator", "Degradation"]


class Degradation(ABC):
    """A forward operator and its noise, as a user states them.

    A new degradation is a frozen dataclass with `observe` and those of the members
    below that are otherwise for it; it is listed in ``DEGRADATIONS``. Fields that are
    annotated with a `Hint` are its `options`: their bounds hold wherever they are
    given, and the command line and the dock widget offer them. It never changes: what
    it finds in an image is in the `Observation`, so that runs may share it.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    # What undoing it is called where a user is asked what to do.
    task: ClassVar[str] = "Other"
    # Whether it reaches across tiles, so that planes must be seen whole.
    whole_planes: ClassVar[bool] = False
    # Whether the image itself is seen, under noise: the case of the posterior mean.
    only_noise: ClassVar[bool] = False
    # Whether its error is known by its strength alone.
    blind: ClassVar[bool] = False
    # Whether it can be one of several, see `Compose`.
    combines: ClassVar[bool] = True
    # Whether the result has more pixels than the image, see `enlargement`.
    enlarges: ClassVar[bool] = False
    # Of those that combine: has an operator; rounds, once, after all noise; masks last.
    linear: ClassVar[bool] = False
    rounds: ClassVar[bool] = False
    masks: ClassVar[bool] = False
    # Whether its noise depends on the light, and its curve is that of a camera.
    camera: ClassVar[bool] = False
    # Whether the prior sees intensities through a curve that evens out its noise.
    bent: ClassVar[bool] = False
    # Whether no noise of before can be estimated after it.
    hides_noise: ClassVar[bool] = False
    # Format of image files that say more of it, see `told_by_file`.
    told_by: ClassVar[str] = ""
    # Whether its noise is cut off where the range of the image ends.
    clips: ClassVar[bool] = False
    # Whether its noise is independent from pixel to pixel.
    white: ClassVar[bool] = True
    # Whether impulses and lines are looked for, and taken out before anything else.
    repairs: ClassVar[bool] = False
    # By noise level, of 255: how much wider intervals must be than samples of the
    # posterior say, for them to cover what they should; see `PosteriorResult.margin`.
    widenings: ClassVar[tuple[tuple[float, float], ...]] = ((0.0, 1.4),)

    def __post_init__(self) -> None:
        check_options(self)

    @classmethod
    def example(cls) -> Self:
        """Return one of which nothing is left to be estimated."""
        return cls()

    @property
    def steps(self) -> tuple[Degradation, ...]:
        """What happened, the first one first: itself, or the parts of several."""
        return (self,)

    @property
    def rounds_anywhere(self) -> bool:
        """Whether any of what happened rounds, as JPEG does."""
        return any(step.rounds for step in self.steps)

    def told_by_file(self, path: Path, shape: tuple[int, int]) -> Degradation:
        """Take what was not given from the file that the image was read from.

        Parameters
        ----------
        path : Path
            The file, of the format `told_by`.
        shape : tuple of int
            Height and width of the image.

        Returns
        -------
        Degradation
            The same, but for what the file tells.

        Raises
        ------
        InputError
            If the file does not fit.
        """
        return self

    @property
    def uneven(self) -> bool:
        """Whether nothing but noise happened, of a level that differs in pixels."""
        return False

    @property
    def open(self) -> bool:
        """Whether it leaves its noise to be estimated."""
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

    def geometry(
        self, scale: tuple[float, ...], translate: tuple[float, ...]
    ) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Return where the result lies, from where the image does.

        Both are the size of pixels and the centre of the first one, in world units, for
        each spatial axis.
        """
        return scale, translate

    @abstractmethod
    def observe(self, view: PlaneView, missing: PlaneView | None = None) -> Observation:
        """Look at the image, once, and return what is found.

        Parameters
        ----------
        view : PlaneView
            The image.
        missing : PlaneView, optional
            Where its values mean nothing, if `missing` was asked already.

        Returns
        -------
        Observation
            Level of the noise and, if there are any, its curve, planes and holes.
        """

    def observe_among(self, view: PlaneView, missing: PlaneView | None) -> Observation:
        """Look at an image to which other things happened as well, see `Compose`.

        Parameters
        ----------
        view : PlaneView
            The image.
        missing : PlaneView or None
            Where its values mean nothing.

        Returns
        -------
        Observation
            As from `observe`, but that noise of which nothing is said counts as none:
            all of it is estimated together.
        """
        return self.observe(view, missing)

    def likelihood(self, y: Tensor, sigma: float, **planes: Tensor) -> Any:
        """Return the data term of a batch of tiles, or of a plane.

        Parameters
        ----------
        y : Tensor
            Tiles of the observation, or a whole plane of it, (B, C, H, W), normalised.
        sigma : float
            Standard deviation of the noise, normalised.
        **planes : Tensor
            The same tiles of the planes of the `Observation`.

        Returns
        -------
        Likelihood
            The data term; by default that of Gaussian noise after the `operator`.
        """
        operator = self.operator((y.shape[-2], y.shape[-1]), y)
        return GaussianLikelihood(y, operator, sigma, planes.get(NOISE_LEVELS))

    def cut_off(self, ends: tuple[bool, bool]) -> tuple[bool, bool]:
        """Return at which ends of the range noise is cut off, if it is heeded."""
        return ends if self.clips else (False, False)

    def default_estimator(self, prior: FlowPrior) -> DefaultEstimator:
        """Name the estimator that "auto" stands for.

        Parameters
        ----------
        prior : FlowPrior
            The prior in use.

        Returns
        -------
        DefaultEstimator
            Its name and its options; by default that of noise.
        """
        return DefaultEstimator.of_noise(prior)

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
        """Return a JSON-able description, without what an image shows of it."""
        return {"name": self.name}
