"""The button that a dock is there for looks like it, in the colours of the theme."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari.utils.theme import get_theme
from qtpy.compat import isalive
from qtpy.QtCore import QObject

if TYPE_CHECKING:
    import napari
    from qtpy.QtWidgets import QPushButton

__all__ = ["Primary"]

_STYLE = (
    "QPushButton:enabled {{ background-color: {ground}; color: {text}; "
    "font-weight: bold; padding: 6px; }}\n"
    "QPushButton:disabled {{ padding: 6px; }}\n"
    "QPushButton:enabled:hover {{ border: 1px solid {text}; }}\n"
    # The frame of other fields hardly differs from this ground.
    "QPushButton:enabled:focus {{ border: 2px solid {text}; }}"
)


class Primary(QObject):
    """Gives a button the colour of what is selected, whatever the theme is.

    Parameters
    ----------
    button : QPushButton
        The button.
    viewer : napari.viewer.Viewer
        Whose theme it follows.
    """

    def __init__(self, button: QPushButton, viewer: napari.viewer.Viewer) -> None:
        super().__init__(button)
        self._button, self._viewer = button, viewer
        viewer.events.theme.connect(self._follow)
        self._follow()

    def _follow(self, event: Any = None) -> None:
        if not isalive(self):
            return
        theme = get_theme(self._viewer.theme)
        colours = {
            "ground": theme.current.as_hex(format="long"),
            "text": theme.text.as_hex(format="long"),
        }
        self._button.setStyleSheet(_STYLE.format(**colours))
