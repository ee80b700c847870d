"""Rows of a form made from the fields of a dataclass."""

from __future__ import annotations

from dataclasses import MISSING, Field, fields
from typing import TYPE_CHECKING, Any

from napari_flowprior._errors import InputError
from napari_flowprior._widgets.fields._choice import Choice, Toggle
from napari_flowprior._widgets.fields._memory import put
from napari_flowprior._widgets.fields._numbers import Number
from napari_flowprior._widgets.fields._rows import add_row

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qtpy.QtWidgets import QFormLayout

__all__ = ["OptionRows", "kind_choice"]


class OptionRows:
    """The options of one kind of estimator or degradation.

    Parameters
    ----------
    kind : type
        A dataclass; fields with a ``label`` in their metadata get a row.
    layout : QFormLayout
        Where the rows go, at the end.
    special : mapping, optional
        Input fields of those that are more than a number.
    """

    def __init__(
        self,
        kind: type,
        layout: QFormLayout,
        special: Mapping[str, Any] | None = None,
    ) -> None:
        self._layout = layout
        self._defaults: dict[str, Any] = {}
        self.editors: dict[str, Any] = {}
        for field in fields(kind):
            label = field.metadata.get("label")
            if label:
                editor = (special or {}).get(field.name)
                # Without "or", as an empty combo box is false.
                self.editors[field.name] = _editor(field) if editor is None else editor
                tip = field.metadata.get("help", "")
                add_row(layout, label, self.editors[field.name], tip)
                # Layers are none of the degradation's own.
                if "array" not in field.metadata:
                    self._defaults[field.name] = self.editors[field.name].setting

    def reset(self) -> None:
        """Go back to the defaults, and leave layers as they are."""
        self.setting = self._defaults

    @property
    def kept(self) -> dict[str, Any]:
        """Value of each option but layers."""
        return {name: self.editors[name].setting for name in self._defaults}

    def recall(self, kept: Mapping[str, Any]) -> None:
        """Set options as they were kept; what makes no sense is passed over.

        Parameters
        ----------
        kept : mapping
            What `kept` was once, or anything.
        """
        for name in self._defaults:
            if name in kept:
                put(self.editors[name], kept[name])

    def indent(self, pixels: int) -> None:
        """Move the labels to the right."""
        for editor in self.editors.values():
            self._layout.labelForField(editor).setIndent(pixels)

    def set_visible(self, visible: bool) -> None:
        """Show or hide the rows."""
        for editor in self.editors.values():
            self._layout.labelForField(editor).setVisible(visible)
            editor.setVisible(visible)

    @property
    def setting(self) -> dict[str, Any]:
        """Value of each option; setting some leaves the others."""
        return {name: editor.setting for name, editor in self.editors.items()}

    @setting.setter
    def setting(self, values: Mapping[str, Any]) -> None:
        unknown = set(values) - set(self.editors)
        if unknown:
            raise InputError(
                f"There is no option {', '.join(sorted(unknown))}; choose of "
                f"{list(self.editors)}."
            )
        for name, value in values.items():
            self.editors[name].setting = value


def _editor(field: Field[Any]) -> Any:
    default = None if field.default is MISSING else field.default
    whole = str(field.type).startswith("int")
    editor = _make(default, field.metadata, whole=whole)
    editor.setting = default
    return editor


def _make(default: Any, hints: Mapping[str, Any], *, whole: bool) -> Any:
    if "choices" in hints:
        return Choice({value: str(value) for value in hints["choices"]})
    if isinstance(default, bool):
        return Toggle()
    automatic = default is None
    low, high = hints.get("min", 0.0), hints.get("max", 1e9)
    return Number(
        # The lowest number of the field stands for None.
        low - 1 if automatic else low,
        high,
        least=low,
        whole=whole,
        step=1 if whole else default / 4 if default else min(1.0, high / 20),
        automatic=hints.get("none", "auto") if automatic else "",
    )


def kind_choice(
    kinds: Mapping[str, Any],
    tips: Mapping[str, str],
    first: Mapping[str, str] | None = None,
) -> Choice:
    """List kinds of estimators or degradations.

    Parameters
    ----------
    kinds : mapping
        Dataclasses by name, each with a ``label``.
    tips : mapping
        Tool tips by name; where there is none, it is the first line of what is said of
        the dataclass.
    first : mapping, optional
        Labels of other values, which come first.

    Returns
    -------
    Choice
        Of names.
    """
    labels = dict(first or {}) | {name: kind.label for name, kind in kinds.items()}
    said = {"auto": "The one that suits degradation and prior"}
    said |= {name: _first_line(kind) for name, kind in kinds.items()}
    return Choice(labels, said | dict(tips))


def _first_line(kind: type) -> str:
    """Return the first line of a docstring, without what marks code in it."""
    return (kind.__doc__ or "").splitlines()[0].replace("`", "")
