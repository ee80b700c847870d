"""The plane engine: planes stream through an estimator that sees them whole.

For what reaches across tiles: blur, blocks of JPEG, a grid of tiles that moves. Memory
holds a few copies of one plane, or of a block of it, however many planes the image has.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from napari_flowprior._errors import InputError
from napari_flowprior.restoration.engine._intensity_curve import CurvedScale
from napari_flowprior.restoration.engine._output import Output, SampleOutput
from napari_flowprior.restoration.engine._plane_reader import PlaneReader
from napari_flowprior.restoration.engine._safeguard import blur_of, safely
from napari_flowprior.restoration.estimators import PlaneEstimator

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from numpy.typing import NDArray
    from torch import Tensor

    from napari_flowprior.restoration.estimators import PlaneDenoiser

__all__ = ["Finished", "PlaneEngine", "PlaneLook"]

_CORNER = 64


class PlaneLook(NamedTuple):
    """What a look at a whole plane finds.

    Attributes
    ----------
    black : float or None
        The intensity of no light, normalised, if it is known.
    windows : callable
        Returns evenly spaced windows of the plane, (N, C, h, w), normalised.
    """

    black: float | None
    windows: Callable[[], Tensor]


class Finished(NamedTuple):
    """A plane that is done, in the units of the image, and warnings."""

    image: NDArray[Any]
    warnings: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class PlaneEngine(PlaneReader):
    """One restoration of planes, all choices made.

    Parameters
    ----------
    estimator : PlaneEstimator
        Which estimate to compute.
    warnings : list of str
        What the user should know of the planes that are done, is added to it.
    """

    estimator: PlaneEstimator
    warnings: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        """Steps of the estimator, over all blocks of all planes."""
        return self.view.samples * len(self.blocks) * self.estimator.work

    def run(
        self, out: Any, planes: SampleOutput | None = None
    ) -> Generator[int, None, None]:
        """Restore into an output array.

        Parameters
        ----------
        out : array
            Array of the shape of the result; rows are written as they are done.
        planes : SampleOutput, optional
            Which planes are written already, and what is told of others.

        Yields
        ------
        int
            How many of `total` steps the last piece of work made.
        """
        planes = planes or Output(array=out).of(0)
        samples = range(self.view.samples)
        results = self._estimates([n for n in samples if n not in planes])
        for sample in samples:
            if sample in planes:
                self.warnings.extend(planes.said(sample))
                yield self.total // self.view.samples
                continue
            said: dict[str, int] = {}
            blend = self.blend(out, self.view, sample)
            for tile in self.blocks:
                done = yield from _next(results)
                for words in done.warnings:
                    said[words] = said.get(words, 0) + 1
                blend.add(tile, self.filled_up(done.image))
            blend.finish()
            warnings = self.words(sample, said)
            self.warnings.extend(warnings)
            planes.note(sample, warnings)

    def look(self, sample: int) -> PlaneLook:
        """Look at a whole plane, of which blocks see a part only.

        Parameters
        ----------
        sample : int
            Which plane.

        Returns
        -------
        PlaneLook
            What was found.
        """
        return PlaneLook(self._black(sample), cache(partial(self.windows, sample)))

    def _estimates(self, samples: list[int]) -> Generator[int | Finished]:
        """Yield the blocks of some planes in their order, and steps on the way."""
        denoiser = self.denoiser()
        for sample in samples:
            look = self.look(sample)
            for tile in self.blocks:
                part = self.part(tile)
                yield (yield from part.estimate(sample, denoiser, look))

    def estimate(
        self,
        sample: int,
        denoiser: PlaneDenoiser,
        look: PlaneLook,
    ) -> Generator[int, None, Finished]:
        """Estimate a plane.

        Parameters
        ----------
        sample : int
            Which plane.
        denoiser : PlaneDenoiser
            The prior on planes.
        look : PlaneLook
            A look at the whole plane, if this is a block of it.

        Returns
        -------
        Finished
            The plane in the units of the image, (C, H, W), and warnings.

        Yields
        ------
        int
            As many steps as the estimator has; 0 within.
        """
        likelihood = self.likelihood(sample)
        guarded = yield from safely(
            self.estimator, denoiser, likelihood, look.black, look.windows
        )
        finished = likelihood.finish(guarded.image)[0].cpu().numpy()
        self._check(sample, finished)
        return Finished(self.scale.restore(finished), guarded.warnings)

    def _check(self, sample: int, finished: NDArray[Any]) -> None:
        """Refuse what becomes too large to compute with, rather than answer NaN."""
        if np.isfinite(finished).all():
            return
        plane = self.view.read(sample, slice(None), slice(None), np.float64)
        largest = float(np.nanmax(np.abs(plane)))
        raise InputError(
            "The computation gave values that are not finite: the largest value of the "
            f"image is {largest:.1e}, {largest / self.scale.gain:.0e} times the range "
            "of most; cut such values off, or mark them as holes with a mask."
        )

    @property
    def blurred(self) -> bool:
        """Whether a look at the whole plane is needed, to judge the blur."""
        corner = slice(_CORNER)
        seen = self.within(corner, corner).likelihood(0)
        return blur_of(seen) is not None

    def _black(self, sample: int) -> float | None:
        """Return the intensity of no light, normalised, if the plane shows it."""
        if isinstance(self.scale, CurvedScale):
            return None
        rows = (ys for place, ys in self.view.bands() if place == sample)
        bands = (self.view.read(sample, ys, slice(None), np.float64) for ys in rows)
        # Not so where there is a NaN, either.
        light = all(band.min() >= 0 for band in bands)
        return -self.scale.offset / self.scale.gain if light else None

    def words(self, sample: int, said: dict[str, int]) -> list[str]:
        """Return what is to be said of a plane, and of how many of its blocks.

        Parameters
        ----------
        sample : int
            Which plane.
        said : dict of str to int
            Sentences, and in how many blocks each was said.

        Returns
        -------
        list of str
            Warnings.
        """
        where = f"Plane {sample + 1}: " if self.view.samples > 1 else ""
        blocks = len(self.blocks)
        parts = {n: f"In {n} of {blocks} blocks: " for n in range(blocks)}
        return [f"{where}{parts.get(n, '')}{words}" for words, n in said.items()]


def _next(results: Generator[int | Finished]) -> Generator[int, None, Finished]:
    """Yield steps until the next block is done, and return it."""
    for found in results:
        if isinstance(found, Finished):
            return found
        yield found
    raise AssertionError("There are fewer blocks than were asked for.")
