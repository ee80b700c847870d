"""A widget that knows when it is taken out of napari."""

# ruff: noqa: N802 (names of Qt)

from __future__ import annotations

from typing import Any

from qtpy.QtCore import QEvent
from qtpy.QtWidgets import QWidget

__all__ = ["LeavingWidget"]


class LeavingWidget(QWidget):
    """A widget that ends what it does when it is closed.

    napari closes a dock by taking the widget out of it, which is no closing of the
    widget itself.
    """

    def event(self, event: QEvent) -> bool:
        """Leave when napari takes the widget out of its dock to close it."""
        if event.type() == QEvent.Type.ParentChange and self.parent() is None:
            self._leave()
        left: bool = super().event(event)
        return left

    def closeEvent(self, event: Any) -> None:
        """Leave when the widget is closed as a window."""
        self._leave()
        super().closeEvent(event)

    def _leave(self) -> None:
        """End what is done; to be extended."""
