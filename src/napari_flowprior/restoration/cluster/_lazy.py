"""Dask arrays are restored when they are computed, chunk by chunk, by any scheduler."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from math import isnan
from typing import TYPE_CHECKING, Any

import dask.array as da
from dask.base import tokenize
from dask.highlevelgraph import HighLevelGraph

from napari_flowprior._device import is_scheduler
from napari_flowprior._errors import InputError
from napari_flowprior._generators import Run
from napari_flowprior.data import unfilled_of
from napari_flowprior.restoration.cluster._frozen import freeze, roots_of
from napari_flowprior.restoration.cluster._join import (
    Join,
    JoinedPlane,
    join,
    reaching,
)
from napari_flowprior.restoration.cluster._pieces import chunks_within
from napari_flowprior.restoration.cluster._sent_prior import SentPrior
from napari_flowprior.restoration.cluster._tasks import (
    MARGIN,
    needs_look,
    parted,
    plan_of,
    region_of_plane,
    region_of_task,
    tasks_of,
)
from napari_flowprior.restoration.cluster._work import look_at, perform
from napari_flowprior.restoration.engine._begin import Begun, begin
from napari_flowprior.restoration.engine._ladder import AnEngine
from napari_flowprior.restoration.engine._making import make_engine
from napari_flowprior.restoration.engine._survey import errors_named
from napari_flowprior.restoration.engine._tile_engine import Engine
from napari_flowprior.tiling import Tile

if TYPE_CHECKING:
    from napari_flowprior.restoration.cluster._pieces import Region
    from napari_flowprior.restoration.engine import RestoreOptions

__all__ = ["lazily_restored"]

Key = str | tuple[str | int, ...]


def lazily_restored(image: Any, options: RestoreOptions) -> Any:
    """Look at a Dask array, and describe how it is restored.

    Parameters
    ----------
    image : dask array
        Real image or stack.
    options : RestoreOptions
        The description of the run.

    Returns
    -------
    dask array
        Of the shape of the result, and with the chunks of the image.

    Raises
    ------
    InputError
        If the image or an option cannot be used.
    """
    if is_scheduler(options.device):
        raise InputError(
            "What of a Dask array is computed, and when, is up to Dask: call "
            f"distributed.Client({options.device!r}) before, and choose no device."
        )
    if any(isnan(size) for size in image.shape):
        raise InputError(
            f"The shape of the Dask array is not known: {image.shape}; call its "
            "compute_chunk_sizes() first."
        )
    with errors_named():
        begun = Run(begin(image, options)).result
        made = (make_engine(options, part, begun.prior) for part in begun.parts)
        engines = [parted(engine) for engine in made]
        for engine in engines:
            if isinstance(engine, Engine):
                engine.look()
    return _described(image, begun, engines, options.device)


def _described(
    image: Any, begun: Begun, engines: Sequence[AnEngine], device: str
) -> Any:
    roots = roots_of(image, begun.degradation)
    frozen = [freeze(engine, roots) for engine in engines]
    prior = SentPrior.of(begun.prior)
    contents = [each.content for each in frozen]
    token = tokenize(image.name, contents, prior.checksum, str(begun.dtype), device)
    name = f"restore-{token}"
    arrays = [_as_dask(root, image) for root in roots]
    layer: dict[Any, Any] = {_prior(name): prior}
    layer |= {_engine(name, number): each for number, each in enumerate(frozen)}
    graph = _Graph(name, arrays, begun, engines, device, layer)
    graph.add_tasks()
    chunks = graph.add_chunks()
    whole = HighLevelGraph.from_collections(name, layer, dependencies=arrays)
    restored = da.Array(whole, name, chunks, dtype=begun.dtype)
    return restored.rechunk(_enlarged(image.chunks, begun))


def _as_dask(root: Any, image: Any) -> Any:
    if isinstance(root, da.Array):
        return root
    return da.from_array(root, chunks=image.chunks)


def _prior(name: str) -> str:
    return f"{name}-prior"


def _engine(name: str, number: int) -> str:
    return f"{name}-engine-{number}"


def _enlarged(chunks: Sequence[Sequence[int]], begun: Begun) -> list[tuple[int, ...]]:
    """Return the chunks of the result that those of the image become."""
    factor = begun.degradation.enlargement
    along = zip(begun.view.axes, chunks, strict=True)
    return [tuple(n * factor if a in "YX" else n for n in each) for a, each in along]


@dataclass
class _Graph:
    """The graph of a restoration.

    Parameters
    ----------
    name : str
        Of the result.
    arrays : list of dask array
        What is read.
    begun : Begun
        What was found of the image.
    engines : sequence of Engine or PlaneEngine
        What restores it, part by part.
    device : str
        What workers compute on.
    layer : dict
        The graph, which is extended.
    """

    name: str
    arrays: Sequence[Any]
    begun: Begun
    engines: Sequence[AnEngine]
    device: str
    layer: dict[Any, Any]
    # By part, sample, row and column of a tile: which task makes it, and at what place.
    made: dict[tuple[int, int, int, int], tuple[Key, int, Tile]] = field(
        default_factory=dict
    )

    def add_tasks(self) -> None:
        """Add what restores tiles and blocks."""
        for part, engine in enumerate(self.engines):
            looks = needs_look(engine)
            for number, task in enumerate(tasks_of(engine)):
                key = f"{self.name}-{part}-{number}"
                look = self._look(part, task.sample) if looks else None
                region = region_of_task(engine, task)
                self._add(key, part, region, look, perform, task=task)
                for place, tile in enumerate(task.tiles):
                    where = part, task.sample, tile.row, tile.col
                    self.made[where] = key, place, tile

    def add_chunks(self) -> list[tuple[int, ...]]:
        """Add what puts chunks together, and return their sizes."""
        chunks = _enlarged(self.arrays[0].chunks, self.begun)
        axes = self.begun.view.axes
        colour = axes.find(
            "S" if "S" in axes else "C" if self.begun.view.joint else "?"
        )
        if colour >= 0:
            # All colours of a pixel are restored at once, and its alpha goes with them.
            chunks[colour] = (sum(chunks[colour]),)
        whole = tuple(slice(0, sum(sizes)) for sizes in chunks)
        planes = self._planes(chunks)
        for index, region in chunks_within(chunks, whole):
            there = tuple(n for n, a in zip(index, axes, strict=True) if a not in "YX")
            self.layer[(self.name, *index)] = self._joined(region, planes[there])
        return chunks

    def _add(
        self,
        key: Key,
        part: int,
        region: Region,
        look: Key | None,
        work: Any,
        **how: Any,
    ) -> None:
        keys, regions = self._pieces(region, len(self.arrays))
        call = partial(work, device=self.device, regions=regions, **how)
        more = () if look is None else (look,)
        name = self.name
        self.layer[key] = (call, _engine(name, part), _prior(name), keys, *more)

    def _look(self, part: int, sample: int) -> Key:
        key = f"{self.name}-{part}-look-{sample}"
        if key not in self.layer:
            region = region_of_plane(self.engines[part], sample)
            self._add(key, part, region, None, look_at, sample=sample)
        return key

    def _pieces(
        self, region: Region, number: int
    ) -> tuple[list[list[Key]], list[list[Region]]]:
        """Return the chunks of the first arrays that a region lies in."""
        keys: list[list[Key]] = [[] for _ in self.arrays]
        regions: list[list[Region]] = [[] for _ in self.arrays]
        for n, array in enumerate(self.arrays[:number]):
            for index, span in chunks_within(array.chunks, region):
                keys[n].append((array.name, *index))
                regions[n].append(span)
        return keys, regions

    def _planes(
        self, chunks: Sequence[Sequence[int]]
    ) -> dict[tuple[int, ...], list[tuple[int, int]]]:
        """Return which planes of which parts lie in chunks, by their other axes."""
        found: dict[tuple[int, ...], list[tuple[int, int]]] = defaultdict(list)
        axes = self.begun.view.axes
        others = [sizes for a, sizes in zip(axes, chunks, strict=True) if a not in "YX"]
        for part, engine in enumerate(self.engines):
            for sample in range(engine.view.samples):
                region = region_of_plane(engine, sample)
                spans = zip(axes, region, strict=True)
                there = tuple(span for a, span in spans if a not in "YX")
                for index, _ in chunks_within(others, there):
                    found[index].append((part, sample))
        return found

    def _joined(self, region: Region, planes: Sequence[tuple[int, int]]) -> Any:
        """Return the task of a chunk."""
        spans = dict(zip(self.begun.view.axes, region, strict=True))
        parts = list(dict.fromkeys(part for part, _ in planes))
        done: dict[Key, int] = {}
        joined = []
        for part, sample in planes:
            plan = plan_of(self.engines[part])
            tiles = []
            for place in reaching(plan, spans["Y"], spans["X"]):
                key, number, tile = self.made[part, sample, *place]
                tiles.append((tile, done.setdefault(key, len(done)), number))
            joined.append(JoinedPlane(parts.index(part), sample, tiles))
        factor = self.begun.degradation.enlargement
        how = Join(region, self.begun.dtype, joined, spans["Y"], spans["X"], factor)
        seen = self._coarse(region) if self._kept else None
        keys, regions = self._pieces(seen or (), 1 if seen else 0)
        call = partial(join, how=how, regions=regions)
        return call, [_engine(self.name, part) for part in parts], list(done), keys

    @property
    def _kept(self) -> bool:
        """Whether a part of the image goes into the result as it is."""
        filled = any(unfilled_of(each.view.array) for each in self.engines)
        return filled or self.begun.view.has_alpha

    def _coarse(self, region: Region) -> Region:
        """Return the region of the image that one of the result is made of."""
        view, factor = self.begun.view, self.begun.degradation.enlargement
        sides = zip(view.axes, region, view.array.shape, strict=True)
        return tuple(
            slice(
                max(0, span.start // factor - MARGIN),
                min(size, -(-span.stop // factor) + MARGIN),
            )
            if a in "YX"
            else span
            for a, span, size in sides
        )
