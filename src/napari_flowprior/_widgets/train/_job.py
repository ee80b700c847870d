"""What runs in the background: training."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from napari_flowprior._widgets import jobs
from napari_flowprior._widgets.train.figures._curves import Curves

if TYPE_CHECKING:
    from collections.abc import Generator

    from napari_flowprior.training import TrainEvent, TrainJob, TrainResult

__all__ = ["load_training", "train"]

# What plots curves, and what torch imports with the first optimiser, for seconds in
# which a training could not be stopped.
_FOR_TRAINING = "pyqtgraph", "torch._dynamo"


def load_training() -> Generator[None, None, None]:
    """Import the engines, and what a training imports later."""
    yield from jobs.load()
    for name in _FOR_TRAINING:
        # Without pyqtgraph there is a text in place of curves.
        with suppress(ImportError):
            jobs.import_if_open(name)


def train(job: TrainJob) -> Generator[TrainEvent | Curves, None, TrainResult]:
    """Fit a prior, one training after the other, with the curves of a resumed one.

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
    from napari_flowprior.training import TrainOutputs

    if job.resume:
        yield Curves.read(TrainOutputs(job.out).metrics)
    return (yield from jobs.train(job))
