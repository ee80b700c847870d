"""Input fields with one property, ``setting``, which is checked and scriptable."""

# ruff: noqa: N802 (names of Qt)

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from napari_flowprior._errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "WRONG",
    "WRONG_COLOUR",
    "Choice",
    "NoiseLevel",
    "Number",
    "Section",
    "Toggle",
    "add_row",
    "form_layout",
]

WRONG_COLOUR = "#e4574c"
"""Colour of what is wrong; it can be read on dark and on light ground."""

WRONG = f"color: {WRONG_COLOUR};"
"""Style of what is wrong."""

_LARGEST = 1e9
_NARROW = 72  # pixels
_DECIMALS = 9
_TIP_WIDTH = 60  # characters
_ROUNDING = 10.0**-_DECIMALS


class Choice(QComboBox):
    """One of several values.

    Parameters
    ----------
    choices : mapping
        Label of each value.
    tips : mapping
        Tool tip of values.
    """

    def __init__(
        self,
        choices: Mapping[Any, str] | None = None,
        tips: Mapping[Any, str] | None = None,
    ) -> None:
        super().__init__()
        self._values: list[Any] = []
        self.general_tip = ""
        # Long names must not make the dock wide.
        self.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.setMinimumContentsLength(12)
        self.currentIndexChanged.connect(self.show_tip)
        for value, label in (choices or {}).items():
            self.add(value, label, (tips or {}).get(value, ""))

    def add(self, value: Any, label: str, tip: str = "") -> None:
        """Add a value at the end."""
        self._values.append(value)
        self.addItem(label)
        self.setItemData(self.count() - 1, wrap(tip), Qt.ItemDataRole.ToolTipRole)
        self.show_tip()

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

    def minimumSizeHint(self) -> Any:
        """Cut off long names in a narrow dock."""
        hint = super().minimumSizeHint()
        hint.setWidth(_NARROW)
        return hint

    def wheelEvent(self, event: Any) -> None:
        """Leave the wheel to the scroll area, which it is meant for."""
        event.ignore()


class Number(QDoubleSpinBox):
    """A number, or None where something else decides.

    Parameters
    ----------
    low, high : float
        Bounds; `low` stands for None if `automatic` is given.
    step : float
        Step of the arrows.
    whole : bool
        Whether it is an integer.
    automatic : str
        What to show for None.
    """

    def __init__(
        self,
        low: float = 0.0,
        high: float = _LARGEST,
        *,
        step: float = 1.0,
        whole: bool = False,
        automatic: str = "",
    ) -> None:
        super().__init__()
        self._whole = whole
        self._exact = low
        self.setDecimals(0 if whole else _DECIMALS)
        self.setRange(low, high)
        self.setSingleStep(step)
        self.setSpecialValueText(automatic)
        self.setValue(low)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setMinimumWidth(_NARROW)

    def textFromValue(self, number: float) -> str:
        """Show as few digits as say it."""
        return f"{number:.0f}" if self._whole else f"{number:.6g}"

    def sizeHint(self) -> Any:
        """Ask for the room of common values, not of the largest one."""
        hint = super().sizeHint()
        hint.setWidth(100)
        return hint

    def wheelEvent(self, event: Any) -> None:
        """Leave the wheel to the scroll area, which it is meant for."""
        event.ignore()

    @property
    def setting(self) -> float | int | None:
        """The number."""
        if self.specialValueText() and self.value() == self.minimum():
            return None
        # What is shown is rounded, which what a script or a default says is not.
        untouched = abs(self.value() - self._exact) < _ROUNDING
        number = self._exact if untouched else self.value()
        return int(number) if self._whole else number

    @setting.setter
    def setting(self, number: float | None) -> None:
        if number is None and self.specialValueText():
            number = self.minimum()
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise InputError(f"{number!r} is no number.")
        if not self.minimum() <= number <= self.maximum():
            raise InputError(
                f"{number} is not between {self.minimum():g} and {self.maximum():g}."
            )
        self._exact = number
        self.setValue(number)


class NoiseLevel(QWidget):
    """A number with a button that asks for an estimate of it."""

    asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.number = Number(automatic="auto")
        self.button = QPushButton("Estimate")
        self.button.setToolTip("Estimate the noise level of the layer now")
        self.button.clicked.connect(self.asked)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.number, 1)
        layout.addWidget(self.button)

    @property
    def setting(self) -> float | None:
        """The number; None to estimate it."""
        return self.number.setting

    @setting.setter
    def setting(self, number: float | None) -> None:
        self.number.setting = number


class Toggle(QCheckBox):
    """Yes or no."""

    @property
    def setting(self) -> bool:
        """Whether it is checked."""
        return self.isChecked()

    @setting.setter
    def setting(self, checked: bool) -> None:
        self.setChecked(checked)


class Section(QWidget):
    """A part of a form that is folded away until it is wanted.

    Parameters
    ----------
    title : str
        Text of the button that unfolds it.
    """

    def __init__(self, title: str) -> None:
        super().__init__()
        self.button = QToolButton()
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
    layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    return layout


def add_row(layout: QFormLayout, label: str, field: QWidget, tip: str = "") -> None:
    """Add a field with its label, both with the same tool tip."""
    layout.addRow(label, field)
    if tip:
        tip = wrap(tip)
        field.setToolTip(tip)
        if isinstance(field, Choice):
            field.general_tip = tip
        layout.labelForField(field).setToolTip(tip)


def wrap(text: str) -> str:
    """Break long lines, which tool tips do not do by themselves."""
    lines = (
        fill(line, _TIP_WIDTH, break_long_words=False, break_on_hyphens=False)
        for line in text.splitlines()
    )
    return "\n".join(lines)
