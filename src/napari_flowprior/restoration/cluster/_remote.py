"""Engines whose tiles and blocks are worked on by a cluster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_flowprior.restoration.cluster._frozen import freeze, roots_of
from napari_flowprior.restoration.cluster._pool import Pool
from napari_flowprior.restoration.cluster._sent_prior import SentPrior
from napari_flowprior.restoration.cluster._tasks import (
    Task,
    needs_look,
    parted,
    region_of_task,
    tasks_of,
)
from napari_flowprior.restoration.cluster._work import Look, perform
from napari_flowprior.restoration.engine._plane_engine import Finished, PlaneEngine
from napari_flowprior.restoration.engine._tile_engine import Engine

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from napari_flowprior.restoration.engine._begin import Begun
    from napari_flowprior.restoration.engine._ladder import AnEngine
    from napari_flowprior.restoration.engine._tiles import TakesTiles
    from napari_flowprior.tiling import Tile

__all__ = ["handing_over"]


@dataclass(frozen=True, eq=False)
class Share:
    """What a cluster is given of an engine, and how it is asked to work.

    Parameters
    ----------
    pool : Pool
        The workers.
    roots : sequence of array
        Arrays of the image, which are read here.
    frozen, prior : future
        The engine and its prior, where the workers have them.
    """

    pool: Pool
    roots: Sequence[Any]
    frozen: Any
    prior: Any

    def submit(self, engine: AnEngine, task: Task, look: Any = None) -> Any:
        """Read what a task needs, and hand it over.

        Parameters
        ----------
        engine : Engine or PlaneEngine
            What it is a task of.
        task : Task
            What is to be done.
        look : future, optional
            What the whole plane shows.

        Returns
        -------
        future
            What comes of it.
        """
        region = region_of_task(engine, task)
        regions = [[region] for _ in self.roots]
        pieces = [[np.asarray(root[region])] for root in self.roots]
        work = partial(perform, task=task, device="auto", regions=regions)
        return self.pool.submit(work, self.frozen, self.prior, pieces, look)


@dataclass(frozen=True, kw_only=True)
class RemoteTiles(Engine):
    """An engine of tiles, which a cluster works on.

    Parameters
    ----------
    share : Share
        What the cluster is given.
    """

    share: Share

    def _stream(
        self, waiting: Iterator[Tile], blend: TakesTiles
    ) -> Generator[int, None, int]:
        tasks = tasks_of(self, waiting)
        calls = ((task, partial(self.share.submit, self, task)) for task in tasks)
        for found in self.share.pool.in_turn(calls):
            if found is None:
                yield 0
                continue
            task, done = found
            self.residual.windows.extend(done.windows)
            for tile, block in zip(task.tiles, done.blocks, strict=True):
                blend.add(tile, block)
            yield len(task.tiles) * self.estimator.work
        return self.batch_size


@dataclass(frozen=True, kw_only=True)
class RemotePlanes(PlaneEngine):
    """An engine of planes, whose blocks a cluster works on.

    Parameters
    ----------
    share : Share
        What the cluster is given.
    """

    share: Share

    def _estimates(self, samples: list[int]) -> Generator[int | Finished]:
        for found in self.share.pool.in_turn(self._calls(samples)):
            if found is None:
                yield 0
                continue
            _, done = found
            yield self.estimator.work
            yield Finished(done.blocks[0], done.warnings)

    def _calls(self, samples: list[int]) -> Iterator[tuple[Task, Callable[[], Any]]]:
        looks = needs_look(self)
        for sample in samples:
            look = self._sent_look(sample) if looks else None
            for tile in self.blocks:
                task = Task(sample, (tile,))
                yield task, partial(self.share.submit, self, task, look)

    def _sent_look(self, sample: int) -> Any:
        return self.share.pool.send(Look.of(self.look(sample)))


def handing_over(pool: Pool, begun: Begun) -> Callable[[AnEngine], AnEngine]:
    """Return what makes engines hand their work over to a cluster.

    Parameters
    ----------
    pool : Pool
        The workers.
    begun : Begun
        What was found of the image.

    Returns
    -------
    callable
        Of an engine, it returns one that gives the same result.
    """
    roots = roots_of(begun.view.array, begun.degradation)
    prior = pool.send(SentPrior.of(begun.prior))

    def prepared(engine: AnEngine) -> AnEngine:
        engine = parted(engine)
        if isinstance(engine, Engine):
            engine.look()
        share = Share(pool, roots, pool.send(freeze(engine, roots)), prior)
        told = {each.name: getattr(engine, each.name) for each in fields(engine)}
        if isinstance(engine, Engine):
            return RemoteTiles(**told, share=share)
        return RemotePlanes(**told, share=share)

    return prepared
