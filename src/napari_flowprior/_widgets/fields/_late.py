"""Rows of a part that is folded away, each of which is made when it is first wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari_flowprior._widgets.fields._options import option_field

if TYPE_CHECKING:
    from collections.abc import Callable

    from magicgui.widgets import Widget

    from napari_flowprior._options import Option
    from napari_flowprior._widgets.fields._rows import Rows

__all__ = ["LateField", "LateRows"]


class LateField:
    """A field that is made when it is set to something else, or asked for.

    Until then it has the value that it will be made with. All that is asked of it but
    this is asked of the field, and so makes it.

    Parameters
    ----------
    name : str
        Its name.
    first : object
        Its value when it is made.
    make : callable
        Makes the field.
    rows : LateRows
        Where it goes.
    """

    def __init__(
        self, name: str, first: Any, make: Callable[[], Widget], rows: LateRows
    ) -> None:
        self.name = name
        self._first = first
        self._make = make
        self._rows = rows
        self._field: Any = None
        self._enabled = True

    @property
    def exists(self) -> bool:
        """Whether the field was made."""
        return self._field is not None

    @property
    def widget(self) -> Any:
        """The field; asking for it makes it."""
        if self._field is None:
            self._field = self._make()
            self._rows.place(self)
            self._field.enabled = self._enabled
        return self._field

    @property
    def value(self) -> Any:
        """Its value."""
        return self._first if self._field is None else self._field.value

    @value.setter
    def value(self, value: Any) -> None:
        # True is no number, even where 1 is the value.
        same = type(value) is type(self._first) and value == self._first
        if self.exists or not same:
            self.widget.value = value

    @property
    def enabled(self) -> bool:
        """Whether it can be changed by hand."""
        return self._enabled

    @enabled.setter
    def enabled(self, enabled: bool) -> None:
        self._enabled = enabled
        if self._field is not None:
            self._field.enabled = enabled

    def __getattr__(self, name: str) -> Any:
        """Ask the field for all else."""
        return getattr(self.widget, name)


class LateRows:
    """Fields that come in their order, whenever each of them is made.

    Parameters
    ----------
    rows : Rows
        Where they go.
    after : Widget, optional
        The field that they come after; by default they come last.
    """

    def __init__(self, rows: Rows, after: Widget | None = None) -> None:
        self._rows = rows
        self._after = after
        self._hidden: set[str] = set()
        self.fields: dict[str, LateField] = {}

    def add(self, name: str, first: Any, make: Callable[[], Widget]) -> None:
        """Add a field after all others.

        Parameters
        ----------
        name : str
            Its name.
        first : object
            Its value when it is made.
        make : callable
            Makes the field.
        """
        self.fields[name] = LateField(name, first, make, self)

    def add_option(self, option: Option) -> None:
        """Add the field of an option, as `option_field` makes it."""
        self.add(option.name, option.default, lambda: option_field(option))

    def make(self) -> None:
        """Make all that are not there yet, as they are about to be seen."""
        for field in self.fields.values():
            if field.name not in self._hidden:
                field.widget  # noqa: B018

    def show_row(self, name: str, shown: bool) -> None:
        """Show or hide a field with its label; what is hidden need not be made.

        Parameters
        ----------
        name : str
            Its name.
        shown : bool
            Whether it is to be seen.
        """
        field = self.fields[name]
        if not shown:
            self._hidden.add(name)
        elif name in self._hidden:
            self._hidden.remove(name)
            field.widget  # noqa: B018
        if field.exists:
            self._rows.show_row(field.widget, shown)

    def place(self, field: LateField) -> None:
        """Put a field that was just made between those before and after it."""
        names = list(self.fields)
        own = names.index(field.name)
        made = {n: f.widget for n, f in self.fields.items() if f.exists}
        later = [made[name] for name in names[own + 1 :] if name in made]
        before = [made[name] for name in names[:own] if name in made]
        if later:
            self._rows.insert(self._rows.index(later[0]), field.widget)
        elif before or self._after is not None:
            self._rows.add_after([self._after, *before][-1], field.widget)
        else:
            self._rows.append(field.widget)
        if field.name in self._hidden:
            self._rows.show_row(field.widget, False)
