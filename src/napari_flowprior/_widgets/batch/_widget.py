"""The dock widget that restores the images of a folder, one after the other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Signal

from napari_flowprior._errors import InputError
from napari_flowprior._widgets.batch._fields import file_fields
from napari_flowprior._widgets.batch._job import is_outcome, plan, restore_files
from napari_flowprior._widgets.batch._table import FileTable
from napari_flowprior._widgets.fields import (
    FIELDS,
    Primary,
    Rows,
    Section,
    SharedPlace,
    TabOrder,
    recalled,
    slim_layout,
)
from napari_flowprior._widgets.jobs import Pending
from napari_flowprior._widgets.layers import CanvasContext
from napari_flowprior._widgets.preview import PreviewBar
from napari_flowprior._widgets.restore import BackgroundWidget

if TYPE_CHECKING:
    import napari

    from napari_flowprior._widgets.batch._preview import FilePreview
    from napari_flowprior._widgets.preview import Preview
    from napari_flowprior._widgets.restore._form import RestoreForm
    from napari_flowprior.batch import BatchOptions, Job, Outcome
    from napari_flowprior.restoration import RestoreOptions

__all__ = ["BatchWidget"]

_REPORT = "report.csv"


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
    # There is the table, too.
    _least_height = 110

    def __init__(self, napari_viewer: napari.viewer.Viewer) -> None:
        super().__init__()
        self._viewer = napari_viewer
        self._form: RestoreForm | None = None
        self._jobs: list[Job] = []
        self._before = 0
        self._rows = Rows()
        self._rows.extend(file_fields())
        self.fields: dict[str, Any] = {field.name: field for field in self._rows}
        self.table = FileTable()
        self.table.chosen.connect(self.open_file)
        CanvasContext(self, napari_viewer)
        Primary(self._bar.button, napari_viewer)
        self._bar.run_asked.connect(self.run)
        self._bar.copy.hide()
        self._preview_bar = PreviewBar(napari_viewer)
        self._preview_bar.button.setToolTip(
            "Show the file that is chosen in the table, before and after"
        )
        self._previewed: FilePreview | None = None
        self._loaded = False
        self._section = Section("How each image is restored", self._scroll)
        self._section.toggled.connect(self._unfold)
        self._preview_bar.toggled.connect(self._begin_preview)
        self._arrange()
        self._load(self._preview_bar)

    def _arrange(self) -> None:
        self.setStyleSheet(FIELDS)
        TabOrder(self)
        SharedPlace(self)
        self.fields["axes"].native.setPlaceholderText("as each file says")
        self.fields["source"].changed.connect(self.list_files)
        self._rows.changed.connect(self._bar.clear_wrong)
        layout = slim_layout(self)
        layout.addWidget(self._rows.native)
        layout.addWidget(self._section)
        layout.addWidget(self.table, 1)
        layout.addWidget(self._preview_bar)
        layout.addWidget(self._bar)

    @property
    def form(self) -> RestoreForm:
        """How each image is restored; asking for it loads torch."""
        if self._form is None:
            from napari_flowprior._widgets.batch._settings import hide_layers
            from napari_flowprior._widgets.restore._form import RestoreForm

            self._form = RestoreForm(self._viewer)
            self._recall(self._form)
            hide_layers(self._form)
            self._scroll.setWidget(self._form)
            self._add_preview(self._form)
        return self._form

    def _recall(self, form: RestoreForm) -> None:
        """Begin with the settings of Restore."""
        from napari_flowprior._widgets.restore._memory import recall

        recall(form, recalled("restore"))

    def _open_form(self) -> None:
        """Make the form only when it is wanted, as that takes a moment."""
        self._loaded = True
        for bar in (self._bar, self._preview_bar):
            bar.setEnabled(True)
        self._unfold(self._section.isExpanded())

    def _unfold(self, unfolded: bool) -> None:
        if unfolded and self._loaded:
            self.form  # noqa: B018

    def _begin_preview(self, on: bool) -> None:
        if on and self._previewed is None:
            self.form  # noqa: B018
            self._follow_file()

    def _follow_file(self) -> None:
        if self._previewed is not None:
            self._previewed.follow()

    def _add_preview(self, form: RestoreForm) -> None:
        from napari_flowprior._widgets.batch._preview import FilePreview

        found = FilePreview(self._viewer, self._preview_bar, form, self._chosen)
        self.table.moved.connect(found.follow)
        self.fields["axes"].changed.connect(found.follow)
        self._previewed = found

    def _chosen(self) -> tuple[Path | None, str | None]:
        """Find which file is previewed, and the axes of all files."""
        number = max(0, self.table.currentRow())
        path = self._jobs[number].source if number < len(self._jobs) else None
        return path, self._axes()

    def _axes(self) -> str | None:
        return self.fields["axes"].value.strip() or None

    @property
    def preview(self) -> Preview:
        """The file that is chosen in the table as it would be restored.

        Examples
        --------
        >>> widget.table.setCurrentCell(0, 0)
        >>> widget.preview.start()
        >>> widget.preview.stop()
        """
        self.form  # noqa: B018
        assert self._previewed is not None
        return self._previewed.preview

    def list_files(self) -> None:
        """List the images of the folder, if there are any, unless some are restored."""
        from napari_flowprior.batch import Job
        from napari_flowprior.data import expand_inputs

        if self.running:
            return
        self._bar.say("")
        folder = Path(self.fields["source"].value).expanduser()
        found = []
        if self.fields["source"].value and folder.is_dir():
            try:
                found = expand_inputs([str(folder)])
            except InputError as error:
                self._bar.say(str(error))
        self._jobs = [Job(path, path) for path in found]
        self.table.show_jobs(self._jobs)
        self._follow_file()

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
        self.preview.stop()
        self._start(
            restore_files,
            *asked,
            description="the restoration of a folder",
            conclude=self._finish,
            keeps=is_outcome,
        )
        self._worker.yielded.connect(self.table.show_event)

    def _take_down(self) -> tuple[list[Job], RestoreOptions, BatchOptions]:
        """Plan the files that are left to be restored, and list them."""
        from napari_flowprior._widgets.batch._settings import settings_of
        from napari_flowprior.batch import BatchOptions
        from napari_flowprior.data import expand_inputs

        target, again = self.fields["target"].checked(), self.fields["again"].value
        report = target / _REPORT
        form, source = self.form, str(self.fields["source"].checked())
        settings, output = settings_of(form, self._axes()), form.fields["output"].value
        self._jobs = plan(source, target, output, None if again else report)
        self._before = len(expand_inputs([source])) - len(self._jobs)
        self.table.show_jobs(self._jobs)
        told = BatchOptions(
            log_likelihood=output == "log-likelihood",
            overwrite=again,
            report=report,
            coverage=form.coverage.value,
        )
        return self._jobs, settings, told

    def _finish(self, outcomes: list[Outcome] | None) -> None:
        if outcomes is None:
            self.table.show_cancelled()
        else:
            good = sum(each.state == "restored" for each in outcomes)
            before = f", {self._before} were before" if self._before else ""
            self._bar.say(
                f"{good} of {len(outcomes)} images restored{before}; what became of "
                f"each is in {Path(self.fields['target'].value) / _REPORT}.",
                wrong=good < len(outcomes),
            )
        self.finished.emit(outcomes)

    def _leave(self) -> None:
        super()._leave()
        if self._previewed is not None:
            self._previewed.preview.stop()
