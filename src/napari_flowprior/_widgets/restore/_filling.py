"""The layer of a result while it is being written."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from napari_flowprior._widgets.layers import stored_data

if TYPE_CHECKING:
    import napari

    from napari_flowprior._widgets.restore._new_layer import NewLayer
    from napari_flowprior.data import OmeZarr

__all__ = ["FillingLayer"]

# Seconds between two looks at what is written, which read what is in view.
_EVERY = 1.0


class FillingLayer:
    """Shows an image as far as it is written, in the place of the result.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        Where it is shown.
    new : NewLayer
        What the result gets from its layer.
    """

    def __init__(self, viewer: napari.viewer.Viewer, new: NewLayer) -> None:
        self._viewer = viewer
        self._new = new
        self._layer: Any = None
        self._seen = 0.0

    def show(self, image: OmeZarr) -> None:
        """Add a layer of an image.

        Parameters
        ----------
        image : OmeZarr
            The image.
        """
        # What was read once is not what is there a second later.
        self._layer = self._new.image(stored_data(image), {}, cache=False)
        layers = self._viewer.layers
        layers.insert(self._new.above(layers), self._layer)

    def refresh(self) -> None:
        """Show what was written meanwhile, now and then."""
        now = time.monotonic()
        if self._layer is not None and now - self._seen > _EVERY:
            self._layer.refresh()
            # Reading may take long.
            self._seen = time.monotonic()

    def remove(self) -> None:
        """Take the layer away, for the result or for nothing."""
        layer, self._layer = self._layer, None
        if layer is not None and layer in self._viewer.layers:
            self._viewer.layers.remove(layer)
