"""Docks of the plugin share one place, as tabs, since a screen has no room for all."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import QEvent, QObject, Qt, Signal
from qtpy.QtWidgets import QDockWidget, QMainWindow, QWidget

__all__ = ["SharedPlace"]


class SharedPlace(QObject):
    """Makes a dock a tab beside the others when it is added to a window.

    napari puts docks below each other, and makes its window as high as all of them
    need; from two on, that is higher than many screens, with buttons beyond its end.

    Parameters
    ----------
    widget : QWidget
        What is in the dock.
    """

    _docked = Signal()

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        widget.installEventFilter(self)
        # Once the dock is in the window, but before that makes room for it.
        self._docked.connect(self._share, Qt.ConnectionType.QueuedConnection)

    def eventFilter(self, watched: Any, event: QEvent) -> bool:  # noqa: N802 (of Qt)
        """Take note that the widget is put into a dock."""
        if event.type() == QEvent.Type.ParentChange and _dock_of(watched) is not None:
            self._docked.emit()
        return False

    def _share(self) -> None:
        dock = _dock_of(self.parent())
        if dock is not None and isinstance(window := dock.parent(), QMainWindow):
            for other in _others(dock, window)[-1:]:
                window.tabifyDockWidget(other, dock)
                dock.show()
                dock.raise_()


def _dock_of(widget: Any) -> QDockWidget | None:
    parent = widget.parent()
    return parent if isinstance(parent, QDockWidget) else None


def _others(dock: QDockWidget, window: QMainWindow) -> list[QDockWidget]:
    """Find docks of the plugin in the same area."""
    area = window.dockWidgetArea(dock)
    return [
        other
        for other in window.findChildren(QDockWidget)
        if other is not dock
        and window.dockWidgetArea(other) == area
        and not other.isFloating()
        and not other.isHidden()
        and _is_ours(other)
    ]


def _is_ours(dock: QDockWidget) -> bool:
    return bool(dock.findChildren(SharedPlace))
