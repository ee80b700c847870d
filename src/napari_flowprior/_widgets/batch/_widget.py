"""The dock widget that restores the images of a folder, one after the other."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from magicgui.widgets import LineEdit
from qtpy.QtCore import Signal

from napari_flowprior._errors import InputError
from napari_flowprior._widgets import jobs
from napari_flowprior._widgets.batch._table import FileTable
from napari_flowprior._widgets.fields import (
    FIELDS,
    Place,
    Rows,
    Section,
    recalled,
    slim_layout,
    toggle,
)
from napari_flowprior._widgets.jobs import Pending
from napari_flowprior._widgets.restore import INTERVAL, BackgroundWidget

if TYPE_CHECKING:
    from collections.abc import Generator

    import napari
    from magicgui.widgets import Widget

    from napari_flowprior._widgets.restore._form import RestoreForm
    from napari_flowprior.batch import BatchEvent, BatchOptions, Job, Outcome
    from napari_flowprior.restoration import RestoreOptions

__all__ = ["BatchWidget"]

_REPORT = "report.csv"
_OUTPUTS = {"uncertainty": "uncertainty", "log-likelihood": "log-likelihood"}


class BatchWidget(BackgroundWidget):
    """Restores the images of a folder into another folder, in the background.

    Beside the results goes ``report.csv``, a table of what became of each file, which
    grows with each; maps of uncertainty or log-likelihood go into a folder of their own
    inside, ends of intervals beside the results. What the report says was restored is
    left out, so that a run can be cancelled and resumed.

    Parameters
    ----------
    napari_viewer : napari.viewer.Viewer
        Where files are opened that are double-clicked.

    Attributes
    ----------
    fields : dict
        Fields of the files by name: ``source``, ``target``, ``axes``, ``again``.
    table : FileTable
        The files.
    finished : Signal(object)
        Emitted once for every `run`, with a list of `Outcome`, or None if it was
        cancelled, or could not begin.

    Examples
    --------
    >>> widget = BatchWidget(viewer)
    >>> widget.fields["source"].value = "scans"
    >>> widget.fields["target"].value = "restored"
    >>> for outcome in widget.run().wait():
    ...     print(outcome.source, outcome.state)
    """

    finished = Signal(object)

    def __init__(self, napari_viewer: napari.viewer.Viewer) -> None:
        super().__init__()
        self._viewer = napari_viewer
        self._form: RestoreForm | None = None
        self._jobs: list[Job] = []
        self._rows = Rows()
        self._rows.extend(_fields())
        self.fields: dict[str, Any] = {field.name: field for field in self._rows}
        self.table = FileTable()
        self.table.chosen.connect(self.open_file)
        self._bar.run_asked.connect(self.run)
        self._bar.copy.hide()
        self._section = Section("How each image is restored", self._scroll)
        self._arrange()
        self._load()

    def _arrange(self) -> None:
        self.setStyleSheet(FIELDS)
        self.fields["axes"].native.setPlaceholderText("as each file says")
        self.fields["source"].changed.connect(self.list_files)
        layout = slim_layout(self)
        layout.addWidget(self._rows.native)
        layout.addWidget(self._section)
        layout.addWidget(self.table, 1)
        layout.addWidget(self._bar)

    @property
    def form(self) -> RestoreForm:
        """How each image is restored; asking for it loads torch."""
        if self._form is None:
            from napari_flowprior._widgets.batch._settings import hide_layers
            from napari_flowprior._widgets.restore._form import RestoreForm
            from napari_flowprior._widgets.restore._memory import recall

            self._form = RestoreForm(self._viewer)
            recall(self._form, recalled("restore"))
            hide_layers(self._form)
            self._scroll.setWidget(self._form)
            self._bar.setEnabled(True)
        return self._form

    def list_files(self) -> None:
        """List the images of the folder, if there are any."""
        from napari_flowprior.batch import Job
        from napari_flowprior.data import expand_inputs

        folder = Path(self.fields["source"].value).expanduser()
        found = []
        if self.fields["source"].value and folder.is_dir() and not self.running:
            try:
                found = expand_inputs([str(folder)])
            except InputError as error:
                self._bar.say(str(error))
        self._jobs = [Job(path, path) for path in found]
        self.table.show_jobs(self._jobs)

    def open_file(self, number: int) -> None:
        """Open a file, and its result if it is there, as layers.

        Parameters
        ----------
        number : int
            Its number in the table.

        Examples
        --------
        >>> widget.open_file(0)
        """
        job = self._jobs[number]
        paths = [job.source, job.target, job.extra, *(job.interval or ())]
        for path in dict.fromkeys(filter(None, paths)):
            if path.exists():
                with self._said():
                    self._viewer.open(str(path))

    def run(self) -> Pending:
        """Restore the images in the background.

        Returns
        -------
        Pending
            Its ``wait()`` returns a list of `Outcome`, or None if it was cancelled.

        Examples
        --------
        >>> outcomes = widget.run().wait()
        """
        pending = Pending(self, self.finished, self.failed)
        if not self.running:
            self._run()
        return pending

    def _run(self) -> None:
        asked = None
        with self._said():
            asked = self._take_down()
        if asked is None:
            self.finished.emit(None)
            return
        self._start(
            _restore_files,
            *asked,
            description="the restoration of a folder",
            conclude=self._finish,
            keeps=_is_outcome,
        )
        self._worker.yielded.connect(self.table.show_event)

    def _take_down(self) -> tuple[list[Job], RestoreOptions, BatchOptions]:
        """Plan the files that are left to be restored, and list them."""
        from napari_flowprior._widgets.batch._settings import settings_of
        from napari_flowprior.batch import (
            BatchOptions,
            plan_intervals,
            plan_jobs,
            plan_maps,
            read_report,
            restored,
        )

        target = self.fields["target"].checked()
        again = self.fields["again"].value
        report = target / _REPORT
        settings = settings_of(self.form, self.fields["axes"].value.strip() or None)
        source = str(self.fields["source"].checked())
        done = set() if again else restored(read_report(report))
        folder = f"{target}{os.sep}"
        jobs = plan_jobs([source], folder, overwrite=again, done=done)
        output = self.form.fields["output"].value
        if output == INTERVAL:
            jobs = plan_intervals(jobs, overwrite=again)
        elif output in _OUTPUTS and jobs:
            maps = f"{target / _OUTPUTS[output]}{os.sep}"
            jobs = plan_maps(jobs, maps, overwrite=again)
        if not jobs:
            raise InputError(
                "All images of the folder are restored already; check Again to "
                "restore them once more."
            )
        self._jobs = jobs
        self.table.show_jobs(jobs)
        told = BatchOptions(
            log_likelihood=output == "log-likelihood",
            overwrite=again,
            report=report,
            coverage=self.form.coverage.value,
        )
        return jobs, settings, told

    def _finish(self, outcomes: list[Outcome] | None) -> None:
        if outcomes is None:
            self.table.show_cancelled()
        else:
            good = sum(each.state == "restored" for each in outcomes)
            where = self.fields["target"].value
            self._bar.say(
                f"{good} of {len(outcomes)} images restored; what became of each is in "
                f"{Path(where) / _REPORT}.",
                wrong=good < len(outcomes),
            )
        self.finished.emit(outcomes)


def _fields() -> list[Widget]:
    """Make the fields of the files, and of their results."""
    return [
        Place(
            name="source",
            label="Images",
            question="Choose the folder of the images",
            tooltip="Folder of the images: TIFF, PNG, JPEG, NPY",
        ),
        Place(
            name="target",
            label="Results",
            question="Choose the folder for the results",
            tooltip="Folder for the results, which get the names of the images",
        ),
        LineEdit(
            name="axes",
            label="Axes",
            tooltip="One letter for each axis of every image, such as ZYX; leave it "
            "empty for what the files say",
        ),
        toggle(
            name="again",
            label="Again",
            tooltip="Restore images once more that were restored before, and replace "
            "the results",
        ),
    ]


def _is_outcome(event: BatchEvent) -> bool:
    return event.outcome is not None


def _restore_files(
    files: list[Job], settings: RestoreOptions, told: BatchOptions
) -> Generator[BatchEvent, None, list[Outcome]]:
    from napari_flowprior.batch import iter_restore_files

    jobs.obey_preferences()
    try:
        with jobs.quietly():
            return (yield from iter_restore_files(files, settings, told))
    finally:
        jobs.free_memory()
