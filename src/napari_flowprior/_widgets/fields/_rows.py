"""Forms: rows of a label and a field, and parts of them that fold away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from magicgui.widgets import Widget
from magicgui.widgets.bases import ContainerWidget
from psygnal import Signal
from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QAbstractButton,
    QFormLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from napari_flowprior._widgets.fields._choice import Choice
from napari_flowprior._widgets.fields._held import backend
from napari_flowprior._widgets.fields._tips import wrap

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Rows", "put_after", "slim_layout"]

# In pixels. Labels of all forms are as wide, so that fields stand below each other.
_LABEL = 101
_LONG = 14  # characters of a label that may need two lines
_BETWEEN = 4
_SIDES = 3


class RowsBackend(backend.Container):
    """What ties `Rows` to a form of Qt.

    The rows of magicgui are boxes in boxes, a widget more for each; their labels do not
    wrap, and boxes to check have theirs on the other side.
    """

    _layout: Any

    def __init__(
        self, *, layout: str, scrollable: bool, native: QWidget | None, parent: Any
    ) -> None:
        def rows(parent: Any) -> QWidget:
            return QWidget(parent) if native is None else native

        make: Any = rows
        backend.QBaseWidget.__init__(self, make, parent)
        self._fields: list[QWidget] = []
        self._layout = QFormLayout(self._qwidget)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        self._layout.setHorizontalSpacing(_BETWEEN)
        growing = QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow
        self._layout.setFieldGrowthPolicy(growing)

    def _mgui_insert_widget(self, position: int, widget: Widget) -> None:
        field = widget.native
        row = self._layout.rowCount()
        # Between fields, there may be other things.
        if position < len(self._fields):
            row, _ = self._layout.getWidgetPosition(self._fields[position])
        self._fields.insert(position, field)
        if isinstance(widget, Rows):
            self._layout.insertRow(row, field)
            return
        label = QLabel(widget.label)
        label.setBuddy(field)
        self._layout.insertRow(row, label, field)
        _shape(label, widget)
        _describe(label, widget)

    def _mgui_remove_widget(self, widget: Widget) -> None:
        field = widget.native
        self._fields.remove(field)
        if label := self._layout.labelForField(field):
            label.deleteLater()
        self._layout.takeRow(field)
        field.setParent(None)


class Rows(ContainerWidget[Widget]):
    """The container of magicgui as a form, with labels on the left.

    Parameters
    ----------
    native : QWidget, optional
        What shows it, in place of a new one.

    Attributes
    ----------
    refused : Signal(str)
        Emitted with a sentence when what was typed is not what was taken.
    """

    refused = Signal(str)

    def __init__(self, native: QWidget | None = None) -> None:
        super().__init__(
            labels=False, widget_type=RowsBackend, backend_kwargs={"native": native}
        )

    def insert(self, key: int, widget: Widget) -> None:
        """Add a field, or rows of their own, before what is there."""
        super().insert(key, widget)
        refused = getattr(widget, "refused", None)
        if refused is not None:
            refused.connect(lambda text: self.refused.emit(text))

    def add_after(self, before: Widget, *widgets: Widget) -> None:
        """Add fields after another one, also for the tab key."""
        place = self.index(before) + 1
        for number, widget in enumerate(widgets):
            self.insert(place + number, widget)
        put_after(before.native, [widget.native for widget in widgets])

    def show_row(self, widget: Widget, shown: bool) -> None:
        """Show or hide a field with its label."""
        self.label_of(widget).setVisible(shown)
        widget.visible = shown

    def label_of(self, widget: Widget) -> QLabel:
        """Return the label beside a field."""
        return self.native.layout().labelForField(widget.native)


def slim_layout(parent: QWidget) -> QVBoxLayout:
    """Give a dock widget a layout that leaves its room to what it shows."""
    layout = QVBoxLayout(parent)
    margins = layout.contentsMargins()
    layout.setContentsMargins(_SIDES, margins.top(), _SIDES, margins.bottom())
    return layout


def put_after(before: QWidget | None, fields: Iterable[QWidget]) -> None:
    """Let the tab key reach fields after another one, wherever they were made.

    Parameters
    ----------
    before : QWidget or None
        The field before them; None if they come first.
    fields : iterable of QWidget
        The fields, with all their parts.
    """
    for field in fields:
        for part in (field, *field.findChildren(QWidget)):
            # Lists that pop up are windows of their own.
            inside = part.window() is field.window()
            if inside and part.focusPolicy() & Qt.FocusPolicy.TabFocus:
                if before is not None:
                    QWidget.setTabOrder(before, part)
                before = part


def _shape(label: QLabel, widget: Widget) -> None:
    """Let a label be as wide as all others, and stand beside the first line."""
    label.setFixedWidth(_LABEL)
    label.setWordWrap(len(label.text()) > _LONG)
    if getattr(widget, "several_lines", False):
        label.setAlignment(Qt.AlignmentFlag.AlignTop)


def _describe(label: QLabel, widget: Widget) -> None:
    """Tell what a field is for, screen readers too, with all its parts."""
    field, choice = widget.native, isinstance(widget, Choice)
    tip = widget.general_tip if choice else wrap(widget.tooltip or "")
    label.setToolTip(tip)
    if not choice:
        field.setToolTip(tip)
    name = label.text()
    field.setAccessibleName(name)
    field.setAccessibleDescription(tip)
    for part in field.findChildren(QWidget):
        if isinstance(part, QAbstractButton):
            part.setAccessibleName(f"{name}: {part.toolTip() or part.text()}")
        elif part.focusPolicy() != Qt.FocusPolicy.NoFocus:
            part.setAccessibleName(name)
