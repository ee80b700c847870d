"""One signal for the changes of all fields of a form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtWidgets import QCheckBox, QComboBox, QLineEdit, QWidget

from napari_flowprior._widgets.fields._numbers import Number

if TYPE_CHECKING:
    from qtpy.QtCore import SignalInstance

__all__ = ["tell_changes"]


def tell_changes(form: QWidget, changed: SignalInstance) -> None:
    """Emit a signal whenever a field of a form changes.

    Parameters
    ----------
    form : QWidget
        The form, with all its fields.
    changed : Signal
        The signal.
    """
    for choice in form.findChildren(QComboBox):
        choice.currentIndexChanged.connect(changed)
    for toggle in form.findChildren(QCheckBox):
        toggle.toggled.connect(changed)
    for number in form.findChildren(Number):
        number.valueChanged.connect(changed)
    for line in form.findChildren(QLineEdit):
        # What is typed into a number counts when it is one.
        if not isinstance(line.parent(), Number):
            line.textChanged.connect(changed)
