"""Losses, optimisers, and the trainer that takes steps with them."""

from napari_flowprior.training.optim._base import Loss, TrainingBatch
from napari_flowprior.training.optim._config import TrainConfig
from napari_flowprior.training.optim._denoising import Denoising
from napari_flowprior.training.optim._losses import (
    LOSSES,
    Autoencoder,
    ImageNoise,
    LatentNoise,
    Likelihood,
    ScoreMatching,
)
from napari_flowprior.training.optim._processes import Processes
from napari_flowprior.training.optim._recorruption import Recorruption
from napari_flowprior.training.optim._trainer import Trainer
from napari_flowprior.training.optim._validation import Validation

__all__ = [
    "LOSSES",
    "Autoencoder",
    "Denoising",
    "ImageNoise",
    "LatentNoise",
    "Likelihood",
    "Loss",
    "Processes",
    "Recorruption",
    "ScoreMatching",
    "TrainConfig",
    "Trainer",
    "TrainingBatch",
    "Validation",
]
