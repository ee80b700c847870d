"""The dock widget that restores the images of a folder."""

from napari_flowprior._widgets.batch._dock import BatchDock
from napari_flowprior._widgets.batch._widget import BatchWidget

__all__ = ["BatchDock", "BatchWidget"]
