"""The dock widget that lists, describes, imports, exports and deletes priors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari.utils.notifications import show_error
from qtpy.compat import isalive
from qtpy.QtCore import Signal
from qtpy.QtWidgets import (
    QFileDialog,
    QGridLayout,
    QListWidget,
    QListWidgetItem,
    QMessageBox,
    QPlainTextEdit,
    QWidget,
)

from napari_flowprior._widgets.fields import (
    FIELDS,
    KNOWN,
    WRONG,
    Button,
    SharedPlace,
    slim_layout,
)
from napari_flowprior._widgets.jobs import Failure, LateForm, failure, start_job
from napari_flowprior._widgets.layers import CanvasContext
from napari_flowprior._widgets.priors._description import describe
from napari_flowprior._widgets.priors._library import delete, entries, export
from napari_flowprior._widgets.priors._package import SUFFIX, write_package
from napari_flowprior._widgets.priors._questions import ask
from napari_flowprior._widgets.priors._reader import get_prior_reader
from napari_flowprior._widgets.priors._samples import draw_samples

if TYPE_CHECKING:
    import napari

    from napari_flowprior._widgets.priors._library import Entry

__all__ = ["PriorsWidget"]

_COLUMNS = 2
_FILES = "Priors (*.safetensors);;Packages of bioimage.io (*.zip)"


class PriorsWidget(QWidget):
    """A list of priors: those that are shipped, and the user's own.

    Parameters
    ----------
    napari_viewer : napari.viewer.Viewer
        Where samples are shown.

    Attributes
    ----------
    list : QListWidget
        The priors; damaged ones are marked.
    text : QPlainTextEdit
        What is known of the chosen one.
    buttons : dict of str to Button
        What can be done: "Install…", "Export…", "Delete", "Samples".
    exported : Signal(object)
        Emitted when a package of bioimage.io was written, with its path, or None.
    sampled : Signal(object)
        Emitted once for every `draw`, with the new layer, or None.

    Examples
    --------
    >>> widget = PriorsWidget(viewer)
    >>> widget.choose("photo-gray")
    >>> widget.draw()
    """

    exported = Signal(object)
    sampled = Signal(object)

    def __init__(self, napari_viewer: napari.viewer.Viewer) -> None:
        super().__init__()
        self._viewer = napari_viewer
        self._entries: list[Entry] = []
        self._outcome: Any = None
        self.list = QListWidget()
        self.list.setAccessibleName("Priors")
        self.list.currentRowChanged.connect(self._show)
        # Unlike a label, it also breaks paths and addresses, which may be long.
        self.text = QPlainTextEdit("Loading PyTorch…")
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.text.setAccessibleName("What is known of the prior")
        self.buttons = {name: Button(name) for name in _TIPS}
        CanvasContext(self, napari_viewer)
        self._arrange()
        KNOWN.changed.connect(self.refresh)
        self._load()

    def _arrange(self) -> None:
        self.setStyleSheet(FIELDS)
        SharedPlace(self)
        layout, grid = slim_layout(self), QGridLayout()
        layout.addWidget(self.list, 1)
        layout.addWidget(self.text, 2)
        layout.addLayout(grid)
        does = (lambda: get_prior_reader(), self.export, self.delete, self.draw)
        for number, (name, action) in enumerate(zip(_TIPS, does, strict=True)):
            self.buttons[name].setToolTip(_TIPS[name])
            self.buttons[name].clicked.connect(action)
            grid.addWidget(self.buttons[name], *divmod(number, _COLUMNS))

    def _load(self) -> None:
        late = LateForm(self)
        late.due.connect(self.refresh)
        late.failed.connect(self._fail)
        late.load()

    # --- what is shown

    @property
    def chosen(self) -> Entry | None:
        """The chosen prior, or None."""
        row = self.list.currentRow()
        return self._entries[row] if 0 <= row < len(self._entries) else None

    def choose(self, name: str) -> None:
        """Choose a prior.

        Parameters
        ----------
        name : str
            Name of its file, without suffix.

        Examples
        --------
        >>> widget.choose("microscopy")
        """
        names = [entry.path.stem for entry in self._entries]
        self.list.setCurrentRow(names.index(name))

    def refresh(self) -> None:
        """List the priors anew, and keep what is chosen."""
        if not isalive(self):
            return
        before = self.chosen
        self._entries = entries()
        self.list.blockSignals(True)
        self.list.clear()
        for entry in self._entries:
            self.list.addItem(_item(entry))
        self.list.blockSignals(False)
        paths = [entry.path for entry in self._entries]
        kept = before is not None and before.path in paths
        self.list.setCurrentRow(paths.index(before.path) if kept and before else 0)
        self._show()

    def _show(self) -> None:
        entry = self.chosen
        self.text.setPlainText("" if entry is None else describe(entry))
        damaged = entry is None or entry.info is None
        self.text.setStyleSheet(WRONG if entry is not None and damaged else "")
        self.buttons["Samples"].setEnabled(not damaged)
        self.buttons["Export…"].setEnabled(not damaged)
        self.buttons["Delete"].setEnabled(entry is not None and not entry.shipped)

    # --- what is done

    def export(self) -> None:
        """Copy the chosen prior to a file that a dialog asks for.

        A file that ends with ``.zip`` becomes a package of bioimage.io.
        """
        entry = self.chosen
        if entry is None:
            return
        name, _ = QFileDialog.getSaveFileName(
            self, "Export the prior", entry.path.name, _FILES
        )
        if not name:
            return
        if Path(name).suffix == SUFFIX:
            self._export_package(entry, Path(name))
            return
        try:
            # The dialog has asked whether it is to be replaced.
            export(entry.path, Path(name), overwrite=True)
        except Exception as error:
            self._fail(failure(error).message)

    def _export_package(self, entry: Entry, target: Path) -> None:
        """Write a package of bioimage.io in the background, for one noise level."""
        told = ask(self, "" if entry.info is None else entry.info.licence)
        if told is None:
            return
        self.buttons["Export…"].setEnabled(False)
        start_job(
            write_package,
            entry.path,
            target,
            *told,
            description=f"the export of {entry.path.stem}",
            connect={"returned": self._end_export, "finished": self._show},
        )

    def _end_export(self, outcome: Any) -> None:
        if isinstance(outcome, Failure):
            self._fail(outcome.message)
        self.exported.emit(None if isinstance(outcome, Failure) else outcome)

    def delete(self) -> None:
        """Delete the chosen prior after a question, unless it is a shipped one."""
        entry = self.chosen
        if entry is None or not self._is_sure(entry):
            return
        try:
            delete(entry)
        except Exception as error:
            self._fail(failure(error).message)

    def _is_sure(self, entry: Entry) -> bool:
        answer = QMessageBox.question(
            self,
            "Delete a prior",
            f"Delete {entry.path}? It cannot be brought back.",
        )
        return bool(answer == QMessageBox.StandardButton.Yes)

    def draw(self) -> None:
        """Draw images from the chosen prior, in the background, as a new layer.

        Examples
        --------
        >>> widget.sampled.connect(print)
        >>> widget.draw()
        """
        entry = self.chosen
        if entry is None:
            return
        self.buttons["Samples"].setEnabled(False)
        self._name = f"{entry.path.stem} samples"
        start_job(
            draw_samples,
            entry.path,
            description=f"samples of {entry.path.stem}",
            connect={"returned": self._keep, "finished": self._finish},
        )

    def _keep(self, outcome: Any) -> None:
        self._outcome = outcome

    def _finish(self) -> None:
        outcome, self._outcome = self._outcome, None
        self._show()
        layer = None
        if isinstance(outcome, Failure):
            self._fail(outcome.message)
        elif outcome is not None:
            layer = self._viewer.add_image(outcome, name=self._name)
        self.sampled.emit(layer)

    def _fail(self, message: str) -> None:
        show_error(message)


def _item(entry: Entry) -> QListWidgetItem:
    kind = "damaged" if entry.info is None else "shipped" if entry.shipped else ""
    item = QListWidgetItem(f"{entry.path.stem} ({kind})" if kind else entry.path.stem)
    item.setToolTip(str(entry.path))
    return item


_TIPS = {
    "Install…": "Copy prior files into the folder of the priors, once they are checked",
    "Export…": "Copy the chosen prior to another place, to give it away, or write it "
    "as a package of bioimage.io for other programs",
    "Delete": "Delete the file of the chosen prior; shipped ones stay",
    "Samples": "Draw images from the chosen prior, which show what it has learnt",
}
