"""The tab key goes down a dock as the eye does."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from qtpy.QtCore import QEvent, QObject, QPoint, Qt, QTimer
from qtpy.QtWidgets import QWidget

__all__ = ["TabOrder"]

_SOON = 100  # milliseconds
_SAME_ROW = 10  # pixels between the middles of fields that are beside each other
_CHANGING = QEvent.Type.Show, QEvent.Type.LayoutRequest


class TabOrder(QObject):
    """Sorts where the tab key stops whenever rows come, go or move.

    Qt goes by the order in which widgets were made, and forms are made late, and their
    rows when they are first wanted.

    Parameters
    ----------
    dock : QWidget
        What is sorted.
    """

    def __init__(self, dock: QWidget) -> None:
        super().__init__(dock)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_SOON)
        self._timer.timeout.connect(self._sort)
        dock.installEventFilter(self)

    def eventFilter(self, watched: Any, event: QEvent) -> bool:  # noqa: N802 (of Qt)
        """Take note that rows may have changed."""
        if event.type() in _CHANGING and not self._timer.isActive():
            self._timer.start()
        return False

    def _sort(self) -> None:
        dock: Any = self.parent()
        for before, after in pairwise(_sorted(dock, _stops(dock))):
            QWidget.setTabOrder(before, after)


def _stops(dock: QWidget) -> list[QWidget]:
    """Find where the tab key stops, in any order."""
    # PySide would keep the window if its chain of focus were followed through it.
    return [
        part
        for part in dock.findChildren(QWidget)
        if part.focusPolicy() & Qt.FocusPolicy.TabFocus
        # The line of a spin box has it as its proxy.
        and part.focusProxy() is None
        and part.isVisibleTo(dock)
    ]


def _sorted(dock: QWidget, parts: list[QWidget]) -> list[QWidget]:
    """Sort by rows, and from the left to the right in each."""
    places = []
    for part in parts:
        middle = part.mapTo(dock, QPoint(0, part.height() // 2))
        places.append((middle.y(), middle.x(), part))
    places.sort(key=lambda place: place[0])
    rows: list[list[tuple[int, int, QWidget]]] = []
    for place in places:
        if not rows or place[0] - rows[-1][0][0] > _SAME_ROW:
            rows.append([])
        rows[-1].append(place)
    return [part for row in rows for _, _, part in sorted(row, key=lambda p: p[1])]
