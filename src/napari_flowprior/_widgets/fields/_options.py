"""Rows of a form made from the options of a dataclass."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from napari_flowprior._errors import InputError
from napari_flowprior._options import Option, options
from napari_flowprior._widgets.fields._choice import Choice, Toggle
from napari_flowprior._widgets.fields._memory import put
from napari_flowprior._widgets.fields._numbers import Number
from napari_flowprior._widgets.fields._rows import add_row, put_after

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from qtpy.QtWidgets import QFormLayout, QWidget

__all__ = ["OptionRows", "kind_choice", "option_field"]

# A number without bounds of its own.
_LARGEST = 1e9
# Where the style has labels begin, which is not at 0.
_UNINDENTED = -1


class OptionRows:
    """The options of one kind of estimator or degradation.

    The rows are made when they are first shown or asked for, as most are never wanted.

    Parameters
    ----------
    kind : type
        A dataclass, whose `options` get a row each.
    layout : QFormLayout
        Where the rows go.
    special : callable, optional
        Makes the input fields that are more than a number, by name.
    after : QWidget, optional
        The field of the row that they come after; by default they come first.
    made : callable, optional
        Called with this object when the rows are there.
    """

    def __init__(
        self,
        kind: type,
        layout: QFormLayout,
        special: Callable[[], Mapping[str, Any]] = dict,
        *,
        after: QWidget | None = None,
        made: Callable[[OptionRows], object] | None = None,
    ) -> None:
        self._layout = layout
        self._options = options(kind)
        self._special = special
        self._after = after
        self._made = made
        self._editors: dict[str, Any] | None = None
        self._defaults: dict[str, Any] = {}
        self._visible = False
        self._indent = _UNINDENTED
        # What is to be set once there is something to set.
        self._kept: dict[str, Any] = {}

    @property
    def exist(self) -> bool:
        """Whether the rows were made."""
        return self._editors is not None

    @property
    def editors(self) -> dict[str, Any]:
        """Input field of each option; asking for them makes the rows."""
        if self._editors is None:
            self._editors = {}
            self._make_rows(self._editors)
            put_after(self._after, self._editors.values())
            if self._made is not None:
                self._made(self)
        return self._editors

    def _make_rows(self, editors: dict[str, Any]) -> None:
        special = self._special()
        first = 0
        if self._after is not None:
            first = self._layout.getWidgetPosition(self._after)[0] + 1
        for place, option in enumerate(self._options, first):
            editor = special.get(option.name)
            # Without "or", as an empty combo box is false.
            editor = option_field(option) if editor is None else editor
            editors[option.name] = editor
            add_row(self._layout, option.label, editor, option.tip, place)
            # Layers are none of the degradation's own.
            if option.kind != "array":
                self._defaults[option.name] = editor.setting
        self.recall(self._kept)
        self.indent(self._indent)
        self.set_visible(self._visible)

    def reset(self) -> None:
        """Go back to the defaults, and leave layers as they are."""
        self._kept = {}
        if self.exist:
            self.setting = self._defaults

    @property
    def kept(self) -> dict[str, Any]:
        """Value of each option but layers; none that was never shown nor recalled."""
        if not self.exist:
            return self._kept
        return {name: self.editors[name].setting for name in self._defaults}

    def recall(self, kept: Mapping[str, Any]) -> None:
        """Set options as they were kept; what makes no sense is passed over.

        Parameters
        ----------
        kept : mapping
            What `kept` was once, or anything.
        """
        if not self.exist:
            names = [option.name for option in self._options if option.kind != "array"]
            self._kept = {name: kept[name] for name in names if name in kept}
            return
        for name in self._defaults:
            if name in kept:
                put(self.editors[name], kept[name])

    def indent(self, pixels: int) -> None:
        """Move the labels to the right."""
        self._indent = pixels
        for editor in (self._editors or {}).values():
            self._layout.labelForField(editor).setIndent(pixels)

    def set_visible(self, visible: bool) -> None:
        """Show or hide the rows."""
        self._visible = visible
        if visible or self.exist:
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
