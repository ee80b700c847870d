"""Input fields for numbers, with the property ``setting`` of all fields."""

# ruff: noqa: N802 (names of Qt)

from __future__ import annotations

from typing import Any

from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QValidator
from qtpy.QtWidgets import QDoubleSpinBox, QHBoxLayout, QPushButton, QWidget

from napari_flowprior._errors import InputError
from napari_flowprior._widgets._fields import NARROW

__all__ = ["NoiseLevel", "Number"]

_LARGEST = 1e9
_DECIMALS = 9
_ROUNDING = 10.0**-_DECIMALS


class Number(QDoubleSpinBox):
    """A number, or None where something else decides.

    Parameters
    ----------
    low, high : float
        Bounds; `low` stands for None if `automatic` is given.
    least : float, optional
        The least number, if `low` only stands for None; there is nothing in between.
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
        least: float | None = None,
        step: float = 1.0,
        whole: bool = False,
        automatic: str = "",
    ) -> None:
        super().__init__()
        self._whole = whole
        self._exact = low
        self._least = low if least is None else least
        self.setDecimals(0 if whole else _DECIMALS)
        self.setRange(low, high)
        self.setSingleStep(step)
        self.setSpecialValueText(automatic)
        self.setValue(low)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setMinimumWidth(NARROW)
        self.editingFinished.connect(self._leave_gap)

    def textFromValue(self, number: float) -> str:
        """Show as few digits as say it."""
        return f"{number:.0f}" if self._whole else f"{number:.6g}"

    def validate(self, text: str, place: int) -> Any:
        """Take an empty field for None, where that is a choice."""
        if self.specialValueText() and not text.strip():
            return QValidator.State.Acceptable, text, place
        return super().validate(text, place)

    def valueFromText(self, text: str) -> float:
        """Read a number, or None where there is no text."""
        if self.specialValueText() and not text.strip():
            return self.minimum()
        return float(super().valueFromText(text))

    def stepBy(self, steps: int) -> None:
        """Step from None to the least number, or to 0, and back."""
        value = self.value()
        target = value + steps * self.singleStep()
        if value < self._least:
            target = max(self._least, 0.0) if steps > 0 else value
        elif target < self._least:
            target = self._least if value > self._least else self.minimum()
        self.setValue(target)

    def _leave_gap(self) -> None:
        """Go up to the least number from what was typed below it."""
        if self.minimum() < self.value() < self._least:
            self.setValue(self._least)

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
            self.setValue(self.minimum())
            return
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise InputError(f"{number!r} is no number.")
        if not self._least <= number <= self.maximum():
            raise InputError(
                f"{number} is not between {self._least:g} and {self.maximum():g}."
            )
        self._exact = number
        self.setValue(number)


class NoiseLevel(QWidget):
    """A number with a button that asks for an estimate of it.

    Parameters
    ----------
    automatic : str
        What to show for None, if it can be None.
    """

    asked = Signal()

    def __init__(self, automatic: str = "auto") -> None:
        super().__init__()
        low = -1.0 if automatic else 0.0
        self.number = Number(low, least=0.0, automatic=automatic)
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
