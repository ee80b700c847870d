"""The names of the axes of the chosen layer, checked while they are typed."""

from __future__ import annotations

from typing import Any

from magicgui import register_type
from magicgui.widgets import LineEdit
from magicgui.widgets.bases import ValuedContainerWidget

from napari_flowprior._errors import InputError
from napari_flowprior._widgets.fields._colours import WRONG
from napari_flowprior._widgets.fields._paragraph import Paragraph
from napari_flowprior.data import AXES, parse_axes

__all__ = ["Axes", "AxesEdit"]

_TIP = "One letter for each axis of the layer, in its order:\n" + "\n".join(
    f"{letter}: {meaning}" for letter, meaning in AXES.items()
)


_COUNTED = {
    "T": ("time point", "time points"),
    "Z": ("plane", "planes"),
    "C": ("channel", "channels"),
    "Y": ("row", "rows"),
    "X": ("column", "columns"),
    "S": ("colour", "colours"),
}
_WITH_ALPHA = 4


class Axes(str):
    """What magicgui shows as an `AxesEdit`: one letter for each axis."""

    __slots__ = ()


class AxesEdit(ValuedContainerWidget[str]):
    """A line of text; below it, what the letters mean, or else what is wrong.

    Parameters
    ----------
    **kwargs : object
        As of all widgets of magicgui.

    Attributes
    ----------
    line : LineEdit
        The letters.
    note : Paragraph
        How many of what there are, and how the axes were found.
    problem : Paragraph
        What is wrong.
    """

    several_lines = True

    def __init__(self, **kwargs: Any) -> None:
        self._shape: tuple[int, ...] = ()
        self._filled = self._origin = ""
        self.line = LineEdit(tooltip=_TIP)
        super().__init__(**kwargs | {"widgets": [self.line], "labels": False})
        self.line.changed.connect(self._check)
        self.line.changed.connect(lambda: self.changed.emit(self.value))
        self.note, self.problem = Paragraph(), Paragraph()
        for label in (self.note, self.problem):
            self.native.layout().addWidget(label)
        self.problem.setStyleSheet(WRONG)
        self.margins = (0, 0, 0, 0)
        self.native.layout().setSpacing(2)
        self.fill("", ())

    def fill(self, axes: str, shape: tuple[int, ...], origin: str = "") -> None:
        """Name the axes of another array.

        Parameters
        ----------
        axes : str
            One letter for each axis; empty if they are not known.
        shape : tuple of int
            Shape of the array; empty if there is none.
        origin : str
            How they were found.
        """
        self._shape, self._filled, self._origin = shape, axes, origin
        self.line.value = axes
        self._check()

    def resize(self, shape: tuple[int, ...]) -> None:
        """Keep the names for an array of another shape.

        Parameters
        ----------
        shape : tuple of int
            Shape of the array.
        """
        self._shape = shape
        self._check()

    @property
    def edited(self) -> bool:
        """Whether the letters are others than were filled in."""
        return self.value != self._filled

    def get_value(self) -> str:
        """Return the letters, in upper case."""
        return self.line.value.strip().upper()

    def set_value(self, axes: str) -> None:
        """Take letters."""
        self.line.value = axes

    def checked(self) -> str:
        """Return the letters.

        Raises
        ------
        InputError
            If they do not fit the array.
        """
        return parse_axes(self.value, self._shape)

    def _check(self) -> None:
        problem = self._find_problem()
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        self.line.native.setStyleSheet(WRONG if problem else "")
        note = "" if problem or not self._shape else self._count()
        self.note.setText(note)
        self.note.setVisible(bool(note))

    def _find_problem(self) -> str:
        if not self._shape:
            return ""
        if not self.value:
            return (
                f"The shape {self._shape} does not say what the axes are; name them, "
                "with one letter for each, such as TZYX."
            )
        try:
            self.checked()
        except InputError as error:
            return str(error)
        return ""

    def _count(self) -> str:
        """Say how many of what there are."""
        sizes = zip(self.value, self._shape, strict=True)
        text = ", ".join(_told(axis, size) for axis, size in sizes)
        known = self._origin and not self.edited
        return f"{text} ({self._origin})" if known else text


def _told(axis: str, size: int) -> str:
    if (axis, size) == ("S", _WITH_ALPHA):
        return "3 colours and alpha"
    return f"{size} {_COUNTED[axis][size != 1]}"


register_type(Axes, widget_type=AxesEdit)
