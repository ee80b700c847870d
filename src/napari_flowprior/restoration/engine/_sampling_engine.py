"""The sampling engine: mean and standard deviation of the posterior, plane by plane."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_flowprior.restoration.engine._plane_engine import PlaneEngine
from napari_flowprior.restoration.engine._plane_reader import PlaneReader
from napari_flowprior.restoration.engine._region_sums import RegionSums
from napari_flowprior.restoration.estimators import Sampling

if TYPE_CHECKING:
    from collections.abc import Generator

    from numpy.typing import NDArray
    from torch import Tensor

    from napari_flowprior.restoration.engine._plane_engine import PlaneLook
    from napari_flowprior.restoration.estimators import PlaneDenoiser
    from napari_flowprior.tiling import Tile

__all__ = ["Moments", "SamplingEngine"]


@dataclass
class Moments:
    """Mean and standard deviation of arrays that come one by one.

    Attributes
    ----------
    number : int
        How many have come.
    mean : ndarray
        Their mean, float64.

    References
    ----------
    Welford, *Note on a method for calculating corrected sums of squares and products*
    (1962).
    """

    number: int = 0
    mean: Any = 0.0
    _squares: Any = 0.0

    def add(self, values: NDArray[Any]) -> None:
        """Take in an array.

        Parameters
        ----------
        values : ndarray
            Of the shape of those before.
        """
        self.number += 1
        change = values - self.mean
        self.mean = self.mean + change / self.number
        self._squares = self._squares + change * (values - self.mean)

    @property
    def std(self) -> Any:
        """Standard deviation, from the unbiased estimate of the variance."""
        return np.sqrt(self._squares / (self.number - 1))


@dataclass(frozen=True, kw_only=True)
class SamplingEngine(PlaneReader):
    """One run of sampling, all choices made.

    Memory holds a few copies of one plane, or of a block of it, however many planes and
    samples there are.

    Parameters
    ----------
    estimator : Sampling
        How many samples, and which.
    regions : RegionSums, optional
        What sums the samples up, region by region.
    best : PlaneEngine, optional
        What restores the same planes, where that is nearer to the truth than the mean
        of a few samples is, and safe where the prior fails.
    warnings : list of str
        What the user should know of the planes that are done, is added to it.
    """

    estimator: Sampling
    regions: RegionSums | None = None
    best: PlaneEngine | None = None
    warnings: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        """Denoisings of all samples of all planes, and of the estimate beside them."""
        samples = self.view.samples * len(self.blocks) * self.estimator.work
        return samples + (self.best.total if self.best else 0)

    def run(self, mean: Any, std: Any) -> Generator[int, None, str]:
        """Estimate the moments of the posterior into output arrays.

        Parameters
        ----------
        mean, std : array
            Arrays of the shape of the result; planes are written as they are done.

        Yields
        ------
        int
            How many of `total` steps the last piece of work made.

        Returns
        -------
        str
            Where the mean comes from: "of the denoiser", "of the estimator" or "of
            samples".
        """
        denoiser, source = self.denoiser(), ""
        nothing = np.broadcast_to(np.float32(0), self.view.array.shape)
        # What is not restored, the alpha of RGBA, does not vary.
        certain = self.view.like(nothing)
        for plane in range(self.view.samples):
            means = self.blend(mean, self.view, plane)
            stds = self.blend(std, certain, plane)
            look = self.best.look(plane) if self.best else None
            said: dict[str, int] = {}
            for tile in self.blocks:
                drawn, expected = yield from self.part(tile).moments(denoiser, plane)
                best, source = drawn.mean, "of samples"
                if look is not None:
                    best = yield from self._estimated(tile, plane, look, said)
                    source = "of the estimator"
                elif expected.number:
                    best, source = self.scale.restore(expected.mean), "of the denoiser"
                if self.regions is not None:
                    self.regions.add_best(self.view, plane, best)
                means.add(tile, self.filled_up(best))
                stds.add(tile, self.filled_up(drawn.std))
            means.finish()
            stds.finish()
            if self.best is not None:
                self.warnings.extend(self.best.words(plane, said))
        return source

    def _estimated(
        self, tile: Tile, plane: int, look: PlaneLook, said: dict[str, int]
    ) -> Generator[int, None, NDArray[Any]]:
        """Return what `restore` makes of a block, and count what it says of it."""
        assert self.best is not None
        part = self.best.part(tile)
        done = yield from part.estimate(plane, self.denoiser(), look)
        for words in done.warnings:
            said[words] = said.get(words, 0) + 1
        return done.image

    def moments(
        self, denoiser: PlaneDenoiser, plane: int
    ) -> Generator[int, None, tuple[Moments, Moments]]:
        """Return the moments of the samples, and of the means that hold no chance.

        Parameters
        ----------
        denoiser : PlaneDenoiser
            The prior on planes.
        plane : int
            Which plane.

        Returns
        -------
        tuple of Moments
            Of the samples, and of the means.

        Yields
        ------
        int
            As many steps as the samples have.
        """
        likelihood = self.likelihood(plane)
        drawn, expected = Moments(), Moments()
        for number in range(self.estimator.samples):
            sample = yield from self.estimator.draw(denoiser, likelihood, plane, number)
            values = self.scale.restore(_pixels(sample.image))
            drawn.add(values)
            if self.regions is not None:
                self.regions.add(self.view, plane, number, values)
            if sample.mean is not None:
                expected.add(_pixels(sample.mean))
        return drawn, expected


def _pixels(image: Tensor) -> NDArray[Any]:
    return image[0].cpu().double().numpy()
