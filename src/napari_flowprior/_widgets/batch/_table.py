"""A table of files, with what becomes of each."""

# ruff: noqa: N802 (names of Qt)

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QSize, Qt, Signal
from qtpy.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
)

from napari_flowprior._widgets.fields import wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_flowprior.batch import BatchEvent, Job

__all__ = ["FileTable"]

_TIP = (
    "Choose a file to preview it, or double-click it to open it, and its result if it "
    "is there"
)
_NAME, _STATE, _NOTE = range(3)
_ROWS = 3  # that are seen at least
_WIDTH = 300  # pixels, which have room for the title of the dock


class FileTable(QTableWidget):
    """Files, their states, and notes.

    Attributes
    ----------
    chosen : Signal(int)
        Emitted with the number of a file that is double-clicked, or entered.
    moved : Signal
        Emitted when another file is the current one.
    """

    chosen = Signal(int)
    moved = Signal()

    def __init__(self) -> None:
        super().__init__(0, 3)
        self.setHorizontalHeaderLabels(["File", "State", "Note"])
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setAccessibleName("Files that are restored")
        self.setToolTip(wrap(_TIP))
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setSectionResizeMode(_NAME, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(_STATE, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(_NOTE, QHeaderView.ResizeMode.Stretch)
        self.setMinimumHeight(_ROWS * self.verticalHeader().defaultSectionSize())
        # Sentences take several lines, as many as there are at this width.
        header.sectionResized.connect(self.resizeRowsToContents)
        self.currentCellChanged.connect(self._follow_current)
        self.cellActivated.connect(lambda row, column: self.chosen.emit(row))

    def sizeHint(self) -> QSize:
        """As wide as its dock is to be."""
        return QSize(_WIDTH, super().sizeHint().height())

    def show_jobs(self, jobs: Sequence[Job]) -> None:
        """List files, none of which is restored yet.

        Parameters
        ----------
        jobs : sequence of Job
            The files.
        """
        self.setRowCount(len(jobs))
        for row, job in enumerate(jobs):
            self._put(row, _NAME, job.source.name, str(job.source))
            self._put(row, _STATE, "waiting")
            self._put(row, _NOTE, "")

    def show_event(self, event: BatchEvent) -> None:
        """Show what became of a file, or how far it is.

        Parameters
        ----------
        event : BatchEvent
            What is known of it.
        """
        if event.outcome is not None:
            outcome = event.outcome
            # There is little room, and the column before names the file.
            problem = outcome.problem.replace(outcome.source, event.job.source.name)
            note = problem or outcome.warnings or f"{outcome.seconds} s"
            self._put(event.number, _STATE, outcome.state)
            self._put(event.number, _NOTE, note)
            self.resizeRowToContents(event.number)
        elif event.progress is not None:
            done, total = event.progress.done, event.progress.total
            share = f" {100 * done // total} %" if total else ""
            self._put(event.number, _STATE, f"running{share}")
            self.scrollToItem(self.item(event.number, _STATE))

    def show_cancelled(self) -> None:
        """Say of the file that was being restored that it is not."""
        for row in range(self.rowCount()):
            if self.state(row).startswith("running"):
                self._put(row, _STATE, "waiting")

    def state(self, row: int) -> str:
        """Return the state of a file.

        Parameters
        ----------
        row : int
            Its number.

        Returns
        -------
        str
            "waiting", "running", with a share of it, "restored" or "failed".
        """
        return str(self.item(row, _STATE).text())

    def note(self, row: int) -> str:
        """Return what there is to be said of a file.

        Parameters
        ----------
        row : int
            Its number.

        Returns
        -------
        str
            How long it took, warnings, or what went wrong.
        """
        return str(self.item(row, _NOTE).text())

    def _follow_current(self, row: int, column: int, before: int, _: int) -> None:
        if row != before:
            self.moved.emit()

    def _put(self, row: int, column: int, text: str, tip: str = "") -> None:
        item = QTableWidgetItem(text)
        item.setToolTip(tip or text)
        self.setItem(row, column, item)
