"""How a flow is trained, as data, and the three recipes of the paper."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from napari_flowprior._errors import InputError
from napari_flowprior.training._losses import (
    Autoencoder,
    ImageNoise,
    LatentNoise,
    Likelihood,
    Loss,
    ScoreMatching,
)

__all__ = ["RECIPES", "TrainConfig"]


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """Settings of a training.

    Parameters
    ----------
    steps : int
        Number of optimiser steps.
    batch_size : int
        Patches per step.
    patch_size : int
        Side of a patch in pixels.
    learning_rate : float
        Of Adam, after warm-up and before decay.
    warmup : int
        Steps over which the learning rate rises from zero.
    decay : float
        Last fraction of the steps over which it falls to zero (half a cosine).
    clip_value, clip_norm : float
        Bounds on single gradients, then on their L2 norm; for losses summed over an
        image.
    ema : float
        Decay of the running average of the weights, which is what is kept.
    losses : tuple of Loss
        Terms of the objective.
    sigma_max : float
        Largest noise level, normalised units, for a flow conditioned on it.
    clean_fraction : float
        Fraction of patches that get no Gaussian noise.
    bfloat16 : bool
        Whether the networks inside the flow run in bfloat16.
    validate_every : int
        Steps between validations; a checkpoint is written at each.
    seed : int
        Of patches, noise and noise levels. Dropout draws from torch's global
        generator, whose state checkpoints keep.

    Raises
    ------
    InputError
        If a value makes no sense.
    """

    steps: int
    batch_size: int
    patch_size: int = 64
    learning_rate: float = 1e-4
    warmup: int = 0
    decay: float = 0.0
    clip_value: float = 1e5
    clip_norm: float = 1e4
    ema: float = 0.999
    losses: tuple[Loss, ...] = (Likelihood(),)
    sigma_max: float = 60 / 255
    clean_fraction: float = 0.1
    bfloat16: bool = False
    validate_every: int = 500
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.losses:
            raise InputError("losses is empty; a training needs at least one.")
        for name in ("steps", "batch_size", "patch_size", "validate_every"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} is {getattr(self, name)}; it must be >= 1.")
        for name in ("learning_rate", "clip_value", "clip_norm", "sigma_max"):
            if not getattr(self, name) > 0:
                raise InputError(f"{name} is {getattr(self, name)}; it must be > 0.")
        for name in ("decay", "ema", "clean_fraction"):
            if not 0 <= getattr(self, name) <= 1:
                raise InputError(
                    f"{name} is {getattr(self, name)}; it must be in [0, 1]."
                )


_PAPER_LOSSES = (Likelihood(), LatentNoise(), Autoencoder())

RECIPES = MappingProxyType(
    {
        "MNIST": TrainConfig(steps=100_000, batch_size=50, patch_size=28),
        "SPRITES": TrainConfig(
            steps=100_000, batch_size=20, patch_size=64, losses=_PAPER_LOSSES
        ),
        "DIV2K": TrainConfig(
            steps=200_000,
            batch_size=15,
            patch_size=64,
            losses=(*_PAPER_LOSSES, ImageNoise()),
        ),
        "PHOTO": TrainConfig(
            steps=6_500,
            batch_size=16,
            patch_size=64,
            learning_rate=6e-4,
            warmup=200,
            decay=0.4,
            clip_norm=4e5,
            clip_value=float("inf"),
            losses=(Likelihood(), ScoreMatching()),
            bfloat16=True,
        ),
    }
)
"""MNIST, SPRITES and DIV2K: Tables 1 to 3 of the paper's supplement; Table 3 prints
20^5 steps, read here as 2e5 [R]. PHOTO: that of the shipped priors."""
