"""What a trained prior says of itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from napari_flowprior._version import version
from napari_flowprior.priors import PriorInfo

if TYPE_CHECKING:
    from napari_flowprior.priors import FlowPrior
    from napari_flowprior.training._events import HeldOutFigures
    from napari_flowprior.training._recipes import Recipe
    from napari_flowprior.training._spec import TrainJob
    from napari_flowprior.training.optim import Trainer
    from napari_flowprior.training.patches import DataSummary

__all__ = ["make_card", "with_figures"]


def make_card(
    job: TrainJob,
    recipe: Recipe,
    trainer: Trainer,
    data: DataSummary,
    start: FlowPrior | None,
) -> PriorInfo:
    """Describe a prior by how it was made.

    Parameters
    ----------
    job : TrainJob
        What was asked for.
    recipe : Recipe
        The recipe.
    trainer : Trainer
        The training.
    data : DataSummary
        What it was trained on.
    start : FlowPrior or None
        Prior that it started from; its sources are sources of the new one.

    Returns
    -------
    PriorInfo
        The card.
    """
    config, before = trainer.config, PriorInfo() if start is None else start.info
    made: dict[str, Any] = {
        "recipe": recipe.name,
        "steps": trainer.step,
        "batch_size": config.batch_size * trainer.processes.size,
        "patch_size": recipe.patches.size,
        "images": data.images,
        "losses": {term.name: term.weight for term in config.losses},
        "version": version(),
    }
    if config.sigma_min:
        made["images_noise_level"] = round(config.sigma_min, 5)
    if start is not None:
        made["started_from"] = start.name
    conditional = trainer.flow.config.noise_conditional
    return PriorInfo(
        name=job.out.stem,
        description=job.description or recipe.title,
        sigma_min=config.sigma_min,
        sigma_max=config.highest_level if conditional else 0.0,
        density_sigma_max=config.sigma_max if conditional else 0.0,
        normalisation=trainer.normalisation,
        training=made,
        licence=job.licence or before.licence,
        sources=tuple(dict.fromkeys((*before.sources, *job.sources))),
    )


def with_figures(card: PriorInfo, figures: HeldOutFigures, sigma: float) -> PriorInfo:
    """Add the figures on held-out patches to a card.

    Parameters
    ----------
    card : PriorInfo
        The card.
    figures : HeldOutFigures
        The figures.
    sigma : float
        Noise level of the denoising test, normalised units.

    Returns
    -------
    PriorInfo
        The longer card.
    """
    made = {**card.training, "held_out_bits_per_dim": round(figures.bits_per_dim, 4)}
    if figures.denoising_psnr is not None:
        name = f"held_out_psnr_at_sigma_{round(sigma * 255, 1):g}"
        made[name] = round(figures.denoising_psnr, 3)
    return replace(card, training=made)
