"""The dock widget that restores an image layer."""

from napari_flowprior._widgets.restore._widget import RestoreWidget

__all__ = ["RestoreWidget"]
