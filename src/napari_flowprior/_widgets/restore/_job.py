"""A restoration as it runs in the background."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from napari_flowprior._widgets import jobs
from napari_flowprior._widgets.layers import told_by_file
from napari_flowprior._widgets.restore._intervals import (
    IntervalResult,
    with_interval,
)
from napari_flowprior._widgets.restore._store import Store, restore_into

if TYPE_CHECKING:
    from collections.abc import Generator

    from napari_flowprior.restoration import (
        Degradation,
        LogLikelihoodResult,
        PosteriorResult,
        RestoreEvent,
        RestoreOptions,
        RestoreResult,
    )

    Outcome = RestoreResult | PosteriorResult | IntervalResult

__all__ = ["Part", "RestoreJob", "compute", "restore"]

# Restorations of several widgets would compete for memory and cores; none waits for a
# training, which may take hours.
_TURN = threading.Lock()


@dataclass(frozen=True, kw_only=True)
class Part:
    """What happened to the image, or one of several things that did.

    Parameters
    ----------
    name : str
        Name of the degradation.
    options : mapping
        Its fields.
    arrays : mapping
        Further fields: what makes their arrays, in the thread.
    """

    name: str
    options: Mapping[str, Any]
    arrays: Mapping[str, Callable[[], Any]]


@dataclass(frozen=True, kw_only=True)
class RestoreJob:
    """All choices for a restoration, taken from the layer and the widget.

    Parameters
    ----------
    image : array
        Data of the layer, lazy or not.
    level : int
        Which of its levels of resolution that is, 0 for the finest.
    path : str or None
        The file that the layer was read from.
    degradation : tuple of Part
        What happened to the image, the first one first.
    estimator : str
        Name of the estimator.
    estimator_options : mapping
        Its fields.
    options : mapping
        Of `RestoreOptions`, but degradation and estimator.
    sampling : mapping, optional
        Options of the samples that are drawn in place of an estimate.
    coverage : float, optional
        Of the intervals that are made of samples.
    log_likelihood : bool
        Whether the estimate is rated by the prior.
    whole : array, optional
        The data of the layer, if the image is a part of them.
    keeps_source : bool
        Whether the layer stays visible beside its result.
    store : Store, optional
        Where the result is written; by default it is kept in memory.
    """

    image: Any
    level: int = 0
    path: str | None
    degradation: tuple[Part, ...]
    estimator: str
    estimator_options: Mapping[str, Any]
    options: Mapping[str, Any]
    sampling: Mapping[str, Any] | None = None
    coverage: float | None = None
    log_likelihood: bool = False
    whole: Any = None
    keeps_source: bool = False
    store: Store | None = None


def restore(job: RestoreJob) -> Generator[RestoreEvent, None, Outcome]:
    """Restore, one job after the other.

    Parameters
    ----------
    job : RestoreJob
        What to restore, and how.

    Yields
    ------
    RestoreEvent
        Progress.

    Returns
    -------
    RestoreResult or PosteriorResult
        The image, possibly with a map, and the provenance.
    """
    yield from _wait_for_turn()
    try:
        with jobs.quietly():
            return (yield from compute(job))
    finally:
        _TURN.release()
        jobs.free_memory()


def _wait_for_turn() -> Generator[RestoreEvent, None, None]:
    from napari_flowprior.restoration import RestoreEvent

    while not _TURN.acquire(timeout=0.1):
        yield RestoreEvent(
            done=0, total=0, message="Waiting for another restoration to end"
        )


def compute(job: RestoreJob) -> Generator[RestoreEvent, None, Any]:
    """Restore at once, whatever else is being restored.

    Parameters
    ----------
    job : RestoreJob
        What to restore, and how.

    Yields
    ------
    RestoreEvent
        Progress.

    Returns
    -------
    RestoreResult or PosteriorResult
        The image, possibly with a map, and the provenance.
    """
    from napari_flowprior.restoration import (
        ESTIMATORS,
        RestoreOptions,
        Sampling,
        iter_posterior,
        iter_restore,
    )

    jobs.obey_preferences()
    estimator: Any = "auto"
    if job.sampling is not None:
        estimator = Sampling(**job.sampling)
    elif job.estimator != "auto":
        estimator = ESTIMATORS[job.estimator](**job.estimator_options)
    options = RestoreOptions(
        degradation=_degradation(job), estimator=estimator, **job.options
    )
    if job.sampling is not None:
        found = yield from iter_posterior(job.image, options)
        return found if job.coverage is None else with_interval(found, job.coverage)
    if job.store is not None:
        return (yield from restore_into(job.image, options, job.store))
    begin = _restore_and_rate if job.log_likelihood else iter_restore
    return (yield from begin(job.image, options))


def _restore_and_rate(
    image: Any, options: RestoreOptions
) -> Generator[RestoreEvent, None, LogLikelihoodResult]:
    """Count the time of the rating too."""
    from napari_flowprior.restoration import iter_restore_with_log_likelihood

    began = time.monotonic()
    result = yield from iter_restore_with_log_likelihood(image, options)
    seconds = round(time.monotonic() - began, 3)
    return replace(result, provenance={**result.provenance, "seconds": seconds})


def _degradation(job: RestoreJob) -> Degradation:
    from napari_flowprior.restoration import Compose

    parts = [_make(part, job) for part in job.degradation]
    return parts[0] if len(parts) == 1 else Compose(*parts)


def _make(part: Part, job: RestoreJob) -> Degradation:
    from napari_flowprior.restoration import DEGRADATIONS

    arrays = {name: make() for name, make in part.arrays.items()}
    kind: Callable[..., Degradation] = DEGRADATIONS[part.name]
    made = kind(**part.options, **arrays)
    whole = job.image if job.whole is None else job.whole
    return told_by_file(made, job.path, whole, job.options["axes"])
