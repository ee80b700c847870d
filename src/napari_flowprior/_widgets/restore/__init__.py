"""The dock widget that restores an image layer."""

from napari_flowprior._widgets.restore._widget import RestoreDock, RestoreWidget

__all__ = ["RestoreDock", "RestoreWidget"]
