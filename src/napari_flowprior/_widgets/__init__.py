"""Dock widgets: napari, qtpy and magicgui live here and nowhere else."""

from napari_flowprior._widgets.restore import RestoreDock, RestoreWidget
from napari_flowprior._widgets.train import TrainDock, TrainWidget

__all__ = ["RestoreDock", "RestoreWidget", "TrainDock", "TrainWidget"]
