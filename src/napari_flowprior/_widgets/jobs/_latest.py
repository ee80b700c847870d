"""What changes often, shown now and then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QObject, QTimer, Signal, Slot

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Latest"]

_EVERY = 100  # milliseconds


class Latest(QObject):
    """Shows what is latest, ten times a second at most, and never inside itself.

    What is shown may let Qt process events, as the progress bars of napari do. On a
    busy machine many wait there; if each of them were shown at once, each would be
    shown inside the one before it.

    Parameters
    ----------
    show : callable
        Shows it.
    parent : QObject
        Nothing is shown any more when this is deleted.
    """

    _due = Signal()

    def __init__(self, show: Callable[[], object], parent: QObject) -> None:
        super().__init__(parent)
        # Unlike an attribute, it does not keep a widget alive whose method it calls.
        self._due.connect(show)
        self._showing = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_EVERY)
        self._timer.timeout.connect(self._show_now)

    @Slot()
    def note(self) -> None:
        """Take note that there is something new to show."""
        if not self._timer.isActive():
            self._timer.start()

    def stop(self) -> None:
        """Show nothing more."""
        self._timer.stop()

    def _show_now(self) -> None:
        if self._showing:
            self._timer.start()
            return
        self._showing = True
        try:
            self._due.emit()
        finally:
            self._showing = False
