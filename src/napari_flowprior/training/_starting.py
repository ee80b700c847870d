"""What a training starts from: a prior or nothing, and the trainer of its flow."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch

from napari_flowprior._errors import InputError
from napari_flowprior.flow import MultiscaleFlow
from napari_flowprior.priors import FlowPrior
from napari_flowprior.training.optim import (
    Denoising,
    Processes,
    Recorruption,
    ScoreMatching,
    Trainer,
)

if TYPE_CHECKING:
    from napari_flowprior.flow import FlowConfig
    from napari_flowprior.training._recipes import Recipe
    from napari_flowprior.training._spec import TrainJob
    from napari_flowprior.training.optim import Loss, TrainConfig
    from napari_flowprior.training.patches import TrainingData
    from napari_flowprior.training.sprites import Sprites

__all__ = ["make_trainer", "starting_prior"]


def starting_prior(job: TrainJob, recipe: Recipe, channels: int) -> FlowPrior | None:
    """Load the prior that a training starts from.

    Parameters
    ----------
    job : TrainJob
        What was asked for.
    recipe : Recipe
        Its recipe.
    channels : int
        Of the images.

    Returns
    -------
    FlowPrior or None
        None if it starts from nothing.

    Raises
    ------
    InputError
        If the prior is for other images.
    """
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


def make_trainer(
    recipe: Recipe,
    source: TrainingData | Sprites,
    start: FlowPrior | None,
    processes: Processes,
    device: torch.device,
) -> tuple[Trainer, tuple[str, ...]]:
    """Make what trains a flow.

    Parameters
    ----------
    recipe : Recipe
        The recipe, with the settings of the job.
    source : TrainingData or Sprites
        Where patches come from.
    start : FlowPrior or None
        Prior to start from.
    processes : Processes
        Which processes take part.
    device : device
        What to compute on.

    Returns
    -------
    trainer : Trainer
        Before its first step.
    warnings : tuple of str
        What to tell before the start.
    """
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
    if isinstance(loss, Denoising | Recorruption):
        return replace(loss, highest=max(loss.highest, level))
    return loss


def _fresh(config: Any, seed: int) -> MultiscaleFlow:
    # The caller's random state is not ours.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return MultiscaleFlow(config)
