"""What there is to train on and what it will take, before a training begins."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import psutil

from napari_flowprior._errors import FlowPriorError
from napari_flowprior._widgets.jobs import Failure, quietly
from napari_flowprior._widgets.train._texts import about_data, about_plan
from napari_flowprior.training import Foreseen, TrainingImage

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from napari_flowprior._widgets.train._form import TrainForm
    from napari_flowprior.training import TrainJob

__all__ = ["ask", "say"]

# Bytes of images that are looked at without being asked to: a second or two.
_MOST = 2**28
_LARGE = (
    "The images are many or large; how many patches they have is told when the "
    "training begins."
)


def ask(form: TrainForm) -> Callable[[], Generator[Any, None, Any]] | None:
    """Take down what is to be looked at.

    Parameters
    ----------
    form : TrainForm
        The settings.

    Returns
    -------
    generator function or None
        It returns a `Foreseen`, or a sentence; None if the settings are wrong.
    """
    try:
        return partial(_look, form.description())
    except (FlowPriorError, OSError):
        return None


def _look(job: TrainJob) -> Generator[Any, None, Any]:
    from napari_flowprior.training import iter_foresee

    yield
    if _size(job) > _MOST:
        return _LARGE
    with quietly():
        return (yield from iter_foresee(job))


def _size(job: TrainJob) -> int:
    """Count the bytes of all images, as they lie on the disk or in memory."""
    from napari_flowprior.training.patches import find_images

    found = find_images(job.data) if job.data else []
    arrays = [each.array.nbytes for each in found if isinstance(each, TrainingImage)]
    paths = [each for each in found if not isinstance(each, TrainingImage)]
    stores = [each for path in paths if path.is_dir() for each in path.rglob("*")]
    return sum(arrays) + sum(each.stat().st_size for each in (*paths, *stores))


def say(outcome: Any) -> tuple[str, bool]:
    """Say what was found.

    Parameters
    ----------
    outcome : Foreseen, str or Failure
        What a look told.

    Returns
    -------
    sentence : str
        For people.
    wrong : bool
        Whether the training would fail, or take more memory than there is.
    """
    if isinstance(outcome, Failure):
        return outcome.message, True
    if not isinstance(outcome, Foreseen):
        return outcome or "", False
    lines = [about_data(outcome.data), about_plan(outcome.plan)]
    free = psutil.virtual_memory().available
    if outcome.plan.memory > free and outcome.plan.device == "cpu":
        lines.append(
            f"Only {free / 2**20:,.0f} MiB of memory are free; take a smaller batch, "
            "or fewer images."
        )
        return "\n".join(lines), True
    return "\n".join(lines), False
