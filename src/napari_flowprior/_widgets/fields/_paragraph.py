"""Text of several lines, none of which is ever cut off."""

# ruff: noqa: N802 (names of Qt)

from __future__ import annotations

from typing import Any

from qtpy.QtWidgets import QLabel

__all__ = ["Paragraph"]


class Paragraph(QLabel):
    """A label that breaks its lines and keeps the height that they need.

    Where room is scarce, layouts squeeze other labels of several lines, as these ask
    for no more than one of some width.

    Parameters
    ----------
    text : str
        What it says.
    """

    def __init__(self, text: str = "") -> None:
        super().__init__(text)
        self._kept = "", 0
        self.setWordWrap(True)

    def setText(self, text: str) -> None:
        """Say something else."""
        super().setText(text)
        if self.isVisible():
            self._keep_height()

    def resizeEvent(self, event: Any) -> None:
        """Take as many lines as there are at this width."""
        super().resizeEvent(event)
        self._keep_height()

    def _keep_height(self) -> None:
        said = self.text(), self.width()
        if said != self._kept:
            self._kept = said
            # It is a part of what the height is taken for.
            self.setMinimumHeight(0)
            self.setMinimumHeight(max(0, self.heightForWidth(self.width())))
