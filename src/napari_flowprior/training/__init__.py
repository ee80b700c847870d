"""Training a flow: data, losses, recipes, the loop and what it leaves."""

from napari_flowprior.training._events import (
    HeldOutFigures,
    Pictures,
    StepFigures,
    TrainEvent,
    TrainPlan,
    TrainResult,
)
from napari_flowprior.training._job import (
    Foreseen,
    iter_foresee,
    iter_train,
    train,
)
from napari_flowprior.training._noisiness import (
    Noisiness,
    NoisyImagesError,
    iter_noisiness,
    measure_noisiness,
)
from napari_flowprior.training._outputs import TrainOutputs
from napari_flowprior.training._recipes import Recipe, load_recipe, recipe_names
from napari_flowprior.training._spec import TrainJob
from napari_flowprior.training.optim import (
    LOSSES,
    Autoencoder,
    Denoising,
    ImageNoise,
    LatentNoise,
    Likelihood,
    Loss,
    Processes,
    Recorruption,
    ScoreMatching,
    TrainConfig,
    Trainer,
    TrainingBatch,
    Validation,
)
from napari_flowprior.training.patches import (
    DataSummary,
    PatchConfig,
    PatchSource,
    TrainingData,
    TrainingImage,
    open_data,
    read_mnist,
)
from napari_flowprior.training.sprites import Sprites, draw_sprite

__all__ = [
    "LOSSES",
    "Autoencoder",
    "DataSummary",
    "Denoising",
    "Foreseen",
    "HeldOutFigures",
    "ImageNoise",
    "LatentNoise",
    "Likelihood",
    "Loss",
    "Noisiness",
    "NoisyImagesError",
    "PatchConfig",
    "PatchSource",
    "Pictures",
    "Processes",
    "Recipe",
    "Recorruption",
    "ScoreMatching",
    "Sprites",
    "StepFigures",
    "TrainConfig",
    "TrainEvent",
    "TrainJob",
    "TrainOutputs",
    "TrainPlan",
    "TrainResult",
    "Trainer",
    "TrainingBatch",
    "TrainingData",
    "TrainingImage",
    "Validation",
    "draw_sprite",
    "iter_foresee",
    "iter_noisiness",
    "iter_train",
    "load_recipe",
    "measure_noisiness",
    "open_data",
    "read_mnist",
    "recipe_names",
    "train",
]
