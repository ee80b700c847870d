"""Several degradations, one after the other, each with its options."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, Signal

from napari_flowprior._errors import InputError
from napari_flowprior._widgets.fields import Choice, short_label
from napari_flowprior.restoration import DEGRADATIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from magicgui.widgets import Widget

    from napari_flowprior._widgets.fields import OptionRows, Rows
    from napari_flowprior.restoration import Degradation

__all__ = ["Steps"]

_FIRST, _NEXT = ("First", "choose…"), ("Then", "nothing else")
_MOST = 4
_INDENT = 10  # pixels
_TIP = (
    "What happened to the image, the first one first: blur and downsampling, noise "
    "between and after them, then JPEG artefacts or quantisation, then holes"
)


class Steps(QObject):
    """Up to four degradations; each can be chosen when the one before is.

    Parameters
    ----------
    form : Rows
        Where the rows go.
    make_rows : callable
        What adds the rows for the options of a degradation to it, after a field, with
        an indent.
    after : Widget
        The field that the first of them comes after.

    Attributes
    ----------
    changed : Signal
        Emitted when another one is chosen.
    """

    changed = Signal()

    def __init__(
        self,
        form: Rows,
        make_rows: Callable[..., OptionRows],
        after: Widget,
    ) -> None:
        super().__init__()
        self._form = form
        self._make_rows = make_rows
        self._after = after
        self._visible = False
        self._choices: list[Choice] = []
        self._rows: list[dict[str, OptionRows]] = []

    @property
    def choices(self) -> list[Choice]:
        """The degradations, None for no more; made when they are first asked for."""
        if not self._choices:
            for number in range(_MOST):
                self._add(_FIRST if number == 0 else _NEXT)
            self.set_visible(self._visible)
        return self._choices

    def _add(self, words: tuple[str, str]) -> None:
        label, nothing = words
        kinds = _combining()
        before = self._choices[-1] if self._choices else self._after
        labels: dict[str | None, str] = {None: nothing}
        labels |= {name: short_label(kind) for name, kind in kinds.items()}
        choice = Choice(labels=labels, label=label, tooltip=_TIP)
        self._form.add_after(before, choice)
        choice.changed.connect(self.changed.emit)
        self._choices.append(choice)
        self._rows.append(
            {n: self._make_rows(k, choice, indent=_INDENT) for n, k in kinds.items()}
        )

    def set_visible(self, visible: bool) -> None:
        """Show or hide the rows of all steps up to the first that is not chosen."""
        self._visible = visible
        choices = self.choices if visible else self._choices
        for choice, kinds in zip(choices, self._rows, strict=True):
            self._form.show_row(choice, visible)
            for name, rows in kinds.items():
                rows.set_visible(visible and name == choice.value)
            visible = visible and choice.value is not None

    def chosen(self) -> list[tuple[str, OptionRows]]:
        """Return names and rows of the degradations."""
        found = []
        for choice, kinds in zip(self._choices, self._rows, strict=True):
            if choice.value is None:
                break
            found.append((choice.value, kinds[choice.value]))
        return found

    def all_rows(self) -> Iterator[OptionRows]:
        """Iterate over all rows, shown or not."""
        for kinds in self._rows:
            yield from kinds.values()

    @property
    def editors(self) -> dict[str, Any]:
        """Input fields that are shown when nothing is chosen."""
        return {"parts": self.choices[0]}

    @property
    def value(self) -> dict[str, Any]:
        """The ``parts``: name and options of each; options not named are as new."""
        return {"parts": [{"name": name, **rows.value} for name, rows in self.chosen()]}

    @value.setter
    def value(self, values: Mapping[str, Any]) -> None:
        if not values:
            return
        parts = _checked(values)
        names = [part.pop("name") for part in parts]
        for step, choice in enumerate(self.choices):
            choice.value = names[step] if step < len(names) else None
        for (_, rows), options in zip(self.chosen(), parts, strict=True):
            rows.reset()
            rows.value = options

    @property
    def kept(self) -> dict[str, Any]:
        """The ``parts`` without layers."""
        return {"parts": [{"name": name, **rows.kept} for name, rows in self.chosen()]}

    def recall(self, kept: Mapping[str, Any]) -> None:
        """Choose what was kept, as far as it makes sense.

        Parameters
        ----------
        kept : mapping
            What `kept` was once, or anything.
        """
        with suppress(InputError):
            parts = _checked({"parts": kept.get("parts")})
            if not parts:
                return
            for part, choice, kinds in zip(
                parts, self.choices, self._rows, strict=False
            ):
                choice.value = part["name"]
                kinds[part["name"]].recall(part)


def _combining() -> dict[str, type[Degradation]]:
    return {name: kind for name, kind in DEGRADATIONS.items() if kind.combines}


def _checked(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Copy what is to be set, if it is of the right form."""
    parts = values.get("parts")
    if set(values) != {"parts"} or not isinstance(parts, list | tuple):
        raise InputError(
            f"Several degradations cannot be {dict(values)!r}; name them as in "
            '{"parts": [{"name": "blur", "gaussian": 1.5}, {"name": "noise"}]}.'
        )
    if len(parts) > _MOST:
        raise InputError(f"There are {len(parts)} parts; name {_MOST} at most.")
    for part in parts:
        if not isinstance(part, Mapping) or part.get("name") not in _combining():
            raise InputError(
                f"{part!r} is no part; give the name, one of {list(_combining())}, and "
                "options."
            )
    return [dict(part) for part in parts]
