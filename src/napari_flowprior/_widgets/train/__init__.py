"""The dock widget that trains a prior."""

from napari_flowprior._widgets.train._widget import TrainDock, TrainWidget

__all__ = ["TrainDock", "TrainWidget"]
