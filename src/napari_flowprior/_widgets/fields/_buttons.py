"""Buttons that Enter presses, as it does in a dialog."""

# ruff: noqa: N802 (names of Qt)

from __future__ import annotations

from typing import Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QPushButton, QToolButton

__all__ = ["Button", "ToolButton"]

_ENTER = Qt.Key.Key_Return, Qt.Key.Key_Enter


class Button(QPushButton):
    """A button that Enter and the space bar press."""

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
