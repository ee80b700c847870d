"""Input fields for numbers."""

# ruff: noqa: N802 (names of Qt)

from __future__ import annotations

import math
import re
from typing import Any

from magicgui.widgets.bases import RangedWidget
from psygnal import Signal
from qtpy.QtCore import QLocale, Qt
from qtpy.QtCore import Signal as QtSignal
from qtpy.QtGui import QValidator
from qtpy.QtWidgets import QDoubleSpinBox

from napari_flowprior._errors import InputError
from napari_flowprior._widgets.fields._choice import NARROW
from napari_flowprior._widgets.fields._colours import WRONG
from napari_flowprior._widgets.fields._held import Held, backend

__all__ = ["DECIMALS", "Number"]

DECIMALS = 9
"""How many digits after the point a field holds."""

_LARGEST = 1e9
_ROUNDING = 10.0**-DECIMALS
# What is 1000 to some is 1 to others.
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+")


class NumberBox(QDoubleSpinBox):
    """A box whose numbers are neither rounded nor refused in silence, as Qt's are.

    Attributes
    ----------
    refused : Signal(str)
        Emitted with a sentence after something else was taken than what was typed.
    """

    refused = QtSignal(str)

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._whole = False
        self._refusal = ""
        self._exact = self._least = 0.0
        self._before: float | None = None
        self.setLocale(QLocale.c())
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setMinimumWidth(NARROW)
        self.lineEdit().textEdited.connect(self._remember)
        self.lineEdit().textChanged.connect(self._mark)
        self.editingFinished.connect(self._report)

    def set_up(
        self, low: float, high: float, least: float, *, whole: bool, none: str
    ) -> None:
        """Say which numbers there are, as of `Number`."""
        self._whole, self._exact, self._least = whole, low, least
        self.setDecimals(0 if whole else DECIMALS)
        self.setRange(low, high)
        self.setSpecialValueText(none)
        self.setValue(low)

    def number(self) -> float | int | None:
        """Return the number."""
        if self.specialValueText() and self.value() == self.minimum():
            return None
        # What is shown is rounded, which what a script or a default says is not.
        untouched = abs(self.value() - self._exact) < _ROUNDING
        number = self._exact if untouched else self.value()
        return int(number) if self._whole else number

    def set_number(self, number: float | None) -> None:
        """Take a number, or None if there is a text for it; refuse all others."""
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

    def textFromValue(self, number: float) -> str:
        """Show as few digits as say it."""
        return f"{number:.0f}" if self._whole else f"{number:.6g}"

    def validate(self, text: str, place: int) -> Any:
        """Let anything be typed, but take only what is in the range, or nothing."""
        return self._state(text), text, place

    def fixup(self, text: str) -> str:
        """Find what is nearest to a number that cannot be taken, and say why."""
        number = _read(self._typed(text))
        if math.isnan(number):
            kept = self.value() if self._before is None else self._before
            shown, text = self._shown(kept), text.strip() or "Nothing"
            self._refusal = f"{text} is no number, so {shown} was kept."
            return shown
        nearest = min(max(number, self._least), self.maximum())
        nearest = float(round(nearest)) if self._whole else nearest
        self._refusal = f"{self._reason(number, text)} {nearest:.9g} was taken."
        return f"{nearest:.17g}"

    def valueFromText(self, text: str) -> float:
        """Read a number, or None where there is no text."""
        if self._is_none(text):
            return self.minimum()
        return _read(self._typed(text))

    def stepBy(self, steps: int) -> None:
        """Step from None to the least number, or to 0, and back."""
        value = self.value()
        target = value + steps * self.singleStep()
        if value < self._least:
            target = max(self._least, 0.0) if steps > 0 else value
        elif target < self._least:
            target = self._least if value > self._least else self.minimum()
        self.setValue(target)

    def _state(self, text: str) -> QValidator.State:
        if self._is_none(text):
            return QValidator.State.Acceptable
        number = _read(self._typed(text))
        fits = self._least <= number <= self.maximum()
        if fits and not (self._whole and number % 1):
            return QValidator.State.Acceptable
        return QValidator.State.Intermediate

    def _is_none(self, text: str) -> bool:
        none = self.specialValueText()
        return bool(none) and text.strip() in ("", none)

    def _typed(self, text: str) -> str:
        """Leave out the word for None, beside which a number may have been typed."""
        none = self.specialValueText()
        return (text.replace(none, "") if none else text).strip()

    def _shown(self, value: float) -> str:
        none = self.specialValueText() and value == self.minimum()
        return self.specialValueText() if none else self.textFromValue(value)

    def _reason(self, number: float, text: str) -> str:
        text = self._typed(text)
        if number < self._least:
            return f"{text} is less than {self._least:.9g}, so"
        if number > self.maximum():
            return f"{text} is more than {self.maximum():.9g}, so"
        return f"{text} is no whole number, so"

    def _remember(self) -> None:
        """Keep the number of before, as each part of what is typed may be one."""
        if self._before is None:
            self._before = self.value()

    def _mark(self, text: str) -> None:
        right = self._state(text) == QValidator.State.Acceptable
        style = "" if right else WRONG
        if self.lineEdit().styleSheet() != style:
            self.lineEdit().setStyleSheet(style)

    def _report(self) -> None:
        refusal, self._refusal, self._before = self._refusal, "", None
        self._mark(self.text())
        if refusal:
            self.refused.emit(refusal)

    def sizeHint(self) -> Any:
        """Ask for the room of common values, not of the largest one."""
        hint = super().sizeHint()
        hint.setWidth(100)
        return hint

    def wheelEvent(self, event: Any) -> None:
        """Leave the wheel to the scroll area, which it is meant for."""
        event.ignore()


class NumberBackend(backend.FloatSpinBox, Held):
    """What ties a `Number` to its box."""

    qt_class = NumberBox

    def __init__(self, *, parent: Any = None, **numbers: Any) -> None:
        super().__init__(parent=parent)
        self._qwidget.set_up(**numbers)

    def _mgui_get_value(self) -> float | int | None:
        return self._qwidget.number()

    def _mgui_set_value(self, value: float | None) -> None:
        self._qwidget.set_number(value)


class Number(RangedWidget[float]):
    """The spin box of magicgui, for a number or None where something else decides.

    Whatever is typed is shown, in red while it is no number that can be taken. When the
    field is left, it takes the nearest that can, or keeps the one before if nothing is
    near, and says so.

    Parameters
    ----------
    min, max : float
        Bounds; `min` stands for None if `none` is given.
    least : float, optional
        The least number, if `min` only stands for None; there is nothing in between.
    whole : bool
        Whether it is an integer.
    none : str
        What to show for None.
    step : float
        Step of the arrows.
    **kwargs : object
        As of all widgets of magicgui.

    Attributes
    ----------
    refused : Signal(str)
        Emitted with a sentence after something else was taken than what was typed.
    """

    refused = Signal(str)

    def __init__(
        self,
        *,
        min: float = 0.0,
        max: float = _LARGEST,
        least: float | None = None,
        whole: bool = False,
        none: str = "",
        step: float = 1.0,
        **kwargs: Any,
    ) -> None:
        least = _least(min, least, whole=whole, none=none)
        numbers = {"low": min, "high": max, "least": least, "whole": whole}
        super().__init__(
            **kwargs
            | {"min": min, "max": max, "step": step, "widget_type": NumberBackend}
            | {"backend_kwargs": numbers | {"none": none}}
        )
        self.native.refused.connect(self.refused.emit)

    def set_value(self, value: Any) -> None:
        """Take a number or None, or refuse it in a sentence of ours."""
        self.native.set_number(value)

    def _on_value_change(self, value: Any = None) -> None:
        """Tell of None where it is shown, and of all digits."""
        self.changed.emit(self.get_value())


def _least(low: float, least: float | None, *, whole: bool, none: str) -> float:
    """Find the least number; where the lowest stands for None, it is another one."""
    if least is not None:
        return least
    return low + 1 if none and whole else low


def _read(text: str) -> float:
    """Read a number with a point or a comma; NaN where there is none."""
    text = "" if _THOUSANDS.fullmatch(text) else text.replace(",", ".")
    try:
        number = float(text)
    except ValueError:
        return math.nan
    return math.nan if math.isinf(number) else number
