"""Randomness that depends on the seed, the step and the place of a patch only.

Every patch of every step has a generator of its own. Nothing is carried from step to
step, so that a resumed training, or one spread over several processes, meets the same
patches and the same noise as any other.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from napari_flowprior.training.patches._dataset import PatchSource

__all__ = ["DrawnPatch", "PatchFeed", "draw_initial"]

_STEPS, _INITIAL = 0, 1


@dataclass(frozen=True, eq=False)
class DrawnPatch:
    """A patch, and the generator for all else that is random about it.

    Parameters
    ----------
    clean : ndarray, shape (C, h, w)
        Normalised intensities.
    rng : numpy.random.Generator
        Source of randomness, already used to draw the patch.
    """

    clean: NDArray[np.float32]
    rng: np.random.Generator


def _draw(source: PatchSource, seed: int, key: tuple[int, ...]) -> DrawnPatch:
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))
    return DrawnPatch(source.draw(rng), rng)


def draw_initial(source: PatchSource, seed: int, number: int) -> list[DrawnPatch]:
    """Draw patches for the data-dependent initialisation.

    Parameters
    ----------
    source : PatchSource
        Where patches come from.
    seed : int
        Seed of the training.
    number : int
        How many.

    Returns
    -------
    list of DrawnPatch
        The patches.

    Examples
    --------
    >>> from napari_flowprior.training import Sprites
    >>> from napari_flowprior.training.patches import draw_initial
    >>> patches = draw_initial(Sprites(), seed=0, number=4)
    >>> len(patches)
    4
    """
    return [_draw(source, seed, (_INITIAL, place)) for place in range(number)]


class PatchFeed:
    """The patches of a step, drawn in a thread while the step before is computed.

    Parameters
    ----------
    source : PatchSource
        Where patches come from; used by the thread only.
    seed : int
        Seed of the training.
    places : iterable of int
        Which patches of every step; other processes take the others.
    """

    def __init__(self, source: PatchSource, seed: int, places: Iterable[int]) -> None:
        self._source = source
        self._seed = seed
        self._places = tuple(places)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="patches")
        self._ahead: tuple[int, Future[list[DrawnPatch]]] | None = None

    def take(self, step: int) -> Generator[None, None, list[DrawnPatch]]:
        """Return the patches of a step, and start to draw those of the next one.

        Parameters
        ----------
        step : int
            Which step.

        Returns
        -------
        list of DrawnPatch
            The patches.

        Yields
        ------
        None
            While files are slow, so that the wait can be given up.
        """
        if self._ahead is None or self._ahead[0] != step:
            self._ahead = step, self._thread.submit(self._draw, step)
        future = self._ahead[1]
        while not wait([future], timeout=0.2).done:
            yield
        patches = future.result()
        self._ahead = step + 1, self._thread.submit(self._draw, step + 1)
        return patches

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _draw(self, step: int) -> list[DrawnPatch]:
        keys = ((_STEPS, step, place) for place in self._places)
        return [_draw(self._source, self._seed, key) for key in keys]
