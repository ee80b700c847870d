"""What runs in the background: loading torch, estimating noise, restoring."""

from __future__ import annotations

import sys
import threading
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Generator

    from napari_flowprior.restoration import RestoreEvent, RestoreResult

__all__ = ["RestoreJob", "estimate", "is_loaded", "load", "restore"]

_ENGINE = "napari_flowprior.restoration"
# Restorations of several widgets would compete for memory and cores, and their changes
# to the warnings filters, which are those of the process, would get mixed up.
_TURN = threading.Lock()


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
    mask : callable, optional
        Makes the mask of the degradation, in the thread.
    options : mapping
        Of `iter_restore`.
    """

    image: Any
    degradation: str
    degradation_options: Mapping[str, Any]
    estimator: str
    estimator_options: Mapping[str, Any]
    mask: Callable[[], Any] | None = None
    options: Mapping[str, Any]


def is_loaded() -> bool:
    """Tell whether the engine, and torch with it, is imported already."""
    # While it is being imported, it is there, but without its last name.
    return hasattr(sys.modules.get(_ENGINE), "restore")


def load() -> Generator[None, None, None]:
    """Import the engine, and torch with it, which takes seconds."""
    yield
    import_module(_ENGINE)


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


def restore(job: RestoreJob) -> Generator[RestoreEvent, None, RestoreResult]:
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
    RestoreResult
        The image and its provenance.
    """
    yield from _wait_for_turn()
    try:
        with warnings.catch_warnings():
            # napari would show those of torch again and again.
            warnings.simplefilter("ignore")
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


def _restore(job: RestoreJob) -> Generator[RestoreEvent, None, RestoreResult]:
    from napari_flowprior.restoration import DEGRADATIONS, ESTIMATORS, iter_restore

    given = dict(job.degradation_options)
    if job.mask is not None:
        given["mask"] = job.mask()
    automatic = job.estimator == "auto"
    return (
        yield from iter_restore(
            job.image,
            degradation=DEGRADATIONS[job.degradation](**given),
            estimator="auto"
            if automatic
            else ESTIMATORS[job.estimator](**job.estimator_options),
            **job.options,
        )
    )


def _free_memory() -> None:
    import torch

    # Other programs, and the canvas of napari, need the memory of the GPU too.
    if torch.cuda.is_initialized():
        torch.cuda.empty_cache()
