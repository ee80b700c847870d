"""The dock widget that trains a prior."""

from napari_flowprior._widgets.train._dock import TrainDock
from napari_flowprior._widgets.train._widget import TrainWidget

__all__ = ["TrainDock", "TrainWidget"]
