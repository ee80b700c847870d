"""The dock widget that restores an image layer."""

# ruff: noqa: N802 (names of Qt)

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from napari.utils.notifications import show_error
from qtpy.QtCore import QEvent, Signal
from qtpy.QtGui import QGuiApplication
from qtpy.QtWidgets import QLabel, QVBoxLayout

from napari_flowprior._widgets import jobs
from napari_flowprior._widgets.fields import (
    DECIMALS,
    FOCUSED,
    SnugScrollArea,
)
from napari_flowprior._widgets.jobs import Failure, failure, start_job
from napari_flowprior._widgets.restore import _job
from napari_flowprior._widgets.restore._results import NewLayer, add_layers, summary
from napari_flowprior._widgets.restore._run_bar import RunBar
from napari_flowprior._widgets.restore._settings import RestoreSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import napari

    from napari_flowprior._widgets.jobs import JobWorker
    from napari_flowprior._widgets.restore._form import RestoreForm
    from napari_flowprior.restoration import PosteriorResult, RestoreResult

    Outcome = RestoreResult | PosteriorResult

__all__ = ["RestoreWidget"]


class RestoreWidget(RestoreSettings):
    """Restores an image layer in the background and adds the result as a layer.

    Parameters
    ----------
    napari_viewer : napari.viewer.Viewer
        The viewer.

    Attributes
    ----------
    started : Signal
        Emitted when a restoration starts.
    finished : Signal(object)
        Emitted once for every `run`, with the new layer, or None when it failed or was
        cancelled.
    failed : Signal(str)
        Emitted before that with a sentence, when it failed.

    Examples
    --------
    >>> widget = RestoreWidget(viewer)
    >>> viewer.window.add_dock_widget(widget, name="Restore")
    >>> widget.layer = viewer.layers["noisy"]
    >>> widget.degradation_options = {"sigma": 25}
    >>> widget.run()
    """

    started = Signal()
    finished = Signal(object)
    failed = Signal(str)

    def __init__(self, napari_viewer: napari.viewer.Viewer) -> None:
        super().__init__()
        self._viewer = napari_viewer
        self._form: RestoreForm | None = None
        self._worker: JobWorker | None = None
        self._outcome: Any = None
        self._conclude: Callable[[Any], None] | None = None
        self._scroll = SnugScrollArea()
        self._bar = RunBar()
        self._bar.run_asked.connect(self.run)
        self._bar.cancel_asked.connect(self.cancel)
        self._bar.copy_asked.connect(self.copy)
        self.setStyleSheet(FOCUSED)
        layout = QVBoxLayout(self)
        layout.addWidget(self._scroll)
        layout.addWidget(self._bar)
        layout.addStretch(1)
        self._load()

    # --- for scripts

    @property
    def form(self) -> RestoreForm:
        """The fields; asking for them loads torch if it is not loaded yet."""
        if self._form is None:
            from napari_flowprior._widgets.restore._form import RestoreForm

            self._form = RestoreForm(self._viewer)
            self._show(self._form)
        return self._form

    def _show(self, form: RestoreForm) -> None:
        form.estimate_asked.connect(self._estimate)
        form.changed.connect(self._follow_form)
        form.refused.connect(partial(self._bar.say, wrong=True))
        self._scroll.setWidget(form)
        self._bar.setEnabled(True)
        self._follow_form()

    @property
    def running(self) -> bool:
        """Whether something is being computed."""
        return self._worker is not None

    @property
    def status(self) -> str:
        """The line of text at the bottom."""
        return self._bar.status.text()

    def run(self) -> None:
        """Restore the layer in the background; nothing happens while it runs."""
        if self.running:
            return
        asked = None
        with self._said():
            job = self.form.job()
            asked = job, NewLayer(self.layer, job)
        if asked is None:
            self.finished.emit(None)
            return
        job, new = asked
        self._start(
            _job.restore,
            job,
            description=f"the restoration of {self.layer.name}",
            conclude=partial(self._finish, new),
        )
        self.started.emit()

    def copy(self, language: str) -> str:
        """Copy what `run` would do to the clipboard.

        Parameters
        ----------
        language : {"python", "command"}
            Lines for the console of napari, or one for the terminal.

        Returns
        -------
        str
            The same; empty if it cannot be run, or not be written down.
        """
        from napari_flowprior._widgets.restore.scripts import write

        text = ""
        with self._said():
            text = write(self.form, language)
            QGuiApplication.clipboard().setText(text)
            where = "a terminal" if language == "command" else "the console of napari"
            self._bar.say(f"Copied; paste it into {where}.")
        return text

    def estimate_noise(self) -> None:
        """Estimate the noise level of the layer in the background and fill it in."""
        if self.running:
            return
        with self._said():
            self._estimate(self.form.degradations.level())

    def _estimate(self, level: Any) -> None:
        if self.running:
            return
        with self._said():
            image, axes = self.form.image()
            self._start(
                _job.estimate,
                image,
                axes,
                description="the estimation of noise",
                conclude=partial(self._fill_in, level, self.layer),
            )

    def cancel(self) -> None:
        """Stop what is running, within a second as a rule."""
        if self._worker is not None:
            self._worker.quit()
            self._bar.show_cancelling()

    def _follow_form(self) -> None:
        self._bar.clear_wrong()
        self._bar.show_obstacle(self.form.obstacle)

    # --- life of a job

    def _load(self) -> None:
        if jobs.is_loaded():
            self.form  # noqa: B018
            return
        waiting = QLabel("Loading PyTorch…")
        waiting.setMinimumSize(280, 80)
        self._scroll.setWidget(waiting)
        self._bar.setEnabled(False)
        start_job(
            jobs.load,
            description="the start of PyTorch",
            connect={"returned": self._show_form},
        )

    def _show_form(self, outcome: Any) -> None:
        if isinstance(outcome, Failure):
            self._fail(outcome.message)
        else:
            self.form  # noqa: B018

    def _start(
        self,
        job: Callable[..., Any],
        *args: Any,
        description: str,
        conclude: Callable[[Any], None],
    ) -> None:
        self._conclude = conclude
        self._bar.start("Starting…")
        self._worker = start_job(
            job,
            *args,
            description=description,
            connect={
                "yielded": self._bar.show_event,
                "returned": self._keep,
                "finished": self._end,
            },
        )

    def _keep(self, outcome: Any) -> None:
        self._outcome = outcome

    def _end(self) -> None:
        outcome, conclude = self._outcome, self._conclude
        self._outcome = self._conclude = self._worker = None
        self._bar.stop()
        if outcome is None:
            self._bar.say("Cancelled.")
        if isinstance(outcome, Failure):
            self._fail(outcome.message)
            outcome = None
        if conclude is not None:
            conclude(outcome)

    def _finish(self, new: NewLayer, result: Outcome | None) -> None:
        layer = None
        if result is not None:
            with self._said():
                layer, rating = add_layers(self._viewer, new, result)
                self._bar.say(summary(result.provenance, rating))
        self.finished.emit(layer)

    def _fill_in(self, level: Any, layer: Any, sigma: float | None) -> None:
        """Fill an estimate into the field that it was asked for, if it still counts."""
        if sigma is None:
            return
        sigma = round(float(f"{sigma:.3g}"), DECIMALS)
        said = f"The noise level is about {sigma:g}"
        if self.layer is not layer or not level.isVisibleTo(self):
            self._bar.say(f"{said}; it was not filled in, as the settings changed.")
            return
        with self._said():
            level.setting = sigma
            self._bar.say(f"{said}.")

    @contextmanager
    def _said(self) -> Iterator[None]:
        """Say what goes wrong; none of it, foreseen or not, gets any further."""
        try:
            yield
        except Exception as error:
            self._fail(failure(error).message)

    def _fail(self, message: str) -> None:
        self._bar.say(message, wrong=True)
        show_error(message)
        self.failed.emit(message)

    # --- end of the widget

    def event(self, event: QEvent) -> bool:
        """Cancel when napari takes the widget out of its dock to close it."""
        if event.type() == QEvent.Type.ParentChange and self.parent() is None:
            self._leave()
        return super().event(event)

    def closeEvent(self, event: Any) -> None:
        """Cancel when the widget is closed as a window."""
        self._leave()
        super().closeEvent(event)

    def _leave(self) -> None:
        self.cancel()
