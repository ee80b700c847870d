"""Dock widgets: napari, qtpy and magicgui live here and nowhere else."""

from napari_flowprior._widgets._restore import RestoreWidget

__all__ = ["RestoreWidget"]
