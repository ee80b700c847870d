"""What runs in the background: loading torch, estimating noise, restoring, training."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from napari_flowprior._widgets._quiet import quietly
from napari_flowprior._widgets._train_curves import Curves

if TYPE_CHECKING:
    from collections.abc import Generator

    from napari_flowprior.restoration import (
        PosteriorResult,
        RestoreEvent,
        RestoreResult,
    )
    from napari_flowprior.training import TrainEvent, TrainJob, TrainResult

    Outcome = RestoreResult | PosteriorResult

__all__ = [
    "RestoreJob",
    "estimate",
    "is_loaded",
    "load",
    "load_training",
    "restore",
    "train",
]

# The last name that each of them defines.
_ENGINES = {
    "napari_flowprior.restoration": "restore",
    "napari_flowprior.training": "train",
}
# What plots curves, and what torch imports with the first optimiser, for seconds in
# which a training could not be stopped.
_FOR_TRAINING = "pyqtgraph", "torch._dynamo"
# Restorations of several widgets would compete for memory and cores, and so would
# trainings; but a restoration need not wait for a training, which may take hours.
_TURN = threading.Lock()
_TRAINING_TURN = threading.Lock()


@dataclass(frozen=True, kw_only=True)
class RestoreJob:
    """All choices for a restoration, taken from the layer and the widget.

    Parameters
    ----------
    image : array
        Data of the layer, lazy or not.
    degradation, estimator : str
        Names.
    degradation_options, estimator_options : mapping
        Their fields.
    arrays : mapping
        Further fields of the degradation: what makes their arrays, in the thread.
    options : mapping
        Of `iter_restore`.
    sampling : mapping, optional
        Options of the samples that are drawn in place of an estimate.
    trust : bool
        Whether the estimate is rated by the prior.
    """

    image: Any
    degradation: str
    degradation_options: Mapping[str, Any]
    estimator: str
    estimator_options: Mapping[str, Any]
    arrays: Mapping[str, Callable[[], Any]]
    options: Mapping[str, Any]
    sampling: Mapping[str, Any] | None = None
    trust: bool = False


def is_loaded() -> bool:
    """Tell whether the engines, and torch with them, are imported already."""
    # While one is being imported, it is there, but without its last name.
    return all(hasattr(sys.modules.get(name), last) for name, last in _ENGINES.items())


def load() -> Generator[None, None, None]:
    """Import the engines, and torch with them, which takes seconds."""
    yield
    for name in _ENGINES:
        import_module(name)


def load_training() -> Generator[None, None, None]:
    """Import the engines, and what a training imports later."""
    yield from load()
    for name in _FOR_TRAINING:
        # Without pyqtgraph there is a text in place of curves.
        with suppress(ImportError):
            import_module(name)


def estimate(image: Any, axes: str) -> Generator[None, None, float]:
    """Estimate the noise level of an image.

    Parameters
    ----------
    image : array
        The image.
    axes : str
        Its axes.

    Returns
    -------
    float
        Standard deviation, in the units of the image.
    """
    from napari_flowprior.data import PlaneView, check_image, scan
    from napari_flowprior.restoration import estimate_noise

    yield
    check_image(image)
    view = PlaneView(image, axes)
    yield from scan(view)
    return estimate_noise(view)


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
        with quietly():
            return (yield from _restore(job))
    finally:
        _TURN.release()
        _free_memory()


def _wait_for_turn() -> Generator[RestoreEvent, None, None]:
    from napari_flowprior.restoration import RestoreEvent

    while not _TURN.acquire(timeout=0.1):
        yield RestoreEvent(
            done=0, total=0, message="Waiting for another restoration to end"
        )


def _restore(job: RestoreJob) -> Generator[RestoreEvent, None, Outcome]:
    from napari_flowprior.restoration import (
        DEGRADATIONS,
        ESTIMATORS,
        iter_posterior,
        iter_restore,
        iter_trusted_restore,
    )

    arrays = {name: make() for name, make in job.arrays.items()}
    given = {**job.degradation_options, **arrays}
    options = {"degradation": DEGRADATIONS[job.degradation](**given), **job.options}
    if job.sampling is not None:
        return (yield from iter_posterior(job.image, **job.sampling, **options))
    estimator: Any = "auto"
    if job.estimator != "auto":
        estimator = ESTIMATORS[job.estimator](**job.estimator_options)
    begin = iter_trusted_restore if job.trust else iter_restore
    return (yield from begin(job.image, estimator=estimator, **options))


def train(job: TrainJob) -> Generator[TrainEvent | Curves, None, TrainResult]:
    """Fit a prior, one training after the other.

    Parameters
    ----------
    job : TrainJob
        What to train on, how, and where the prior goes.

    Yields
    ------
    TrainEvent or Curves
        Progress; the curves so far, once, where a training is resumed.

    Returns
    -------
    TrainResult
        What was written.
    """
    from napari_flowprior.training import TrainOutputs, iter_train

    yield from _wait_for_training()
    try:
        with quietly():
            if job.resume:
                yield Curves.read(TrainOutputs(job.out).metrics)
            return (yield from iter_train(job))
    finally:
        _TRAINING_TURN.release()
        _free_memory()


def _wait_for_training() -> Generator[TrainEvent, None, None]:
    from napari_flowprior.training import TrainEvent

    while not _TRAINING_TURN.acquire(timeout=0.1):
        yield TrainEvent(
            phase="reading", done=0, total=0, message="Waiting for another training"
        )


def _free_memory() -> None:
    import torch

    # Other programs, and the canvas of napari, need the memory of the GPU too.
    if torch.cuda.is_initialized():
        torch.cuda.empty_cache()
