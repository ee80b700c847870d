"""The canvas of the viewer while layers are removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.compat import isalive
from qtpy.QtCore import QObject
from qtpy.QtOpenGLWidgets import QOpenGLWidget

if TYPE_CHECKING:
    import napari
    from qtpy.QtWidgets import QWidget

__all__ = ["CanvasContext"]


class CanvasContext(QObject):
    """Lets napari delete what it drew of a layer in the context where it was drawn.

    napari 0.9 deletes it in whatever context of OpenGL is current, as a rule that in
    which Qt puts the window together. A renderer in software of Mesa 22 then takes the
    shader of what is drawn next from the canvas, and the process dies.

    Parameters
    ----------
    widget : QWidget
        A widget in a dock, for as long as which it does so.
    viewer : napari.viewer.Viewer
        The viewer.
    """

    def __init__(self, widget: QWidget, viewer: napari.viewer.Viewer) -> None:
        super().__init__(widget)
        viewer.layers.events.removing.connect(self._make_current)

    def _make_current(self, event: Any = None) -> None:
        # The viewer may outlive the widget, and Python's part the part of Qt.
        if not isalive(self):
            return
        window: Any = self.parent()
        # That of a dock that floats is not the window with the canvas.
        while window.parentWidget() is not None:
            window = window.parentWidget()
        for canvas in window.findChildren(QOpenGLWidget):
            canvas.makeCurrent()
