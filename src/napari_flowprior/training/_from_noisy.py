"""Trainings on noisy images from nothing: what a recipe becomes for them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from napari_flowprior._errors import InputError
from napari_flowprior.training.optim import Denoising, Recorruption, ScoreMatching

if TYPE_CHECKING:
    from napari_flowprior.training._noisiness import Noisiness
    from napari_flowprior.training._recipes import Recipe
    from napari_flowprior.training.optim import Loss

__all__ = ["check_from_nothing", "common_level", "fit_to_noise"]

# How far noise levels of images may be from their median.
_ALIKE = 1.3


def check_from_nothing(recipe: Recipe) -> None:
    """Refuse recipes whose flows would learn noise as a part of images.

    Parameters
    ----------
    recipe : Recipe
        A recipe with a flow, for images.

    Raises
    ------
    InputError
        If the flow is not conditioned on the noise level.
    """
    if recipe.flow is not None and not recipe.flow.noise_conditional:
        raise InputError(
            f"The recipe {recipe.name} trains a flow that knows no noise levels, which "
            "takes clean images; choose one that does, such as small, or adapt a prior."
        )


def common_level(found: Noisiness) -> float:
    """Return the level of the noise of images, if it is one.

    Parameters
    ----------
    found : Noisiness
        What a look at them found.

    Returns
    -------
    float
        Median of the levels, in units of the images.

    Raises
    ------
    InputError
        If there is no noise, or not one level of white noise.
    """
    levels = np.array(found.sigmas)
    if not len(levels) or not levels.all():
        raise InputError(
            f"{found.sentence} To train on them from nothing, noise has to be found in "
            "all that is looked at; say that they are clean, or give the noise level."
        )
    if not found.white:
        raise InputError(
            f"{found.sentence} A prior is trained from nothing on white noise only, so "
            "far; adapt one instead, with the recipe finetune."
        )
    middle = float(np.median(levels))
    if levels.max() > _ALIKE * middle or levels.min() < middle / _ALIKE:
        raise InputError(
            f"The noise levels of the images differ, from {levels.min():.3g} to "
            f"{levels.max():.3g}; train on images of one level, or give that of the "
            "strongest noise."
        )
    return middle


def fit_to_noise(
    recipe: Recipe, sigma: float, width: float
) -> tuple[Recipe, tuple[str, ...]]:
    """Return what a recipe becomes for images that have noise themselves.

    The flow learns by the likelihood of the noisy images at their own level and above.
    Its score network learns by recorruption, in place of denoising. Score matching,
    which takes clean images too, is left out: the likelihood has the same optimum.

    Parameters
    ----------
    recipe : Recipe
        For clean images.
    sigma : float
        Standard deviation of the noise, in units of the images.
    width : float
        What becomes the unit range, in the same units.

    Returns
    -------
    recipe : Recipe
        For noisy ones.
    told : tuple of str
        What to tell of it.

    Raises
    ------
    InputError
        If nothing is left to learn.
    """
    level = sigma / width
    changed = (_for_noise(term) for term in recipe.train.losses)
    losses = tuple(term for term in changed if term is not None)
    if level <= 0:
        raise InputError(f"The noise level is {sigma:g}; it must be above 0.")
    train = replace(recipe.train, losses=losses, sigma_min=level)
    told = (
        f"The images have noise of {sigma:.3g}, so the prior learns of levels from "
        f"there on ({255 * level:.3g} of 255), and will denoise images with noise of "
        "that kind; all that passes through weaker noise takes another prior."
    )
    return replace(recipe, train=train), (told,)


def _for_noise(loss: Loss) -> Loss | None:
    if isinstance(loss, Denoising):
        return Recorruption(
            weight=loss.weight, highest=loss.highest, detail=loss.detail
        )
    return None if isinstance(loss, ScoreMatching) else loss
