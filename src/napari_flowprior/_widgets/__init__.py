"""Dock widgets: napari, qtpy and magicgui live here and nowhere else."""

from napari_flowprior._widgets.batch import BatchDock, BatchWidget
from napari_flowprior._widgets.priors import PriorsWidget, get_prior_reader
from napari_flowprior._widgets.restore import (
    RestoreDock,
    RestoreWidget,
    denoise,
    inpaint,
    remove_jpeg,
)
from napari_flowprior._widgets.train import TrainDock, TrainWidget

__all__ = [
    "BatchDock",
    "BatchWidget",
    "PriorsWidget",
    "RestoreDock",
    "RestoreWidget",
    "TrainDock",
    "TrainWidget",
    "denoise",
    "get_prior_reader",
    "inpaint",
    "remove_jpeg",
]
