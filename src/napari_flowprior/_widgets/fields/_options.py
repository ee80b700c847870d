"""Rows of a form made from the options of a dataclass."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from napari_flowprior._errors import InputError
from napari_flowprior._options import Option, options
from napari_flowprior._widgets.fields._choice import Choice, Toggle
from napari_flowprior._widgets.fields._memory import put
from napari_flowprior._widgets.fields._numbers import Number
from napari_flowprior._widgets.fields._rows import add_row

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qtpy.QtWidgets import QFormLayout

__all__ = ["OptionRows", "kind_choice", "option_field"]

# A number without bounds of its own.
_LARGEST = 1e9


class OptionRows:
    """The options of one kind of estimator or degradation.

    Parameters
    ----------
    kind : type
        A dataclass, whose `options` get a row each.
    layout : QFormLayout
        Where the rows go, at the end.
    special : mapping, optional
        Input fields of those that are more than a number, by name.
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
        for option in options(kind):
            editor = (special or {}).get(option.name)
            # Without "or", as an empty combo box is false.
            editor = option_field(option) if editor is None else editor
            self.editors[option.name] = editor
            add_row(layout, option.label, editor, option.tip)
            # Layers are none of the degradation's own.
            if option.kind != "array":
                self._defaults[option.name] = editor.setting

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


def option_field(option: Option) -> Any:
    """Make the input field of an option.

    Parameters
    ----------
    option : Option
        The option; not an array.

    Returns
    -------
    QWidget
        With a property ``setting``, which is the default of the option.
    """
    editor = _make(option)
    if not option.required:
        editor.setting = option.default
    return editor


def _make(option: Option) -> Any:
    if option.kind == "choice":
        return Choice({value: value for value in option.choices})
    if option.kind == "toggle":
        return Toggle()
    low, high = (
        bound if math.isfinite(bound) else math.copysign(_LARGEST, bound)
        for bound in (option.least, option.most)
    )
    return Number(
        # The lowest number of the field stands for None.
        low - 1 if option.optional else low,
        high,
        least=low,
        whole=option.kind == "whole",
        step=option.step,
        automatic=option.none if option.optional else "",
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
