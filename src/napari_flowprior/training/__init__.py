"""Training a flow: losses, patches, the loop and its checkpoints."""

from napari_flowprior.training._config import RECIPES, TrainConfig
from napari_flowprior.training._losses import (
    Autoencoder,
    ImageNoise,
    LatentNoise,
    Likelihood,
    Loss,
    ScoreMatching,
    TrainingBatch,
)
from napari_flowprior.training._patches import PatchSampler
from napari_flowprior.training._trainer import (
    Trainer,
    TrainEvent,
    iter_train,
)
from napari_flowprior.training._validation import Validation

__all__ = [
    "RECIPES",
    "Autoencoder",
    "ImageNoise",
    "LatentNoise",
    "Likelihood",
    "Loss",
    "PatchSampler",
    "ScoreMatching",
    "TrainConfig",
    "TrainEvent",
    "Trainer",
    "TrainingBatch",
    "Validation",
    "iter_train",
]
