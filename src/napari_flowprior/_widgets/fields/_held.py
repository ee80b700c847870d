"""Widgets of magicgui that hold classes of ours in place of Qt's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

# The classes that tie magicgui to Qt have no public name, and no other way in for a
# subclass of what they make.
from magicgui.backends._qtpy import widgets as backend

if TYPE_CHECKING:
    from qtpy.QtWidgets import QWidget

__all__ = ["Held", "backend"]


class Held(backend.QBaseWidget):
    """Comes after a class of `backend`, which then makes a `qt_class`."""

    qt_class: type[QWidget]

    def __init__(self, qwidg: type[QWidget], parent: Any = None, **kwargs: Any) -> None:
        super().__init__(self.qt_class, parent, **kwargs)
