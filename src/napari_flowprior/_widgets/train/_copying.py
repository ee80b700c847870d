"""A widget that writes down what it would train, for elsewhere."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from napari.utils.notifications import show_error
from qtpy.QtGui import QGuiApplication

from napari_flowprior._errors import FlowPriorError
from napari_flowprior._widgets.jobs import in_fields
from napari_flowprior._widgets.layers import LayerFiles, ask_for_folder
from napari_flowprior._widgets.train._settings import TrainSettings

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["CopyingWidget"]


class CopyingWidget(TrainSettings):
    """Copies what its settings would train to the clipboard."""

    def copy(self, language: str, folder: Path | str | None = None) -> str:
        """Copy what `train` would do to the clipboard.

        Parameters
        ----------
        language : {"python", "command"}
            Lines for the console of napari, or one for the terminal.
        folder : path, optional
            Where layers are written that a command needs and no file holds; the button
            asks for it.

        Returns
        -------
        str
            The same; empty if it cannot be trained, or not be written down.
        """
        return self._copy(language, LayerFiles(folder))

    def _copy_or_ask(self, language: str) -> None:
        self._copy(language, LayerFiles(ask=partial(ask_for_folder, self)))

    def _copy(self, language: str, files: LayerFiles) -> str:
        from napari_flowprior._widgets.train._scripts import write

        try:
            text = write(self.form, language, files)
        except FlowPriorError as error:
            show_error(in_fields(str(error)))
            return ""
        QGuiApplication.clipboard().setText(text)
        return text
