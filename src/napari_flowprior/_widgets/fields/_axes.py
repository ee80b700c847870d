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


class AxesEdit(QWidget):
    """A line of text with a sentence below it that says what is wrong, if anything."""

    def __init__(self) -> None:
        super().__init__()
        self._shape: tuple[int, ...] = ()
        self.line = QLineEdit()
        self.line.setToolTip(_TIP)
        self.line.textChanged.connect(self._check)
        self.problem = QLabel()
        self.problem.setWordWrap(True)
        self.problem.setStyleSheet(WRONG)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.line)
        layout.addWidget(self.problem)
        self.fill("", ())

    def fill(self, axes: str, shape: tuple[int, ...]) -> None:
        """Name the axes of another array.

        Parameters
        ----------
        axes : str
            One letter for each axis; empty if they are not known.
        shape : tuple of int
            Shape of the array; empty if there is none.
        """
        self._shape = shape
        self.line.setText(axes)
        self._check()

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
        self.problem.setText(self._find_problem())
        wrong = bool(self.problem.text())
        self.problem.setVisible(wrong)
        self.line.setStyleSheet(WRONG if wrong else "")

    def _find_problem(self) -> str:
        if not self._shape:
            return ""
        try:
            self.checked()
        except InputError as error:
            return str(error)
        return ""
