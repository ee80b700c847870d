"""A part of a form that is folded away until it is wanted."""

# ruff: noqa: N802 (names of Qt)

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QEvent, Qt
from qtpy.QtWidgets import QSizePolicy
from superqt import QCollapsible

from napari_flowprior._widgets.fields._colours import FOCUS_COLOUR

if TYPE_CHECKING:
    from qtpy.QtWidgets import QWidget

__all__ = ["Section"]

_NEW_COLOURS = QEvent.Type.Polish, QEvent.Type.StyleChange, QEvent.Type.PaletteChange
_ANY_HEIGHT = (1 << 24) - 1  # of Qt
_STYLE = f"""
Section {{ border: none; padding: 0; margin: 0; }}
Section > QPushButton {{
    text-align: left; border: 2px solid transparent; background: none;
}}
Section > QPushButton:focus {{ border-color: {FOCUS_COLOUR}; }}
"""


class Section(QCollapsible):
    """A part of a form below a button that folds and unfolds it.

    Parameters
    ----------
    title : str
        Text of the button.
    content : QWidget
        What is folded away.
    """

    def __init__(self, title: str, content: QWidget) -> None:
        super().__init__(title)
        self.button = self.toggleButton()
        self.button.setStyleSheet("")
        self.setStyleSheet(_STYLE)
        # Enter presses it, as it does all others.
        self.button.setAutoDefault(True)
        self.layout().setContentsMargins(0, 0, 0, 0)
        self.setDuration(0)
        # Superqt leaves lines that wrap the height that they have without.
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.layout().setAlignment(Qt.AlignmentFlag(0))
        self.content().deleteLater()
        self.setContent(content)
        self.toggled.connect(self._release)
        self._release(False)

    def event(self, event: QEvent) -> bool:
        """Draw the arrows in the colour of the text, whatever the theme makes it."""
        done = super().event(event)
        if event.type() in _NEW_COLOURS:
            self.button.ensurePolished()
            self.setExpandedIcon("▾")
            self.setCollapsedIcon("▸")
        return done

    def eventFilter(self, watched: Any, event: QEvent) -> bool:
        """Leave the content its height, which superqt fixes when it is resized."""
        return False

    def _release(self, unfolded: bool) -> None:
        """Let the content be as high as it needs, or out of reach of the tab key.

        What is folded only by its height can be reached all the same, and a fixed
        height cuts lines that wrap, and rows that come later.
        """
        self.content().setMaximumHeight(_ANY_HEIGHT if unfolded else 0)
        self.content().setVisible(unfolded)
