"""Buttons that Enter presses, as it does in a dialog."""

# ruff: noqa: N802 (names of Qt)

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from magicgui.widgets import PushButton
from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QMenu, QPushButton, QToolButton

from napari_flowprior._widgets.fields._tips import wrap

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Button", "CopyButton", "ToolButton", "browse_button"]

_BROWSE = 24  # pixels
_LANGUAGES = {"python": "Copy as Python", "command": "Copy as command line"}
_ENTER = Qt.Key.Key_Return, Qt.Key.Key_Enter


class Button(QPushButton):
    """A button that Enter and the space bar press.

    Parameters
    ----------
    text : str
        What it says.
    tip : str
        Its tool tip.
    """

    def __init__(self, text: str = "", tip: str = "") -> None:
        super().__init__(text)
        self.setToolTip(wrap(tip))

    def keyPressEvent(self, event: Any) -> None:
        """Press it on Enter too."""
        if event.key() in _ENTER:
            self.click()
        else:
            super().keyPressEvent(event)


class ToolButton(QToolButton):
    """A flat button that Enter and the space bar press."""

    def keyPressEvent(self, event: Any) -> None:
        """Press it on Enter too."""
        if event.key() in _ENTER:
            self.click()
        else:
            super().keyPressEvent(event)


class CopyButton(ToolButton):
    """A menu of languages in which something can be copied.

    Parameters
    ----------
    tip : str
        What is copied.
    more : mapping, optional
        Texts of further entries, by what they ask for.

    Attributes
    ----------
    asked : Signal(str)
        Emitted with "python" or "command", or what is asked for besides.
    """

    asked = Signal(str)

    def __init__(self, tip: str, more: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self.setText("Copy…")
        self.setToolTip(f"{tip}, for a script or the terminal")
        # Its arrow would cover the text.
        self.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self)
        for language, text in {**_LANGUAGES, **(more or {})}.items():
            action = menu.addAction(text)
            action.triggered.connect(partial(self.asked.emit, language))
        self.setMenu(menu)


def browse_button(tip: str) -> PushButton:
    """Make the button beside a line, which asks for a file or a folder.

    Parameters
    ----------
    tip : str
        What it asks for.

    Returns
    -------
    PushButton
        The button.
    """
    button = PushButton(text="…", tooltip=tip)
    button.native.setFixedWidth(_BROWSE)
    return button
