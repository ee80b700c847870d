"""A restoration is cut into tasks, and what each of them reads is known before."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from napari_flowprior.restoration.cluster._pieces import region_of
from napari_flowprior.restoration.engine._blocks import place_of
from napari_flowprior.restoration.engine._plane_engine import PlaneEngine
from napari_flowprior.restoration.engine._tile_engine import Engine
from napari_flowprior.tiling import Tile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from napari_flowprior.restoration.cluster._pieces import Region
    from napari_flowprior.restoration.engine._ladder import AnEngine
    from napari_flowprior.tiling import TilePlan

__all__ = [
    "MARGIN",
    "Task",
    "needs_look",
    "parted",
    "plan_of",
    "region_of_plane",
    "region_of_task",
    "tasks_of",
]

MARGIN = 16
"""Pixels around what is restored that are read, too: more than impulses (2 pixels) and
the light around a pixel (8) need."""

# Tiles of a task at most, and the least number of tasks that an image is cut into, if
# it has so many tiles.
_TILES, _TASKS = 16, 32
# Larger blocks of a plane overlap less, and leave other workers with nothing to do.
_BLOCK = 1536


@dataclass(frozen=True)
class Task:
    """Tiles of a plane, or a block of it.

    Parameters
    ----------
    sample : int
        Which plane.
    tiles : tuple of Tile
        In the order of their plan.
    """

    sample: int
    tiles: tuple[Tile, ...]


def parted(engine: AnEngine) -> AnEngine:
    """Return an engine whose pieces several workers can share."""
    if not isinstance(engine, PlaneEngine):
        return engine
    return replace(engine, block=min(engine.block, _BLOCK))


def plan_of(engine: AnEngine) -> TilePlan:
    """Return the tiles of an engine, or the blocks of each of its planes."""
    return engine.plan if isinstance(engine, Engine) else engine.blocks


def tasks_of(engine: AnEngine, tiles: Iterable[Tile] | None = None) -> Iterator[Task]:
    """Cut a restoration into tasks.

    Parameters
    ----------
    engine : Engine or PlaneEngine
        The engine.
    tiles : iterable of Tile, optional
        Some of its tiles, in the order of their plan; by default all.

    Yields
    ------
    Task
        In the order of the plan.
    """
    if isinstance(engine, PlaneEngine):
        for sample in range(engine.view.samples):
            yield from (Task(sample, (tile,)) for tile in engine.blocks)
        return
    most = max(1, min(_TILES, len(engine.plan) // _TASKS))
    some: list[Tile] = []
    for tile in engine.plan if tiles is None else tiles:
        if some and (len(some) == most or tile.sample != some[0].sample):
            yield Task(some[0].sample, tuple(some))
            some = []
        some.append(tile)
    if some:
        yield Task(some[0].sample, tuple(some))


def region_of_task(engine: AnEngine, task: Task) -> Region:
    """Return which region of the image a task reads."""
    places = [_place(engine, tile) for tile in task.tiles]
    ys, xs = (
        slice(min(span.start for span in spans), max(span.stop for span in spans))
        for spans in zip(*places, strict=True)
    )
    return region_of(engine.view, task.sample, ys, xs, MARGIN)


def region_of_plane(engine: AnEngine, sample: int) -> Region:
    """Return where a plane lies in the image."""
    height, width = engine.view.shape
    return region_of(engine.view, sample, slice(0, height), slice(0, width))


def needs_look(engine: AnEngine) -> bool:
    """Tell whether blocks must be told what the whole plane shows."""
    if not isinstance(engine, PlaneEngine) or len(engine.blocks) == 1:
        return False
    return engine.blurred


def _place(engine: AnEngine, tile: Tile) -> tuple[slice, slice]:
    """Return rows and columns of the image that a tile has, or would have."""
    if isinstance(engine, PlaneEngine):
        return place_of(tile, engine.blocks, engine.degradation.enlargement)
    height, width = engine.plan.tile
    return slice(tile.y, tile.y + height), slice(tile.x, tile.x + width)
