"""Input fields for names and places."""

# ruff: noqa: N802 (names of Qt)

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from magicgui.widgets import LineEdit
from magicgui.widgets.bases import ValuedContainerWidget, ValueWidget
from qtpy.QtCore import QRect, Qt
from qtpy.QtGui import QPalette
from qtpy.QtWidgets import (
    QFileDialog,
    QLineEdit,
    QStyle,
    QStyleOptionFrame,
    QStylePainter,
)

from napari_flowprior._errors import InputError
from napari_flowprior._widgets.fields._buttons import browse_button
from napari_flowprior._widgets.fields._held import Held, backend

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["FileName", "Place"]

_PADDING = 2  # pixels beside the text, in the style of Qt
_FORBIDDEN = set('/\\:*?"<>|')


class FileName(LineEdit):
    """Name of a file, without folder and suffix.

    Parameters
    ----------
    suffix : str
        Suffix that is dropped where it is typed all the same.
    **kwargs : object
        As of all widgets of magicgui.
    """

    def __init__(self, *, suffix: str, **kwargs: Any) -> None:
        self._suffix = suffix
        super().__init__(**kwargs)

    def get_value(self) -> str:
        """Return the name."""
        return str(super().get_value()).strip().removesuffix(self._suffix)

    def checked(self) -> str:
        """Return the name.

        Raises
        ------
        InputError
            If no file can have it.
        """
        name = self.value
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


class PathBackend(backend.LineEdit, Held):
    """What ties a line of magicgui to one that shows the end of a path."""

    qt_class = PathLine


# Not magicgui's FileEdit, which makes whatever is typed an absolute path, and nothing
# the present folder.
class Place(ValuedContainerWidget[str]):
    """A folder, or what else is typed in its place.

    Parameters
    ----------
    question : str
        Title of the dialog behind the button.
    **kwargs : object
        As of all widgets of magicgui.

    Attributes
    ----------
    line : ValueWidget
        The path.
    button : PushButton
        Opens the dialog.
    """

    def __init__(self, *, question: str, **kwargs: Any) -> None:
        self._question = question
        self.line: ValueWidget[str] = ValueWidget(widget_type=PathBackend)
        self.button = browse_button(question)
        super().__init__(
            **kwargs
            | {"widgets": [self.line, self.button]}
            | {"layout": "horizontal", "labels": False}
        )
        self.margins = (0, 0, 0, 0)
        self.native.layout().setSpacing(2)
        self.line.changed.connect(lambda: self.changed.emit(self.value))
        self.button.changed.connect(self._browse)

    def get_value(self) -> str:
        """Return the path; empty if there is none."""
        return self.line.value.strip()

    def set_value(self, path: str | PathLike[str]) -> None:
        """Take a path."""
        self.line.value = str(path)
        self.line.tooltip = str(path)

    def checked(self) -> Path:
        """Return the path.

        Raises
        ------
        InputError
            If it is empty.
        """
        if not self.value:
            raise InputError(f"No folder is chosen; use the button: {self._question}.")
        return Path(self.value).expanduser()

    def _browse(self) -> None:
        path = QFileDialog.getExistingDirectory(self.native, self._question, self.value)
        if path:
            self.value = path
