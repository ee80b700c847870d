"""The dock widget that restores an image layer."""

from napari_flowprior._widgets.restore._background import BackgroundWidget
from napari_flowprior._widgets.restore._commands import denoise, inpaint, remove_jpeg
from napari_flowprior._widgets.restore._dock import RestoreDock
from napari_flowprior._widgets.restore._intervals import INTERVAL
from napari_flowprior._widgets.restore._widget import RestoreWidget

__all__ = [
    "INTERVAL",
    "BackgroundWidget",
    "RestoreDock",
    "RestoreWidget",
    "denoise",
    "inpaint",
    "remove_jpeg",
]
