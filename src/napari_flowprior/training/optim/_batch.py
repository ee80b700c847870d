"""Patches with noise, ready for the losses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from napari_flowprior._errors import InputError
from napari_flowprior.training.optim._base import TrainingBatch
from napari_flowprior.training.optim._denoising import Denoising
from napari_flowprior.training.optim._losses import ScoreMatching
from napari_flowprior.training.optim._recorruption import Recorruption

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_flowprior.flow import MultiscaleFlow
    from napari_flowprior.training.optim._config import TrainConfig
    from napari_flowprior.training.patches import DrawnPatch, PatchSource

__all__ = ["check_fit", "make_batch"]


def make_batch(
    flow: MultiscaleFlow,
    patches: Sequence[DrawnPatch],
    quantum: float,
    config: TrainConfig,
) -> TrainingBatch:
    """Dequantise patches, and add noise where the flow is conditioned on it.

    Parameters
    ----------
    flow : MultiscaleFlow
        The flow, on its device.
    patches : sequence of DrawnPatch
        The patches, each with its own source of randomness.
    quantum : float
        Spacing of the values, normalised units: the width of the uniform noise that
        fills it.
    config : TrainConfig
        Noise levels.

    Returns
    -------
    TrainingBatch
        On the device of the flow.
    """
    device = next(flow.parameters()).device
    rngs = tuple(patch.rng for patch in patches)
    clean = np.stack([patch.clean for patch in patches])
    shape = clean.shape[1:]
    fill = np.stack([rng.random(shape, dtype=np.float32) for rng in rngs]) - 0.5
    noisy, sigma = clean + np.float32(quantum) * fill, None
    if flow.config.noise_conditional:
        levels = np.array([_draw_sigma(rng, config) for rng in rngs], dtype=np.float32)
        noise = [rng.standard_normal(shape, dtype=np.float32) for rng in rngs]
        # What the images have themselves need not be added.
        added = np.sqrt(levels**2 - np.float32(config.sigma_min) ** 2)
        noisy = noisy + added[:, None, None, None] * np.stack(noise)
        sigma = torch.from_numpy(levels).to(device)
    leaf = torch.from_numpy(noisy).to(device).requires_grad_()
    clean_images = torch.from_numpy(clean).to(device)
    return TrainingBatch(
        flow, clean_images, leaf, sigma, rngs, quantum, config.sigma_min
    )


def _draw_sigma(rng: np.random.Generator, config: TrainConfig) -> float:
    sigma, kept = rng.random(), rng.random() >= config.clean_fraction
    return config.sigma_min + float(
        sigma * (config.sigma_max - config.sigma_min) * kept
    )


def check_fit(flow: MultiscaleFlow, config: TrainConfig, source: PatchSource) -> None:
    """Check that flow, losses and patches go together.

    Parameters
    ----------
    flow : MultiscaleFlow
        The flow.
    config : TrainConfig
        Its losses.
    source : PatchSource
        The patches.

    Raises
    ------
    InputError
        If they do not.
    """
    matches = any(isinstance(term, ScoreMatching) for term in config.losses)
    if matches and not flow.config.noise_conditional:
        raise InputError(
            "Score matching needs a flow that is conditioned on the noise level; train "
            "with the likelihood alone, or set noise_conditional."
        )
    denoises = Denoising, Recorruption
    named = [term.name for term in config.losses if isinstance(term, denoises)]
    if config.sigma_min and not flow.config.noise_conditional:
        raise InputError(
            "A flow that knows no noise levels takes noise for a part of images; set "
            "noise_conditional, or train on clean images."
        )
    if named and flow.score_network is None:
        raise InputError(
            f"The loss {named[0]} trains a score network, and this flow has none; set "
            "score_widths, or leave out the loss."
        )
    if source.channels != flow.config.channels:
        raise InputError(
            f"The patches have {source.channels} channels and the flow "
            f"{flow.config.channels}; choose a flow for such images."
        )
    if source.size % flow.config.stride:
        raise InputError(
            f"Patches of {source.size} pixels do not divide by {flow.config.stride}, "
            f"as the {flow.config.levels} levels of the flow need; choose another size."
        )
