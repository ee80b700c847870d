"""How long a restoration takes, as told from a tile, and how much memory."""

from __future__ import annotations

import time
from dataclasses import dataclass, fields, replace
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil

from napari_flowprior._generators import Run
from napari_flowprior._widgets.jobs import duration
from napari_flowprior._widgets.restore._job import compute

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from napari_flowprior._widgets.preview import Region
    from napari_flowprior._widgets.restore._job import RestoreJob
    from napari_flowprior.restoration import RestoreEvent

__all__ = ["Cost", "free_memory", "measure", "say_cost"]

# Seconds below which a tile is timed again, as the first time is a slow one.
_SHORT = 0.5
_FEWEST_SAMPLES = 2
_UNITS = ((2**30, "GB"), (2**20, "MB"), (2**10, "kB"))


@dataclass(frozen=True)
class Cost:
    """What a restoration will take, about.

    Parameters
    ----------
    seconds : float
        Time.
    memory : int
        Bytes of the result and its map.
    device : str
        What computes it.
    work : int
        Bytes that the work takes besides, at most; 0 if it is done tile by tile, which
        takes little.
    """

    seconds: float
    memory: int
    device: str
    work: int = 0

    def say(self, free: int) -> tuple[str, bool]:
        """Say it in a sentence.

        Parameters
        ----------
        free : int
            Bytes of memory that are free.

        Returns
        -------
        sentence : str
            For people.
        wrong : bool
            Whether there is too little memory.
        """
        said = (
            f"About {duration(self.seconds)} on {self.device}; the result takes "
            f"{_size(self.memory)}"
        )
        if self.work:
            said += f", the work up to {_size(self.work)}"
        if self.memory + self.work <= free:
            return f"{said}.", False
        return f"{said}, and only {_size(free)} of memory are free.", True


def _size(count: int) -> str:
    for unit, name in _UNITS:
        if count >= unit:
            digits = 1 if count < 10 * unit else 0
            return f"{count / unit:.{digits}f} {name}"
    return f"{count} bytes"


def free_memory() -> int:
    """Return how many bytes of main memory are free."""
    return int(psutil.virtual_memory().available)


def say_cost(outcome: Any) -> tuple[str, bool]:
    """Say what a restoration will take.

    Parameters
    ----------
    outcome : Cost or Failure
        What a tile told.

    Returns
    -------
    sentence : str
        For people; empty for a failure, which a run would tell too.
    wrong : bool
        Whether there is too little memory.
    """
    return outcome.say(free_memory()) if isinstance(outcome, Cost) else ("", False)


def measure(
    job: RestoreJob, tile: RestoreJob, region: Region
) -> Generator[RestoreEvent, None, Cost]:
    """Restore a tile, and tell from it what all will take.

    Parameters
    ----------
    job : RestoreJob
        What is to be restored.
    tile : RestoreJob
        A part of it.
    region : Region
        Which part.

    Yields
    ------
    RestoreEvent
        Progress.

    Returns
    -------
    Cost
        For all of it.
    """
    share = 1.0
    if tile.sampling is not None:
        share = tile.sampling["samples"] / _FEWEST_SAMPLES
        tile = replace(tile, sampling={**tile.sampling, "samples": _FEWEST_SAMPLES})
    look, work, result = yield from _timed(tile)
    if look + work < _SHORT:
        look, work, result = yield from _timed(tile)
    sizes = dict(zip(region.axes, job.image.shape, strict=True))
    part = prod(each.stop - each.start for each in region.read)
    times = prod(job.image.shape) / part
    seconds = look * sizes.get("C", 1) + work * times * share
    made = sum(array.nbytes for array in _arrays(result))
    device = result.provenance["device"]
    values = _arrays(result)[0].size / tile.image.size
    work = _work(job, result.provenance, values, sizes)
    return Cost(seconds, int(made * times), device, int(work))


def _work(
    job: RestoreJob,
    provenance: Mapping[str, Any],
    enlarged: float,
    sizes: Mapping[str, int],
) -> float:
    """Return the bytes that planes take, if they are worked on whole."""
    from napari_flowprior.restoration.engine import plane_memory
    from napari_flowprior.restoration.estimators import ESTIMATORS, PlaneEstimator

    name = provenance.get("estimator", {}).get("name")
    kind = ESTIMATORS.get(name)
    on_planes = kind is not None and issubclass(kind, PlaneEstimator)
    if not (on_planes or job.sampling is not None):
        return 0.0
    values = enlarged * min(sizes.get("S", 1), 3)
    memory = job.options.get("memory")
    plane = sizes["Y"], sizes["X"]
    return plane_memory(plane, values, memory, provenance["device"])


def _arrays(result: Any) -> list[Any]:
    """Return the image and its map."""
    values = (getattr(result, each.name) for each in fields(result))
    return [value for value in values if isinstance(value, np.ndarray)]


def _timed(job: RestoreJob) -> Generator[RestoreEvent, None, tuple[float, float, Any]]:
    """Return the seconds before anything is restored, those after, and the result."""
    began = looked = time.perf_counter()
    with Run(compute(job)) as run:
        for event in run:
            if not getattr(event, "done", 0):
                looked = time.perf_counter()
            yield event
        return looked - began, time.perf_counter() - looked, run.result
