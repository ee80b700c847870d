"""Input fields for names and places, with the property ``setting`` of all fields."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QWidget

from napari_flowprior._errors import InputError
from napari_flowprior._widgets.fields._buttons import Button

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["FileName", "Place"]

_FORBIDDEN = set('/\\:*?"<>|')


class FileName(QLineEdit):
    """Name of a file, without folder and suffix.

    Parameters
    ----------
    suffix : str
        Suffix that is dropped where it is typed all the same.
    """

    def __init__(self, suffix: str) -> None:
        super().__init__()
        self._suffix = suffix

    @property
    def setting(self) -> str:
        """The name."""
        return self.text().strip().removesuffix(self._suffix)

    @setting.setter
    def setting(self, name: str) -> None:
        self.setText(name)

    def checked(self) -> str:
        """Return the name.

        Raises
        ------
        InputError
            If no file can have it.
        """
        name = self.setting
        if not name.strip("."):
            raise InputError("The prior has no name; type one.")
        wrong = sorted(_FORBIDDEN & set(name))
        if wrong:
            raise InputError(
                f"The name {name!r} has {' '.join(wrong)} in it, which files cannot "
                "have; leave it out, and choose the folder in its own field."
            )
        return name


class Place(QWidget):
    """A folder, or what else is typed in its place.

    Parameters
    ----------
    question : str
        Title of the dialog behind the button.
    """

    def __init__(self, question: str) -> None:
        super().__init__()
        self._question = question
        self.line = QLineEdit()
        self.button = Button("…")
        self.button.setFixedWidth(28)
        self.button.setToolTip(question)
        self.button.clicked.connect(self._browse)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.line, 1)
        layout.addWidget(self.button)

    @property
    def setting(self) -> str:
        """The path; empty if there is none."""
        return self.line.text().strip()

    @setting.setter
    def setting(self, path: str | PathLike[str]) -> None:
        self.line.setText(str(path))
        # The end of a path says more than its beginning, which is what would be seen.
        self.line.setToolTip(str(path))

    def checked(self) -> Path:
        """Return the path.

        Raises
        ------
        InputError
            If it is empty.
        """
        if not self.setting:
            raise InputError(f"No folder is chosen; use the button: {self._question}.")
        return Path(self.setting).expanduser()

    def _browse(self) -> None:
        path = QFileDialog.getExistingDirectory(self, self._question, self.setting)
        if path:
            self.setting = path
