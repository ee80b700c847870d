"""The layer that shows a preview: right of a line, what was restored."""

from __future__ import annotations

from contextlib import contextmanager
from inspect import unwrap
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Image
from napari.utils.transforms import Affine

from napari_flowprior._widgets.layers import PREVIEW

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import napari
    from numpy.typing import NDArray

    from napari_flowprior._widgets.preview._picture import Asked, Picture

__all__ = ["PreviewLayer"]

_DASH = 4  # pixels of the line that are bright, and then dark
_PLACE = "scale", "translate", "rotate", "shear"
# What both sides of the line have in common.
_LOOKS = "colormap", "contrast_limits", "gamma", "opacity", "interpolation2d"


class PreviewLayer:
    """A layer above the one that is previewed, which never becomes the active one.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        Where it is shown.

    Attributes
    ----------
    layer : Image or None
        The layer, while there is one.
    """

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        self._viewer = viewer
        self._split = 0.5
        self._shown: tuple[Asked, Picture] | None = None
        self._visible: list[tuple[Any, bool]] = []
        self.layer: Image | None = None

    @property
    def split(self) -> float:
        """Where the line is, from 0 to 1; after it, the result is seen."""
        return self._split

    @split.setter
    def split(self, share: float) -> None:
        self._split = share
        if self._shown is not None:
            self._draw(*self._shown)

    def show(self, asked: Asked, picture: Picture) -> None:
        """Show a picture in place of the one before.

        Parameters
        ----------
        asked : Asked
            What was asked for.
        picture : Picture
            What was computed.
        """
        if self._shown is not None and not _same(self._shown[0].layer, asked.layer):
            self.remove()
        self._shown = asked, picture
        self._draw(asked, picture)

    def remove(self) -> None:
        """Take it out of the viewer, if it is there."""
        if self._shown is not None:
            self._follow_looks(self._shown[0].layer, False)
        layer, self.layer, self._shown = self.layer, None, None
        if layer is not None and layer in self._viewer.layers:
            with self._same_active():
                self._viewer.layers.remove(layer)
        for other, visible in self._visible:
            other.visible = visible
        self._visible = []

    def _draw(self, asked: Asked, picture: Picture) -> None:
        """Show what is after the line."""
        axis = picture.region.axes.index("X")
        size = picture.data.shape[axis]
        # One column stays at least, which is the line.
        first = min(round(self._split * size), size - 1)
        data = picture.data[(slice(None),) * axis + (slice(first, None),)]
        data = _lined(data, picture.region.axes, asked.settings["contrast_limits"])
        origin = picture.origin
        origin[axis] += first
        if asked.settings["rgb"]:
            origin = np.delete(origin, picture.region.axes.index("S"))
        to_world = Affine(**{name: asked.settings[name] for name in _PLACE})
        self._place(asked, data, {"translate": to_world(origin)})

    def _place(self, asked: Asked, data: Any, place: dict[str, Any]) -> None:
        settings = {**asked.settings, **place}
        if self.layer is None or self.layer not in self._viewer.layers:
            self._uncover(asked)
            self._insert(unwrap(asked.layer), data, settings)
            return
        self.layer.data = data
        self.layer.scale = settings["scale"]
        self.layer.translate = settings["translate"]

    def _uncover(self, asked: Asked) -> None:
        """Let the layer be seen, until the preview is gone."""
        layers = [asked.layer, *asked.covering]
        self._visible = [(layer, layer.visible) for layer in layers]
        for layer in layers:
            layer.visible = layer is asked.layer

    def _insert(self, source: Any, data: Any, settings: dict[str, Any]) -> None:
        layers = self._viewer.layers
        settings["name"] = f"{source.name} preview"
        self.layer = Image(data, metadata={PREVIEW: True}, **settings)
        place = layers.index(source) + 1 if source in layers else len(layers)
        with self._same_active():
            layers.insert(place, self.layer)
        self._follow_looks(source, True)

    def _follow_looks(self, source: Any, on: bool) -> None:
        for name in _LOOKS:
            event = getattr(source.events, name)
            (event.connect if on else event.disconnect)(self._copy_look)

    def _copy_look(self, event: Any) -> None:
        """Show the result as the layer is shown by now."""
        if self.layer is not None:
            setattr(self.layer, event.type, getattr(event.source, event.type))

    @contextmanager
    def _same_active(self) -> Iterator[None]:
        """Leave the layer active that the user has chosen."""
        active = self._viewer.layers.selection.active
        yield
        if active in self._viewer.layers:
            self._viewer.layers.selection.active = active


def _lined(data: NDArray[Any], axes: str, limits: Sequence[float]) -> NDArray[Any]:
    """Draw a dashed line along the first column, which is seen on any ground.

    Not the bounding box of the layer: napari 0.9 crashes where a layer that had one was
    removed and another is shown, at least with OpenGL in software.
    """
    data = data.copy()
    column = np.moveaxis(data, (axes.index("X"), axes.index("Y")), (0, 1))[0]
    ends = _bounds(data.dtype)
    low, high = (np.clip(end, *ends).astype(data.dtype) for end in limits)
    if low == high:
        low, high = ends
    # Not of alpha.
    colours = (..., slice(3)) if axes.endswith("S") else (...,)
    column = column[colours]
    bright = np.arange(len(column)) // _DASH % 2 == 0
    column[bright], column[~bright] = high, low
    return data


def _bounds(dtype: np.dtype[Any]) -> tuple[float, float]:
    """Return what a type can hold."""
    if dtype.kind == "b":
        return 0, 1
    kind = np.iinfo(dtype) if dtype.kind in "iu" else np.finfo(dtype)
    return kind.min, kind.max


def _same(one: Any, other: Any) -> bool:
    return unwrap(one) is unwrap(other)
