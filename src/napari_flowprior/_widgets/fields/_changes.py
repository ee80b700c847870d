"""One signal for the changes of all fields of a form."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from qtpy.QtWidgets import QCheckBox, QComboBox, QLineEdit, QWidget

from napari_flowprior._widgets.fields._numbers import Number

if TYPE_CHECKING:
    from qtpy.QtCore import SignalInstance

__all__ = ["new_fields", "tell_changes"]

Field = TypeVar("Field", bound=QWidget)


def tell_changes(form: QWidget, changed: SignalInstance) -> None:
    """Emit a signal whenever a field of a form changes.

    Parameters
    ----------
    form : QWidget
        The form; again, when it has more fields.
    changed : Signal
        The signal.
    """
    for choice in new_fields(form, QComboBox):
        choice.currentIndexChanged.connect(changed)
    for toggle in new_fields(form, QCheckBox):
        toggle.toggled.connect(changed)
    for number in new_fields(form, Number):
        number.valueChanged.connect(changed)
    for line in new_fields(form, QLineEdit):
        # What is typed into a number counts when it is one.
        if not isinstance(line.parent(), Number):
            line.textChanged.connect(changed)


def new_fields(form: QWidget, kind: type[Field], purpose: str = "") -> list[Field]:
    """Find the fields of a kind that are new since this was asked before.

    Parameters
    ----------
    form : QWidget
        The form.
    kind : type
        Kind of fields.
    purpose : str
        What for; for each purpose they are new once.

    Returns
    -------
    list of QWidget
        The fields.
    """
    name = f"known as {kind.__name__} {purpose}"
    new = [each for each in form.findChildren(kind) if not each.property(name)]
    for each in new:
        each.setProperty(name, True)
    return new
