"""The end of docks that were closed, when Python ends."""

from __future__ import annotations

import atexit
from typing import TYPE_CHECKING
from weakref import WeakSet

from qtpy.compat import isalive
from qtpy.QtCore import QCoreApplication, QEvent

if TYPE_CHECKING:
    from qtpy.QtWidgets import QWidget

__all__ = ["delete_at_exit"]

_docks: WeakSet[QWidget] = WeakSet()


def delete_at_exit(dock: QWidget) -> None:
    """Delete a dock that is closed, but still there, when Python ends.

    PyQt would do it later, while it goes through all objects of Qt; fields of magicgui,
    which follow the events of their end, add objects meanwhile, and Python dies of it.

    Parameters
    ----------
    dock : QWidget
        The dock.
    """
    _docks.add(dock)


@atexit.register
def _delete() -> None:
    for dock in tuple(_docks):
        if isalive(dock) and dock.parent() is None:
            dock.deleteLater()
            QCoreApplication.sendPostedEvents(dock, QEvent.Type.DeferredDelete)
