"""Trainings on noisy images: of a prior that is adapted, or starts from nothing."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from napari_flowprior._device import resolve_device
from napari_flowprior._errors import InputError
from napari_flowprior.adaptation import adaptation_cost, iter_adapt
from napari_flowprior.priors import FlowPrior
from napari_flowprior.training._events import TrainEvent, TrainPlan, TrainResult
from napari_flowprior.training._from_noisy import check_from_nothing
from napari_flowprior.training._outputs import TrainOutputs

if TYPE_CHECKING:
    from collections.abc import Generator

    from napari_flowprior.training._recipes import Recipe
    from napari_flowprior.training._spec import TrainJob
    from napari_flowprior.training.patches import DataSummary, TrainingData

__all__ = ["check_noisy", "plan_on_noisy", "train_on_noisy"]

_MINUTES = 2.0


def check_noisy(job: TrainJob, recipe: Recipe) -> None:
    """Refuse what cannot be done without clean images.

    Parameters
    ----------
    job : TrainJob
        With images that are said to be noisy.
    recipe : Recipe
        Its recipe.

    Raises
    ------
    InputError
        If the recipe takes clean images, or an adaptation is to be resumed.
    """
    if recipe.source != "images":
        raise InputError(
            f"The recipe {recipe.name} trains on images of its own, which are clean; "
            "choose one that takes images, such as small."
        )
    if recipe.flow is not None:
        check_from_nothing(recipe)
    elif job.sigma is not None:
        raise InputError(
            "An adaptation finds the noise by itself; leave the noise level out, or "
            "adapt with napari_flowprior.adapt, which can be told."
        )
    elif job.resume:
        raise InputError(
            "An adaptation to noisy images takes minutes and is not resumed; start it "
            "anew."
        )


def plan_on_noisy(job: TrainJob, data: DataSummary) -> TrainPlan:
    """Tell what an adaptation to noisy images is going to take.

    Parameters
    ----------
    job : TrainJob
        What was asked for.
    data : DataSummary
        The images.

    Returns
    -------
    TrainPlan
        Without a number of steps, if a time ends it.

    Raises
    ------
    FlowPriorError
        If there is no such prior, or it cannot be adapted.
    """
    start = job.start
    if start in (None, "auto"):
        start = "photo-rgb" if data.channels == 3 else "photo-gray"
    cost = adaptation_cost(FlowPrior.load(start))
    return TrainPlan(
        parameters=cost.parameters,
        memory=cost.memory + data.memory,
        device=str(resolve_device(job.device)),
        precision="float32",
        steps=job.steps or 0,
        batch_size=cost.batch_size,
    )


def train_on_noisy(
    job: TrainJob, data: TrainingData
) -> Generator[TrainEvent, None, TrainResult]:
    """Adapt a prior to noisy images, and write it if it is better.

    Parameters
    ----------
    job : TrainJob
        What was asked for.
    data : TrainingData
        The images.

    Returns
    -------
    TrainResult
        What was written.

    Yields
    ------
    TrainEvent
        Progress.

    Raises
    ------
    FlowPriorError
        If the images do not do, or the computation fails.
    """
    started, outputs = time.monotonic(), TrainOutputs(job.out)
    images = [data.images[index] for index in range(len(data.images))]
    run = iter_adapt(
        [image.array for image in images],
        axes=[image.axes for image in images],
        prior=job.start or "auto",
        minutes=job.minutes or _MINUTES,
        steps=job.steps,
        seed=job.seed or 0,
        device=job.device,
    )
    for event in run:
        phase = "training" if event.total else "reading"
        yield TrainEvent(
            phase=phase, done=event.done, total=event.total, message=event.message
        )
    result = run.result
    if result.improved:
        prior = result.named(job.out.stem, job.licence, job.sources)
        prior.save(outputs.prior, overwrite=True, half=True)
    return TrainResult(
        prior=outputs.prior,
        checkpoint=outputs.checkpoint,
        metrics=outputs.metrics,
        step=result.steps,
        steps=result.steps,
        best=None,
        seconds=time.monotonic() - started,
        adapted=result,
    )
