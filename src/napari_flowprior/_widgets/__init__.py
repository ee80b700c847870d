"""Dock widgets: napari, qtpy and magicgui live here and nowhere else."""

from napari_flowprior._widgets.restore import RestoreWidget
from napari_flowprior._widgets.train import TrainWidget

__all__ = ["RestoreWidget", "TrainWidget"]
