"""What workers do: restore tiles and blocks, and look at planes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import torch

from napari_flowprior._errors import MemoryLimitError
from napari_flowprior._generators import Run
from napari_flowprior.restoration.cluster._place import device_of_worker, turn
from napari_flowprior.restoration.engine._plane_engine import PlaneEngine, PlaneLook
from napari_flowprior.restoration.engine._setup import choose_batch_size
from napari_flowprior.restoration.engine._survey import errors_named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from napari_flowprior.restoration.cluster._frozen import FrozenEngine
    from napari_flowprior.restoration.cluster._pieces import Region
    from napari_flowprior.restoration.cluster._sent_prior import SentPrior
    from napari_flowprior.restoration.cluster._tasks import Task
    from napari_flowprior.restoration.engine._ladder import AnEngine
    from napari_flowprior.restoration.engine._tile_engine import Engine
    from napari_flowprior.tiling import Tile

__all__ = ["Done", "Look", "look_at", "perform"]


class Done(NamedTuple):
    """What comes of a task.

    Attributes
    ----------
    blocks : list of ndarray
        Of each of its tiles, (C, h, w), in the units of the image.
    windows : list of tuple
        What they tell of the noise, see `Residual`.
    warnings : tuple of str
        What the user should know.
    """

    blocks: list[NDArray[Any]]
    windows: list[Any]
    warnings: tuple[str, ...]


class Look(NamedTuple):
    """A `PlaneLook` on its way.

    Attributes
    ----------
    black : float or None
        As there.
    windows : ndarray
        The windows of the plane.
    """

    black: float | None
    windows: NDArray[Any]

    @classmethod
    def of(cls, found: PlaneLook) -> Self:
        """Return what was found, to be pickled."""
        return cls(found.black, found.windows().cpu().numpy())


class _Collected:
    """Takes tiles, and keeps them as they are."""

    def __init__(self) -> None:
        self.blocks: list[NDArray[Any]] = []

    def add(self, tile: Tile, block: NDArray[Any], /) -> None:
        self.blocks.append(block)


def perform(
    frozen: FrozenEngine,
    prior: SentPrior,
    pieces: Sequence[Sequence[NDArray[Any]]],
    look: Look | None = None,
    *,
    task: Task,
    device: str,
    regions: Sequence[Sequence[Region]],
) -> Done:
    """Work on a task; this is what workers are asked for.

    Parameters
    ----------
    frozen : FrozenEngine
        The engine.
    prior : SentPrior
        Its prior.
    pieces : sequence of sequence of ndarray
        For each array of the image, what is sent along.
    look : Look, optional
        What the whole plane shows, if the engine needs to be told.
    task : Task
        What is to be done.
    device : str
        Where, such as "auto".
    regions : sequence of sequence of tuple of slice
        Which regions of the arrays the pieces are.

    Returns
    -------
    Done
        What came of it.

    Raises
    ------
    RestoreError
        If the computation fails.
    """
    place = device_of_worker(device)
    with errors_named():
        try:
            engine = frozen.thaw(prior.on(place), regions, pieces)
            return _performed(engine, frozen, task, look)
        except MemoryLimitError:
            if place.type == "cpu":
                raise
        engine = frozen.thaw(prior.on(torch.device("cpu")), regions, pieces)
        return _performed(engine, frozen, task, look)


def look_at(
    frozen: FrozenEngine,
    prior: SentPrior,
    pieces: Sequence[Sequence[NDArray[Any]]],
    *,
    sample: int,
    device: str,
    regions: Sequence[Sequence[Region]],
) -> Look:
    """Look at a whole plane; this is what workers are asked for.

    Parameters
    ----------
    frozen : FrozenEngine
        The engine.
    prior : SentPrior
        Its prior.
    pieces : sequence of sequence of ndarray
        For each array of the image, what is sent along.
    sample : int
        Which plane.
    device : str
        Where, such as "auto".
    regions : sequence of sequence of tuple of slice
        Which regions of the arrays the pieces are.

    Returns
    -------
    Look
        What was found.
    """
    engine = frozen.thaw(prior.on(device_of_worker(device)), regions, pieces)
    return Look.of(engine.look(sample))


def _performed(
    engine: AnEngine, frozen: FrozenEngine, task: Task, look: Look | None
) -> Done:
    with turn(engine.prior.device):
        if isinstance(engine, PlaneEngine):
            return _block(engine, task, look)
        return _tiles(engine, task, _batch_size(engine, frozen))


def _tiles(engine: Engine, task: Task, size: int) -> Done:
    taken = _Collected()
    for _ in engine.work(list(task.tiles), size, taken):
        pass
    return Done(taken.blocks, engine.residual.windows, ())


def _batch_size(engine: Engine, frozen: FrozenEngine) -> int:
    """Return how many tiles to work on at a time, on this device."""
    if engine.prior.device.type == frozen.device or engine.estimator.one_by_one:
        return engine.batch_size
    return choose_batch_size(None, engine.plan, engine.prior)


def _block(engine: PlaneEngine, task: Task, look: Look | None) -> Done:
    (tile,) = task.tiles
    run = engine.part(tile).estimate(
        task.sample, engine.denoiser(), _whole(engine, task.sample, look)
    )
    done = Run(run).result
    return Done([done.image], [], done.warnings)


def _whole(engine: PlaneEngine, sample: int, look: Look | None) -> PlaneLook:
    if look is not None:
        windows = torch.from_numpy(look.windows).to(engine.prior.device)
        return PlaneLook(look.black, lambda: windows)
    if len(engine.blocks) == 1:
        return engine.look(sample)
    # None of it is asked for where nothing is blurred.
    return PlaneLook(None, partial(engine.windows, sample))
