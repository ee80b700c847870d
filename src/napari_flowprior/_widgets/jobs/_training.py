"""Trainings and adaptations as they run in the background, one after the other."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from napari_flowprior._widgets.jobs._loading import free_memory, obey_preferences
from napari_flowprior._widgets.jobs._quiet import quietly

if TYPE_CHECKING:
    from collections.abc import Generator

    from napari_flowprior.training import TrainEvent, TrainJob, TrainResult

__all__ = ["train"]

# Trainings of several viewers would compete for memory and cores.
_TURN = threading.Lock()


def train(job: TrainJob) -> Generator[TrainEvent, None, TrainResult]:
    """Fit a prior, one training after the other.

    Parameters
    ----------
    job : TrainJob
        What to train on, how, and where the prior goes.

    Yields
    ------
    TrainEvent
        Progress.

    Returns
    -------
    TrainResult
        What was written.
    """
    from napari_flowprior.training import iter_train

    yield from _wait_for_turn()
    try:
        with quietly():
            obey_preferences()
            return (yield from iter_train(job))
    finally:
        _TURN.release()
        free_memory()


def _wait_for_turn() -> Generator[TrainEvent, None, None]:
    from napari_flowprior.training import TrainEvent

    while not _TURN.acquire(timeout=0.1):
        yield TrainEvent(
            phase="reading", done=0, total=0, message="Waiting for another training"
        )
