"""Choosing one of several values."""

# ruff: noqa: N802 (names of Qt)

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from magicgui.widgets.bases import CategoricalWidget
from qtpy.QtCore import QSignalBlocker, Qt, Signal
from qtpy.QtWidgets import (
    QComboBox,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
)

from napari_flowprior._errors import InputError
from napari_flowprior._widgets.fields._held import Held, backend
from napari_flowprior._widgets.fields._tips import wrap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Tip = str | Callable[[], str]

__all__ = ["NARROW", "Choice", "ChoiceBox"]

NARROW = 72
"""Least width of a field, pixels."""

_PADDING = 6  # pixels beside the text, in the style of napari
# Pixels beside a label that is to be read: in a dock of 300 pixels it is whole, but for
# a few letters in its middle where a scroll bar takes their room.
_ARROW = 31


class ChoiceBox(QComboBox):
    """A list whose long labels neither make it wide nor look alike when they are cut.

    Attributes
    ----------
    whole : str
        Label that there is to be room for.
    opened : Signal
        Emitted before the list pops up.
    """

    opened = Signal()

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self.whole = ""
        self.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.setMinimumContentsLength(12)

    def showPopup(self) -> None:
        """Tell that the list is about to be seen."""
        self.opened.emit()
        super().showPopup()

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


class ChoiceBackend(backend.ComboBox, Held):
    """What ties a `Choice` to its box."""

    qt_class = ChoiceBox

    def _mgui_set_choices(self, choices: Iterable[tuple[str, Any]]) -> None:
        """Show values in their order; magicgui takes two of one label for one."""
        new, before = tuple(choices), self._mgui_get_value()
        if new == self._mgui_get_choices():
            return
        with QSignalBlocker(self._qwidget):
            self._qwidget.clear()
            for label, value in new:
                self._qwidget.addItem(label, value)
            self._mgui_set_value(before)
            if new and self._qwidget.currentIndex() < 0:
                self._qwidget.setCurrentIndex(0)
        if self._mgui_get_value() != before:
            self._emit_data(self._qwidget.currentIndex())


class Choice(CategoricalWidget[Any]):
    """The combo box of magicgui, with tool tips of its values.

    Parameters
    ----------
    labels : mapping, optional
        Label of each value; in their place, `choices` may be given as to magicgui.
    tips : mapping, optional
        Tool tip of values, or what makes it when it is first needed.
    **kwargs : object
        As of all widgets of magicgui; `tooltip` is that of values without one of their
        own.
    """

    def __init__(
        self,
        *,
        labels: Mapping[Any, str] | None = None,
        tips: Mapping[Any, Tip] | None = None,
        **kwargs: Any,
    ) -> None:
        if labels is not None:
            kwargs["choices"] = [(label, value) for value, label in labels.items()]
        self.tips: dict[Any, Tip] = dict(tips or {})
        self.general_tip: str = wrap(kwargs.get("tooltip") or "")
        super().__init__(**kwargs | {"widget_type": ChoiceBackend})
        self.changed.connect(self.show_tip)
        self.native.opened.connect(self._tell_tips)
        self.show_tip()

    def _on_value_change(self, value: Any = None) -> None:
        """Tell of None too, which magicgui takes for no value."""
        self.changed.emit(value)

    def _choose(self, value: Any) -> None:
        """Refuse what cannot be chosen, by an error of ours."""
        if value not in self.choices:
            raise InputError(f"{value!r} is none of the choices {list(self.choices)}.")
        self.set_value(value)

    value = property(CategoricalWidget.value.fget, _choose)

    @property
    def values(self) -> tuple[Any, ...]:
        """All values, in their order."""
        return self.choices

    def place(self, value: Any) -> int:
        """Return where in the list a value stands."""
        return self.choices.index(value)

    def show_tip(self) -> None:
        """Show the tool tip of what is chosen, or else that of the field."""
        self.native.setToolTip(self._tip(self.value) or self.general_tip)

    def _tip(self, value: Any) -> str:
        tip = self.tips.get(value, "")
        return wrap(tip if isinstance(tip, str) else tip())

    def _tell_tips(self) -> None:
        for row, value in enumerate(self.choices):
            self.native.setItemData(row, self._tip(value), Qt.ItemDataRole.ToolTipRole)
