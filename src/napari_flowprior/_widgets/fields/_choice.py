"""Choosing one of several values, or yes or no."""

# ruff: noqa: N802 (names of Qt)

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
)

from napari_flowprior._errors import InputError
from napari_flowprior._widgets.fields._tips import wrap

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["NARROW", "Choice", "Toggle"]

NARROW = 72
"""Least width of a field, pixels."""

_PADDING = 6  # pixels beside the text, in the style of napari
# Pixels beside a label that is to be read: in a dock of 300 pixels it is whole, but for
# a few letters in its middle where a scroll bar takes their room.
_ARROW = 31


class Choice(QComboBox):
    """One of several values.

    Parameters
    ----------
    choices : mapping
        Label of each value.
    tips : mapping
        Tool tip of values.

    Attributes
    ----------
    general_tip : str
        Tool tip of values without one of their own.
    whole : str
        Label that there is to be room for.
    """

    def __init__(
        self,
        choices: Mapping[Any, str] | None = None,
        tips: Mapping[Any, str] | None = None,
    ) -> None:
        super().__init__()
        self._values: list[Any] = []
        self._late: dict[Any, Callable[[], str]] = {}
        self.general_tip = ""
        self.whole = ""
        # Long names must not make the dock wide.
        self.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.setMinimumContentsLength(12)
        self.currentIndexChanged.connect(self.show_tip)
        for value, label in (choices or {}).items():
            self.add(value, label, (tips or {}).get(value, ""))

    def showPopup(self) -> None:
        """Cut long names in their middle; the list is made only now, as it is heavy."""
        for value in tuple(self._late):
            self._settle(value)
        self.view().setTextElideMode(Qt.TextElideMode.ElideMiddle)
        super().showPopup()

    def add(self, value: Any, label: str, tip: str = "") -> None:
        """Add a value at the end."""
        self._values.append(value)
        self.addItem(label)
        self.setItemData(self.count() - 1, wrap(tip), Qt.ItemDataRole.ToolTipRole)
        self.show_tip()

    def add_late(self, value: Any, label: str, tip: Callable[[], str]) -> None:
        """Add a value at the end, whose tool tip is made when it is first needed."""
        self._late[value] = tip
        self.add(value, label)

    def _settle(self, value: Any) -> None:
        place, tip = self.place(value), self._late.pop(value)
        self.setItemData(place, wrap(tip()), Qt.ItemDataRole.ToolTipRole)

    @property
    def values(self) -> tuple[Any, ...]:
        """All values, in their order."""
        return tuple(self._values)

    def has(self, value: Any) -> bool:
        """Tell whether a value can be chosen."""
        return value in self._values

    def place(self, value: Any) -> int:
        """Return where in the list a value stands."""
        return self._values.index(value)

    def keep_first(self, number: int) -> None:
        """Forget all values but the first ones."""
        del self._values[number:]
        for index in reversed(range(number, self.count())):
            self.removeItem(index)

    def show_tip(self) -> None:
        """Show the tool tip of what is chosen, or else that of the field."""
        if self.setting in self._late:
            self._settle(self.setting)
        tip = self.currentData(Qt.ItemDataRole.ToolTipRole)
        self.setToolTip(tip or self.general_tip)

    @property
    def setting(self) -> Any:
        """The chosen value; None if there is nothing to choose from."""
        index = self.currentIndex()
        return self._values[index] if index >= 0 else None

    @setting.setter
    def setting(self, value: Any) -> None:
        if value not in self._values:
            raise InputError(f"{value!r} is none of the choices {self._values}.")
        self.setCurrentIndex(self._values.index(value))

    def paintEvent(self, event: Any) -> None:
        """Cut a long name in its middle, as many differ at their ends only."""
        painter, option = QStylePainter(self), QStyleOptionComboBox()
        self.initStyleOption(option)
        option.currentText = self.shown_text(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.end()

    def shown_text(self, option: QStyleOptionComboBox) -> str:
        """Return what there is room for.

        Parameters
        ----------
        option : QStyleOptionComboBox
            What is drawn.

        Returns
        -------
        str
            The label, or its beginning and its end.
        """
        field = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox,
            option,
            QStyle.SubControl.SC_ComboBoxEditField,
            self,
        )
        middle, room = Qt.TextElideMode.ElideMiddle, field.width() - _PADDING
        return self.fontMetrics().elidedText(option.currentText, middle, room)

    def minimumSizeHint(self) -> Any:
        """Cut off long names in a narrow dock."""
        hint = super().minimumSizeHint()
        whole = self.fontMetrics().horizontalAdvance(self.whole) + _ARROW
        hint.setWidth(max(NARROW, whole) if self.whole else NARROW)
        return hint

    def wheelEvent(self, event: Any) -> None:
        """Leave the wheel to the scroll area, which it is meant for."""
        event.ignore()


class Toggle(QCheckBox):
    """Yes or no."""

    @property
    def setting(self) -> bool:
        """Whether it is checked."""
        return self.isChecked()

    @setting.setter
    def setting(self, checked: bool) -> None:
        self.setChecked(checked)
