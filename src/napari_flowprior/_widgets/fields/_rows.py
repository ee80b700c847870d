"""Rows of a form, and parts of it that are folded away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QAbstractButton,
    QFormLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from napari_flowprior._widgets.fields._buttons import ToolButton
from napari_flowprior._widgets.fields._choice import Choice
from napari_flowprior._widgets.fields._tips import wrap

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Section", "add_row", "form_layout", "put_after", "slim_layout"]

# In pixels. Labels of all forms are as wide, so that fields stand below each other.
_LABEL = 101
_LONG = 14  # characters of a label that may need two lines
_BETWEEN = 4
_SIDES = 3


class Section(QWidget):
    """A part of a form that is folded away until it is wanted.

    Parameters
    ----------
    title : str
        Text of the button that unfolds it.
    """

    def __init__(self, title: str) -> None:
        super().__init__()
        self.button = ToolButton()
        self.button.setText(title)
        self.button.setCheckable(True)
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.toggled.connect(self._fold)
        self.content = QWidget()
        self.rows = form_layout(self.content)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.button)
        layout.addWidget(self.content)
        self._fold(False)

    def _fold(self, unfolded: bool) -> None:
        arrow = Qt.ArrowType.DownArrow if unfolded else Qt.ArrowType.RightArrow
        self.button.setArrowType(arrow)
        self.content.setVisible(unfolded)


def form_layout(parent: QWidget) -> QFormLayout:
    """Give a widget the layout of a form with labels on the left."""
    layout = QFormLayout(parent)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
    layout.setHorizontalSpacing(_BETWEEN)
    layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    return layout


def slim_layout(parent: QWidget) -> QVBoxLayout:
    """Give a dock widget a layout that leaves its room to what it shows."""
    layout = QVBoxLayout(parent)
    margins = layout.contentsMargins()
    layout.setContentsMargins(_SIDES, margins.top(), _SIDES, margins.bottom())
    return layout


def add_row(
    layout: QFormLayout, label: str, field: QWidget, tip: str = "", place: int = -1
) -> None:
    """Add a field with its label, both with the same tool tip."""
    text = QLabel(label)
    text.setBuddy(field)
    layout.insertRow(place, text, field)
    _shape(text, field)
    if tip:
        tip = wrap(tip)
        field.setToolTip(tip)
        if isinstance(field, Choice):
            field.general_tip = tip
        text.setToolTip(tip)
    _name(field, label, tip)


def _shape(label: QLabel, field: QWidget) -> None:
    """Let a label be as wide as all others, and stand beside the first line."""
    label.setFixedWidth(_LABEL)
    label.setWordWrap(len(label.text()) > _LONG)
    if getattr(field, "several_lines", False):
        label.setAlignment(Qt.AlignmentFlag.AlignTop)


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


def _name(field: QWidget, label: str, tip: str) -> None:
    """Tell screen readers what a field is for, with all its parts."""
    field.setAccessibleName(label)
    field.setAccessibleDescription(tip)
    for part in field.findChildren(QWidget):
        if isinstance(part, QAbstractButton):
            part.setAccessibleName(f"{label}: {part.toolTip() or part.text()}")
        elif part.focusPolicy() != Qt.FocusPolicy.NoFocus:
            part.setAccessibleName(label)
