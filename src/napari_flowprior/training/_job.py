"""A whole training: from images and a recipe to a prior, its checkpoint and figures."""

from __future__ import annotations

from contextlib import closing, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_flowprior._errors import InputError
from napari_flowprior._generators import Run
from napari_flowprior.training._events import TrainEvent, TrainPlan
from napari_flowprior.training._from_noisy import common_level, fit_to_noise
from napari_flowprior.training._noisiness import NoisyImagesError, iter_noisiness
from napari_flowprior.training._noisy import (
    check_noisy,
    plan_on_noisy,
    train_on_noisy,
)
from napari_flowprior.training._outputs import TrainOutputs
from napari_flowprior.training._run import TrainRun
from napari_flowprior.training._starting import make_trainer, starting_prior
from napari_flowprior.training.optim import Processes
from napari_flowprior.training.patches import (
    DataSummary,
    TrainingData,
    TrainingImage,
    open_data,
    read_mnist,
)
from napari_flowprior.training.sprites import Sprites

if TYPE_CHECKING:
    from collections.abc import Generator

    from napari_flowprior.training._events import TrainResult
    from napari_flowprior.training._recipes import Recipe
    from napari_flowprior.training._spec import TrainJob

__all__ = ["Foreseen", "iter_foresee", "iter_train", "train"]


@dataclass(frozen=True, kw_only=True)
class Foreseen:
    """What a training would be, before it begins.

    Parameters
    ----------
    data : DataSummary
        What there is to train on.
    plan : TrainPlan
        What it would take.
    """

    data: DataSummary
    plan: TrainPlan


def train(job: TrainJob) -> TrainResult:
    """Fit a prior.

    Parameters
    ----------
    job : TrainJob
        What to train on, how, and where the prior goes.

    Returns
    -------
    TrainResult
        What was written.

    Raises
    ------
    FlowPriorError
        If data, recipe or files do not do, the images are noisy, or the training fails.

    Examples
    --------
    >>> from pathlib import Path
    >>> from skimage import data
    >>> from napari_flowprior.training import TrainingImage
    >>> clean = TrainingImage(data.camera()[90:154, 215:279], "YX", "the photographer")
    >>> from napari_flowprior import TrainJob, train
    >>> job = TrainJob(out=Path("mine.safetensors"), data=(clean,), steps=1)
    >>> train(job).finished
    True
    """
    return iter_train(job).result


def iter_train(job: TrainJob) -> Run[TrainEvent, TrainResult]:
    """Fit a prior, step by step.

    The prior is written whenever it is the best so far, better than the one that the
    training starts from, and the checkpoint with it.

    Parameters
    ----------
    job : TrainJob
        What to train on, how, and where the prior goes.

    Returns
    -------
    Run
        To be iterated for `TrainEvent`, at least every second, as far as the machine
        allows; or asked for its ``result``, a `TrainResult`. Closing it stops the
        training: the checkpoint is brought up to date, and a prior is written if
        nothing was measured yet. It raises as `train` does.

    Examples
    --------
    >>> from pathlib import Path
    >>> from skimage import data
    >>> from napari_flowprior.training import TrainingImage
    >>> clean = TrainingImage(data.camera()[90:154, 215:279], "YX", "the photographer")
    >>> from napari_flowprior import TrainJob, iter_train
    >>> job = TrainJob(out=Path("mine.safetensors"), data=(clean,), steps=1)
    >>> for event in iter_train(job):
    ...     if event.held_out is not None:
    ...         print(event.held_out.step)
    0
    1
    """
    return Run(_trained(job))


def iter_foresee(job: TrainJob) -> Run[TrainEvent, Foreseen]:
    """Look at the images of a training, and tell what it would take.

    Nothing is trained, and nothing is written.

    Parameters
    ----------
    job : TrainJob
        What to train on, how, and where the prior would go.

    Returns
    -------
    Run
        To be iterated for `TrainEvent`, or asked for its ``result``, a `Foreseen`. It
        raises as `train` does, but of noise and of files that exist.

    Examples
    --------
    >>> from pathlib import Path
    >>> from skimage import data
    >>> from napari_flowprior.training import TrainingImage, TrainJob, iter_foresee
    >>> clean = TrainingImage(data.camera(), "YX", "the photographer")
    >>> job = TrainJob(out=Path("mine.safetensors"), data=(clean,))
    >>> foreseen = iter_foresee(job).result
    >>> foreseen.data.planes, foreseen.plan.steps
    (1, 600)
    """
    return Run(_foreseen(job))


def _foreseen(job: TrainJob) -> Generator[TrainEvent, None, Foreseen]:
    recipe = job.load_recipe()
    if job.images == "noisy":
        check_noisy(job, recipe)
    source = yield from _open(job, recipe)
    if job.images == "noisy" and recipe.flow is None:
        return Foreseen(data=source.summary, plan=plan_on_noisy(job, source.summary))
    recipe, told = yield from _for_noise(job, recipe, source)
    processes, device = Processes.join(job.device)
    try:
        start = starting_prior(job, recipe, source.channels)
        trainer, warnings = make_trainer(recipe, source, start, processes, device)
        with closing(trainer):
            warnings = (*told, *warnings)
            run = TrainRun(job, recipe, trainer, source, start, warnings)
            return Foreseen(data=source.summary, plan=run.plan())
    finally:
        processes.leave()


def _trained(job: TrainJob) -> Generator[TrainEvent, None, TrainResult]:
    recipe = job.load_recipe()
    outputs = TrainOutputs(job.out)
    outputs.check(resume=job.resume, overwrite=job.overwrite)
    if job.images == "noisy":
        check_noisy(job, recipe)
    processes, device = Processes.join(job.device)
    try:
        with outputs.held() if processes.first else nullcontext():
            source = yield from _open(job, recipe)
            yield from _refuse_noisy(job, recipe, source)
            yield TrainEvent(phase="reading", done=1, total=1, data=source.summary)
            if job.images == "noisy" and recipe.flow is None:
                assert isinstance(source, TrainingData)
                return (yield from train_on_noisy(job, source))
            recipe, told = yield from _for_noise(job, recipe, source)
            start = starting_prior(job, recipe, source.channels)
            trainer, warnings = make_trainer(recipe, source, start, processes, device)
            warnings = (*told, *warnings)
            run = TrainRun(job, recipe, trainer, source, start, warnings)
            return (yield from run.go())
    finally:
        processes.leave()


def _open(
    job: TrainJob, recipe: Recipe
) -> Generator[TrainEvent, None, TrainingData | Sprites]:
    if recipe.source == "sprites":
        if job.data or job.validation:
            raise InputError(
                f"The recipe {recipe.name} draws its images; give no data."
            )
        return Sprites(recipe.patches.size)
    data, validation = job.data, job.validation
    if not data:
        what = "the MNIST digits" if recipe.source == "mnist" else "images"
        raise InputError(f"The recipe {recipe.name} needs {what}; name them as data.")
    if recipe.source == "mnist":
        data, validation = _digits(data)
    opening = open_data(
        data, config=recipe.patches, axes=job.axes, validation=validation
    )
    for done, total, name in opening:
        yield TrainEvent(
            phase="reading", done=done, total=total, message=f"Reading {name}"
        )
    return opening.result


def _refuse_noisy(
    job: TrainJob, recipe: Recipe, source: TrainingData | Sprites
) -> Generator[TrainEvent, None, None]:
    """Refuse to learn noise as if it were a part of images, unless insisted upon."""
    told = job.insist or job.resume or job.images == "noisy"
    if recipe.source != "images" or told:
        return
    assert isinstance(source, TrainingData)
    looking = iter_noisiness(source.images, job.device)
    for done, total, name in looking:
        message = f"Looking for noise in {name}"
        yield TrainEvent(phase="reading", done=done, total=total, message=message)
    if not looking.result.clean:
        raise NoisyImagesError(looking.result)


def _for_noise(
    job: TrainJob, recipe: Recipe, source: TrainingData | Sprites
) -> Generator[TrainEvent, None, tuple[Recipe, tuple[str, ...]]]:
    """Return the recipe as it is for the images, and what to tell of it."""
    if job.images != "noisy":
        return recipe, ()
    assert isinstance(source, TrainingData)
    sigma = job.sigma
    if sigma is None:
        looking = iter_noisiness(source.images, job.device)
        for done, total, name in looking:
            message = f"Looking for noise in {name}"
            yield TrainEvent(phase="reading", done=done, total=total, message=message)
        sigma = common_level(looking.result)
    return fit_to_noise(recipe, sigma, source.scale.high - source.scale.low)


def _digits(data: tuple[Any, ...]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    if len(data) != 1 or isinstance(data[0], TrainingImage):
        raise InputError(
            "MNIST is one npz file, or one folder of idx files; name that as data."
        )
    training, test = read_mnist(Path(data[0]))
    return (
        (TrainingImage(training, "ZYX", "MNIST training digits"),),
        (TrainingImage(test, "ZYX", "MNIST test digits"),),
    )
