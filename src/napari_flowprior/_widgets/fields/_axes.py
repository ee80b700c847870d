"""The names of the axes of the chosen layer, checked while they are typed."""

from __future__ import annotations

from qtpy.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from napari_flowprior._errors import InputError
from napari_flowprior._widgets.fields._colours import WRONG
from napari_flowprior.data import AXES, parse_axes

__all__ = ["AxesEdit"]

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


class AxesEdit(QWidget):
    """A line of text; below it, what the letters mean, or else what is wrong.

    Attributes
    ----------
    note : QLabel
        How many of what there are, and how the axes were found.
    problem : QLabel
        What is wrong.
    """

    several_lines = True

    def __init__(self) -> None:
        super().__init__()
        self._shape: tuple[int, ...] = ()
        self._filled = self._origin = ""
        self.line = QLineEdit()
        self.line.setToolTip(_TIP)
        self.line.textChanged.connect(self._check)
        self.note, self.problem = QLabel(), QLabel()
        for label in (self.note, self.problem):
            label.setWordWrap(True)
        self.problem.setStyleSheet(WRONG)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        for widget in (self.line, self.note, self.problem):
            layout.addWidget(widget)
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
        self.line.setText(axes)
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
        return self.setting != self._filled

    @property
    def setting(self) -> str:
        """The letters, in upper case."""
        return self.line.text().strip().upper()

    @setting.setter
    def setting(self, axes: str) -> None:
        self.line.setText(axes)

    def checked(self) -> str:
        """Return the letters.

        Raises
        ------
        InputError
            If they do not fit the array.
        """
        return parse_axes(self.setting, self._shape)

    def _check(self) -> None:
        problem = self._find_problem()
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        self.line.setStyleSheet(WRONG if problem else "")
        note = "" if problem or not self._shape else self._count()
        self.note.setText(note)
        self.note.setVisible(bool(note))

    def _find_problem(self) -> str:
        if not self._shape:
            return ""
        if not self.setting:
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
        sizes = zip(self.setting, self._shape, strict=True)
        text = ", ".join(f"{size} {_COUNTED[axis][size != 1]}" for axis, size in sizes)
        known = self._origin and not self.edited
        return f"{text} ({self._origin})" if known else text
