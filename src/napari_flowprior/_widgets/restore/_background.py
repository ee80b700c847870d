"""A widget that computes one thing at a time, in the background."""

# ruff: noqa: N802 (names of Qt)

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from napari.utils.notifications import show_error
from qtpy.QtCore import Qt, Signal

from napari_flowprior._widgets.fields import SnugScrollArea, delete_at_exit
from napari_flowprior._widgets.jobs import Failure, LateForm, failure, start_job
from napari_flowprior._widgets.restore._run_bar import RunBar
from napari_flowprior._widgets.restore._settings import RestoreSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from qtpy.QtWidgets import QWidget

    from napari_flowprior._widgets.jobs import JobWorker

__all__ = ["BackgroundWidget"]


class BackgroundWidget(RestoreSettings):
    """Starts a job, shows how far it is, and says how it ended.

    Attributes
    ----------
    failed : Signal(str)
        Emitted with a sentence when something failed.
    """

    failed = Signal(str)
    # Of the form, about eight rows; in pixels.
    _least_height = 240

    def __init__(self) -> None:
        super().__init__()
        delete_at_exit(self)
        self._worker: JobWorker | None = None
        self._outcome: Any = None
        self._conclude: Callable[[Any], None] | None = None
        self._scroll = SnugScrollArea(self._least_height)
        self._bar = RunBar()
        self._bar.cancel_asked.connect(self.cancel)

    def _load(self, *bars: QWidget) -> None:
        """Show the form when torch is loaded."""
        late = LateForm(self, self._scroll, (self._bar, *bars))
        late.due.connect(self._open_form)
        late.failed.connect(self._fail)
        late.load()

    def _open_form(self) -> None:
        self.form  # noqa: B018

    @property
    def running(self) -> bool:
        """Whether something is being computed."""
        return self._worker is not None

    @property
    def status(self) -> str:
        """The line of text at the bottom."""
        return self._bar.status.text()

    def cancel(self) -> None:
        """Stop what is running, within a second as a rule."""
        if self._worker is not None:
            self._worker.quit()
            self._bar.show_cancelling()

    def keyPressEvent(self, event: Any) -> None:
        """Cancel what is running on Escape, wherever the focus is."""
        if event.key() == Qt.Key.Key_Escape and self.running:
            self.cancel()
        else:
            super().keyPressEvent(event)

    def _start(
        self,
        job: Callable[..., Any],
        *args: Any,
        description: str,
        conclude: Callable[[Any], None],
        keeps: Callable[[Any], bool] | None = None,
    ) -> None:
        self._conclude = conclude
        self._bar.start("Starting…")
        self._worker = start_job(
            job,
            *args,
            description=description,
            keeps=keeps,
            connect={
                "yielded": self._show_event,
                "returned": self._keep,
                "finished": self._end,
            },
        )

    def _show_event(self, event: Any) -> None:
        self._bar.show_event(event)

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

    def _leave(self) -> None:
        super()._leave()
        self.cancel()
