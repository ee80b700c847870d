"""A noise level, which may be estimated."""

from __future__ import annotations

from typing import Any

from magicgui import register_type
from magicgui.widgets import PushButton
from magicgui.widgets.bases import ValuedContainerWidget
from psygnal import Signal

from napari_flowprior._widgets.fields._numbers import Number

__all__ = ["Level", "NoiseLevel"]


class Level(float):
    """What magicgui shows as a `NoiseLevel`: in units of an image."""


class NoiseLevel(ValuedContainerWidget[float]):
    """A number with a button that asks for an estimate of it.

    Parameters
    ----------
    none : str
        What to show for None, if it can be None.
    **kwargs : object
        As of all widgets of magicgui.

    Attributes
    ----------
    number : Number
        The number.
    button : PushButton
        Asks for an estimate.
    asked : Signal(NoiseLevel)
        Emitted with this field when an estimate is asked for.
    refused : Signal(str)
        As of `Number`.
    """

    asked = Signal(object)
    refused = Signal(str)

    def __init__(self, *, none: str = "auto", **kwargs: Any) -> None:
        self.number = Number(min=-1.0 if none else 0.0, least=0.0, none=none)
        self.button = PushButton(
            text="Estimate", tooltip="Estimate the noise level of the layer now"
        )
        super().__init__(
            **kwargs
            | {"widgets": [self.number, self.button]}
            | {"layout": "horizontal", "labels": False}
        )
        self.margins = (0, 0, 0, 0)
        self.native.layout().setStretch(0, 1)
        self.number.changed.connect(lambda: self.changed.emit(self.value))
        self.number.refused.connect(lambda text: self.refused.emit(text))
        self.button.changed.connect(lambda: self.asked.emit(self))

    def get_value(self) -> Any:
        """Return the number; None to estimate it."""
        return self.number.value

    def set_value(self, value: Any) -> None:
        """Take a number, or None."""
        self.number.value = value


register_type(Level, widget_type=NoiseLevel)
