"""Rows of a form made from the options of a dataclass."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

from magicgui.widgets import CheckBox, create_widget

from napari_flowprior._errors import InputError
from napari_flowprior._options import Option, options
from napari_flowprior._widgets.fields._choice import Choice
from napari_flowprior._widgets.fields._memory import put
from napari_flowprior._widgets.fields._numbers import Number
from napari_flowprior._widgets.fields._rows import Rows, put_after

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from magicgui.widgets import Widget

__all__ = ["OptionRows", "kind_choice", "option_field", "short_label", "toggle"]

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
    parent : Rows
        Where the rows go.
    make : callable, optional
        Makes the field of an option; by default `option_field`.
    after : Widget, optional
        The field that they come after; by default they come first.
    made : callable, optional
        Called with this object when the rows are there.
    indent : int, optional
        How far to the right labels are, in pixels.
    """

    def __init__(
        self,
        kind: type,
        parent: Rows,
        make: Callable[[Option], Any] | None = None,
        *,
        after: Widget | None = None,
        made: Callable[[OptionRows], object] | None = None,
        indent: int = _UNINDENTED,
    ) -> None:
        self._parent = parent
        self._kind = kind
        self._make = make or option_field
        self._after = after
        self._made = made
        self._indent = indent
        self._rows: Rows | None = None
        self._defaults: dict[str, Any] = {}
        self._visible = False
        # What is to be set once there is something to set.
        self._kept: dict[str, Any] = {}

    @property
    def _options(self) -> tuple[Option, ...]:
        # Only once they are wanted, as the first look at a dataclass takes a moment.
        return options(self._kind)

    @property
    def exist(self) -> bool:
        """Whether the rows were made."""
        return self._rows is not None

    @property
    def editors(self) -> dict[str, Any]:
        """Input field of each option; asking for them makes the rows."""
        # Even an empty form would be seen, as a gap between others.
        rows = self._existing() if self._options else ()
        return {widget.name: widget for widget in rows}

    def _existing(self) -> Rows:
        if self._rows is None:
            self._rows = Rows()
            self._fill(self._rows)
            if self._after is None:
                self._parent.insert(0, self._rows)
                put_after(None, [self._rows.native])
            else:
                self._parent.add_after(self._after, self._rows)
            self._rows.visible = self._visible
            if self._made is not None:
                self._made(self)
        return self._rows

    def _fill(self, rows: Rows) -> None:
        for option in self._options:
            editor = self._make(option)
            rows.append(editor)
            rows.label_of(editor).setIndent(self._indent)
            # Layers are none of the degradation's own.
            if option.kind != "array":
                self._defaults[option.name] = editor.value
        self.recall(self._kept)

    @property
    def defaults(self) -> dict[str, Any]:
        """Value of each option as long as nobody has set it; None for layers."""
        return dict.fromkeys(self.editors) | self._defaults

    def reset(self) -> None:
        """Go back to the defaults, and leave layers as they are."""
        self._kept = {}
        if self.exist:
            self.value = self._defaults

    @property
    def kept(self) -> dict[str, Any]:
        """Value of each option but layers; none that was never shown nor recalled."""
        if not self.exist:
            return self._kept
        return {name: self.editors[name].value for name in self._defaults}

    def recall(self, kept: Mapping[str, Any]) -> None:
        """Set options as they were kept; what makes no sense is passed over.

        Parameters
        ----------
        kept : mapping
            What `kept` was once, or anything.
        """
        if not self.exist:
            self._kept = {}
            if kept:
                own = {option.name for option in self._options if option.array is None}
                self._kept = {name: kept[name] for name in own & set(kept)}
            return
        for name in self._defaults:
            if name in kept:
                put(self.editors[name], kept[name])

    def set_visible(self, visible: bool, *, folded: bool = False) -> None:
        """Show or hide the rows; what is folded away need not be made yet."""
        self._visible = visible
        if self.exist or (visible and not folded and self._options):
            self._existing().visible = visible

    @property
    def value(self) -> dict[str, Any]:
        """Value of each option; setting some leaves the others."""
        return {name: editor.value for name, editor in self.editors.items()}

    @value.setter
    def value(self, values: Mapping[str, Any]) -> None:
        unknown = set(values) - set(self.editors)
        if unknown:
            raise InputError(
                f"There is no option {', '.join(sorted(unknown))}; choose of "
                f"{list(self.editors)}."
            )
        for name, value in values.items():
            self.editors[name].value = value


def option_field(option: Option, annotation: Any = None, **more: Any) -> Any:
    """Make the input field of an option.

    Parameters
    ----------
    option : Option
        The option.
    annotation : type, optional
        A type that magicgui knows the widget of, if the option is more than a number, a
        choice or a box to check.
    **more : object
        What this widget takes besides.

    Returns
    -------
    Widget
        Of magicgui; its value is the default of the option.
    """
    name, label, tip = option.name, option.label, option.tip
    if option.kind == "toggle":
        return toggle(name=name, label=label, tooltip=tip, value=option.default)
    kind, known = _choice(option) if option.kind == "choice" else _number(option)
    how = {"tooltip": tip, **(more if annotation else known)}
    field = create_widget(
        annotation=annotation or kind, name=name, label=label, options=how
    )
    if not (option.required or option.kind == "array"):
        field.value = option.default
    return field


def toggle(
    *, name: str, label: str, tooltip: str = "", value: bool = False
) -> CheckBox:
    """Make a box to check.

    Parameters
    ----------
    name, label, tooltip : str
        As of all widgets of magicgui.
    value : bool
        Whether it is checked at first.

    Returns
    -------
    CheckBox
        Without a text of its own, as it has a label beside it.
    """
    box = CheckBox(name=name, label=label, tooltip=tooltip, value=value)
    box.text = ""
    return box


def _choice(option: Option) -> tuple[Any, dict[str, Any]]:
    return Literal[option.choices], {"widget_type": Choice}


def _number(option: Option) -> tuple[Any, dict[str, Any]]:
    low, high = (
        bound if math.isfinite(bound) else math.copysign(_LARGEST, bound)
        for bound in (option.least, option.most)
    )
    whole = option.kind == "whole"
    return int if whole else float, {
        "widget_type": Number,
        # The lowest number of the field stands for None.
        "min": low - 1 if option.optional else low,
        "max": high,
        "least": low,
        "whole": whole,
        "step": option.step,
        "none": option.none if option.optional else "",
    }


def kind_choice(
    kinds: Mapping[str, Any],
    tips: Mapping[str, str],
    first: Mapping[str, str] | None = None,
    **row: str,
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
    **row : str
        Name, label and tool tip, as of all widgets of magicgui.

    Returns
    -------
    Choice
        Of names.
    """
    labels = dict(first or {}) | {n: short_label(kind) for n, kind in kinds.items()}
    said = {"auto": "The one that suits degradation and prior"}
    said |= {name: _first_line(kind) for name, kind in kinds.items()}
    return Choice(labels=labels, tips=said | dict(tips), **row)


def short_label(kind: Any) -> str:
    """Return what a narrow list calls a degradation or an estimator.

    Parameters
    ----------
    kind : type
        With a ``label``.

    Returns
    -------
    str
        The label; without its last word where that says what the list is of anyway: a
        kind of "noise", or an "image".
    """
    return str(kind.label).removesuffix(" noise").removesuffix(" image")


def _first_line(kind: type) -> str:
    """Return the first line of a docstring, without what marks code in it."""
    return (kind.__doc__ or "").splitlines()[0].replace("`", "")
