"""A whole training: from images and a recipe to a prior, its checkpoint and figures."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from napari_flowprior._errors import InputError
from napari_flowprior._generators import Run
from napari_flowprior.flow import MultiscaleFlow
from napari_flowprior.priors import FlowPrior
from napari_flowprior.training._events import TrainEvent
from napari_flowprior.training._noisiness import NoisyImagesError, iter_noisiness
from napari_flowprior.training._noisy import check_noisy, train_on_noisy
from napari_flowprior.training._outputs import TrainOutputs
from napari_flowprior.training._run import TrainRun
from napari_flowprior.training.optim import Denoising, Processes, ScoreMatching, Trainer
from napari_flowprior.training.patches import (
    TrainingData,
    TrainingImage,
    open_data,
    read_mnist,
)
from napari_flowprior.training.sprites import Sprites

if TYPE_CHECKING:
    from collections.abc import Generator

    from napari_flowprior.flow import FlowConfig
    from napari_flowprior.training._events import TrainResult
    from napari_flowprior.training._recipes import Recipe
    from napari_flowprior.training._spec import TrainJob
    from napari_flowprior.training.optim import Loss, TrainConfig

__all__ = ["iter_train", "train"]


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
    >>> clean = TrainingImage(data.camera()[:128, 150:278], "YX", "the photographer")
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
    >>> clean = TrainingImage(data.camera()[:128, 150:278], "YX", "the photographer")
    >>> from napari_flowprior import TrainJob, iter_train
    >>> job = TrainJob(out=Path("mine.safetensors"), data=(clean,), steps=1)
    >>> for event in iter_train(job):
    ...     if event.held_out is not None:
    ...         print(event.held_out.step)
    0
    1
    """
    return Run(_trained(job))


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
            if job.images == "noisy":
                assert isinstance(source, TrainingData)
                return (yield from train_on_noisy(job, source))
            start = _start(job, recipe, source.channels)
            trainer, warnings = _make(recipe, source, start, processes, device)
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


def _start(job: TrainJob, recipe: Recipe, channels: int) -> FlowPrior | None:
    start = job.start
    if start is None and recipe.flow is None:
        start = "auto"
    if start is None:
        return None
    if start == "auto":
        start = "photo-rgb" if channels == 3 else "photo-gray"
    prior = FlowPrior.load(start)
    if prior.channels != channels:
        raise InputError(
            f"The prior {prior.name} is for images of {prior.channels} channels, and "
            f"these have {channels}; choose another prior, or grey for the colours."
        )
    return prior


def _make(
    recipe: Recipe,
    source: TrainingData | Sprites,
    start: FlowPrior | None,
    processes: Processes,
    device: torch.device,
) -> tuple[Trainer, tuple[str, ...]]:
    config = recipe.train
    warnings: tuple[str, ...] = ()
    if start is None:
        assert recipe.flow is not None
        flow = _fresh(replace(recipe.flow, channels=source.channels), config.seed)
    else:
        flow = _with_score_network(start.flow, recipe)
        config, warnings = _fitted(config, start, flow)
    trainer = Trainer(
        flow.to(device), config, source, processes=processes, initialize=start is None
    )
    return trainer, warnings


def _with_score_network(flow: MultiscaleFlow, recipe: Recipe) -> MultiscaleFlow:
    """Give a flow the score network, and what it is told, that the recipe wants."""
    wanted = recipe.flow
    if wanted is None or not wanted.score_widths:
        return flow
    if not flow.config.noise_conditional:
        raise InputError(
            f"The recipe {recipe.name} trains a score network, which a prior without "
            "conditioning on the noise level cannot have; start from another prior."
        )
    config = flow.config
    if flow.score_network is None:
        config = replace(
            config,
            score_widths=wanted.score_widths,
            score_blocks=wanted.score_blocks,
        )
    if wanted.score_clipping:
        config = replace(config, score_clipping=True)
    return flow if config == flow.config else _enlarged(flow, config, recipe)


def _enlarged(
    flow: MultiscaleFlow, config: FlowConfig, recipe: Recipe
) -> MultiscaleFlow:
    """Copy weights into a flow with more; further inputs have no effect at first."""
    larger = _fresh(config, recipe.train.seed)
    known = flow.state_dict()
    if flow.score_network is not None:
        head = known["score_network.head.weight"]
        more = config.score_inputs - head.shape[1]
        widened = torch.nn.functional.pad(head, (0, 0, 0, 0, 0, more))
        known["score_network.head.weight"] = widened
    larger.load_state_dict(known, strict=False)
    return larger


def _fitted(
    config: TrainConfig, start: FlowPrior, flow: MultiscaleFlow
) -> tuple[TrainConfig, tuple[str, ...]]:
    """Take the losses that make sense for a prior, and its noise levels."""
    if not flow.config.noise_conditional:
        denoising = Denoising, ScoreMatching
        losses = tuple(t for t in config.losses if not isinstance(t, denoising))
        warning = (
            f"The prior {start.name} knows no noise levels, so it is trained on the "
            "likelihood alone."
        )
        return replace(config, losses=losses), (warning,)
    losses = config.losses
    if flow.score_network is None:
        # The flow's own score is what restores.
        losses = tuple(
            ScoreMatching() if isinstance(t, Denoising) else t for t in losses
        )
    losses = tuple(_up_to(t, start.sigma_max) for t in losses)
    if start.density_sigma_max > 0:
        config = replace(config, sigma_max=start.density_sigma_max)
    return replace(config, losses=losses), ()


def _up_to(loss: Loss, level: float) -> Loss:
    """Let a network stay as good at high noise levels as it was."""
    if isinstance(loss, Denoising):
        return replace(loss, highest=max(loss.highest, level))
    return loss


def _fresh(config: Any, seed: int) -> MultiscaleFlow:
    # The caller's random state is not ours.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return MultiscaleFlow(config)
