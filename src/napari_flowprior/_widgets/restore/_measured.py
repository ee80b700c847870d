"""Numbers that were measured in a layer, and do not hold for another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.compat import isalive

if TYPE_CHECKING:
    from napari_flowprior._widgets.fields import OptionRows

__all__ = ["Measured"]


class Measured:
    """Fields that were filled in by a look at an image."""

    def __init__(self) -> None:
        self._fields: list[tuple[Any, Any, Any]] = []

    def fill_in(self, field: Any, value: Any, otherwise: Any) -> None:
        """Fill in what was measured.

        Parameters
        ----------
        field : Widget
            The field.
        value : object
            What was measured.
        otherwise : object
            What it is set to as soon as there is another image.
        """
        field.value = value
        # Fields round.
        self._fields.append((field, field.value, otherwise))

    def without(self, rows: OptionRows) -> dict[str, Any]:
        """Return what is to be kept of options, for other images.

        Parameters
        ----------
        rows : OptionRows
            Their fields.

        Returns
        -------
        dict
            As `OptionRows.kept`, but for what was measured.
        """
        kept = dict(rows.kept)
        for field, value, otherwise in self._fields if rows.exist else ():
            if rows.editors.get(field.name) is field and field.value == value:
                kept[field.name] = otherwise
        return kept

    def forget(self) -> None:
        """Take back what was measured, but not what was typed since."""
        fields, self._fields = self._fields, []
        for field, value, otherwise in fields:
            if isalive(field.native) and field.value == value:
                field.value = otherwise
