"""A scroll area as high as what it shows, if there is room."""

# ruff: noqa: N802 (names of Qt)

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QEvent, QObject, QSize, Qt
from qtpy.QtWidgets import QFrame, QScrollArea, QSizePolicy

if TYPE_CHECKING:
    from qtpy.QtWidgets import QWidget

__all__ = ["SnugScrollArea"]

_LEAST = 240  # pixels, about eight rows


class SnugScrollArea(QScrollArea):
    """Scrolls down only, and never takes more room than its content.

    Parameters
    ----------
    least : int
        Pixels of the content that are seen at least, if it is as high.
    """

    def __init__(self, least: int = _LEAST) -> None:
        super().__init__()
        self._least = least
        self.setWidgetResizable(True)
        # Fields are scrolled to when the tab key reaches them; it need not stop here.
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    def setWidget(self, widget: QWidget) -> None:
        """Show a widget and follow its size."""
        super().setWidget(widget)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Ask for another size when the content does."""
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Resize):
            self._hold_height()
            self.updateGeometry()
        return super().eventFilter(watched, event)

    def _hold_height(self) -> None:
        """Keep lines of text that wrap from being cut, which Qt does not see to."""
        content = self.widget()
        if content is not None and content.hasHeightForWidth():
            content.setMinimumHeight(content.heightForWidth(self.viewport().width()))

    def sizeHint(self) -> QSize:
        """Size of the content, with room for a scroll bar."""
        size = self.widget().sizeHint() if self.widget() else super().sizeHint()
        return QSize(size.width() + self._bar_width(), self._height(size.height()))

    def minimumSizeHint(self) -> QSize:
        """No narrower than the content can be, and with some rows of it."""
        width = self.widget().minimumSizeHint().width() if self.widget() else 0
        height = self.widget().sizeHint().height() if self.widget() else 0
        return QSize(width + self._bar_width(), min(height, self._least))

    def _height(self, height: int) -> int:
        # Lines of text that wrap make the height depend on the width.
        if self.widget() and self.widget().hasHeightForWidth():
            height = self.widget().heightForWidth(self.viewport().width())
        return height + self._frame()

    def _bar_width(self) -> int:
        return self.verticalScrollBar().sizeHint().width() + self._frame()

    def _frame(self) -> int:
        # The theme may draw one all the same.
        return self.height() - self.viewport().height()
