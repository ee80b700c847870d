"""Patches: images that are read, looked through, held out, and drawn from."""

from napari_flowprior.training.patches._config import PatchConfig
from napari_flowprior.training.patches._dataset import PatchSource, TrainingData
from napari_flowprior.training.patches._feed import DrawnPatch, PatchFeed, draw_initial
from napari_flowprior.training.patches._images import (
    ImageCache,
    TrainingImage,
    find_images,
    view_of,
)
from napari_flowprior.training.patches._mnist import read_mnist
from napari_flowprior.training.patches._open import open_data
from napari_flowprior.training.patches._summary import DataSummary

__all__ = [
    "DataSummary",
    "DrawnPatch",
    "ImageCache",
    "PatchConfig",
    "PatchFeed",
    "PatchSource",
    "TrainingData",
    "TrainingImage",
    "draw_initial",
    "find_images",
    "open_data",
    "read_mnist",
    "view_of",
]
