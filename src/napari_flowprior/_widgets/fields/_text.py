"""Input fields for names and places, with the property ``setting`` of all fields."""

# ruff: noqa: N802 (names of Qt)

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QRect, Qt
from qtpy.QtGui import QPalette
from qtpy.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QStyle,
    QStyleOptionFrame,
    QStylePainter,
    QWidget,
)

from napari_flowprior._errors import InputError
from napari_flowprior._widgets.fields._buttons import BROWSE, Button

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["FileName", "Place"]

_PADDING = 2  # pixels beside the text, in the style of Qt
_FORBIDDEN = set('/\\:*?"<>|')


class FileName(QLineEdit):
    """Name of a file, without folder and suffix.

    Parameters
    ----------
    suffix : str
        Suffix that is dropped where it is typed all the same.
    """

    def __init__(self, suffix: str) -> None:
        super().__init__()
        self._suffix = suffix

    @property
    def setting(self) -> str:
        """The name."""
        return self.text().strip().removesuffix(self._suffix)

    @setting.setter
    def setting(self, name: str) -> None:
        self.setText(name)

    def checked(self) -> str:
        """Return the name.

        Raises
        ------
        InputError
            If no file can have it.
        """
        name = self.setting
        if not name.strip("."):
            raise InputError("The prior has no name; type one.")
        wrong = sorted(_FORBIDDEN & set(name))
        if wrong:
            raise InputError(
                f"The name {name!r} has {' '.join(wrong)} in it, which files cannot "
                "have; leave it out, and choose the folder in its own field."
            )
        return name


class PathLine(QLineEdit):
    """A line that shows the end of a long path, which says more than its beginning."""

    def paintEvent(self, event: Any) -> None:
        """Show that a path is cut, unless it is being typed."""
        if self.hasFocus() or self.shown_text() == self.text():
            super().paintEvent(event)
            return
        painter, option = QStylePainter(self), QStyleOptionFrame()
        self.initStyleOption(option)
        painter.drawPrimitive(QStyle.PrimitiveElement.PE_PanelLineEdit, option)
        painter.setPen(option.palette.color(QPalette.ColorRole.Text))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(self._room(option), middle, self.shown_text())
        painter.end()

    def shown_text(self) -> str:
        """Return what there is room for.

        Returns
        -------
        str
            The path, or its end.
        """
        option = QStyleOptionFrame()
        self.initStyleOption(option)
        begin, room = Qt.TextElideMode.ElideLeft, self._room(option).width()
        return self.fontMetrics().elidedText(self.text(), begin, room)

    def _room(self, option: QStyleOptionFrame) -> QRect:
        contents = QStyle.SubElement.SE_LineEditContents
        room = self.style().subElementRect(contents, option, self)
        return room.adjusted(_PADDING, 0, -_PADDING, 0)


class Place(QWidget):
    """A folder, or what else is typed in its place.

    Parameters
    ----------
    question : str
        Title of the dialog behind the button.
    """

    def __init__(self, question: str) -> None:
        super().__init__()
        self._question = question
        self.line = PathLine()
        self.button = Button("…")
        self.button.setFixedWidth(BROWSE)
        self.button.setToolTip(question)
        self.button.clicked.connect(self._browse)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.line, 1)
        layout.addWidget(self.button)

    @property
    def setting(self) -> str:
        """The path; empty if there is none."""
        return self.line.text().strip()

    @setting.setter
    def setting(self, path: str | PathLike[str]) -> None:
        self.line.setText(str(path))
        self.line.setToolTip(str(path))

    def checked(self) -> Path:
        """Return the path.

        Raises
        ------
        InputError
            If it is empty.
        """
        if not self.setting:
            raise InputError(f"No folder is chosen; use the button: {self._question}.")
        return Path(self.setting).expanduser()

    def _browse(self) -> None:
        path = QFileDialog.getExistingDirectory(self, self._question, self.setting)
        if path:
            self.setting = path
