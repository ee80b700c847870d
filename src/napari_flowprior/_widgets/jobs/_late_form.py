"""Forms that name what torch knows, and so wait until it is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, Signal
from qtpy.QtWidgets import QLabel

from napari_flowprior._widgets.jobs._loading import is_loaded, load
from napari_flowprior._widgets.jobs._worker import Failure, start_job

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

    from qtpy.QtWidgets import QScrollArea, QWidget

__all__ = ["LateForm"]


class LateForm(QObject):
    """Loads torch in the background, and says so in place of a form.

    Parameters
    ----------
    dock : QWidget
        What the form belongs to.
    scroll : QScrollArea, optional
        Where the form is to be.
    bars : iterable of QWidget
        What cannot be used without it.

    Attributes
    ----------
    due : Signal
        Emitted when the form can be made.
    failed : Signal(str)
        Emitted with a sentence in place of it.
    """

    due = Signal()
    failed = Signal(str)

    def __init__(
        self,
        dock: QWidget,
        scroll: QScrollArea | None = None,
        bars: Iterable[QWidget] = (),
    ) -> None:
        super().__init__(dock)
        self._scroll = scroll
        self._bars = tuple(bars)

    def load(self, job: Callable[[], Generator[Any, None, None]] = load) -> None:
        """Load what is not loaded yet.

        Parameters
        ----------
        job : callable
            Loads it, step by step.
        """
        if is_loaded():
            self.due.emit()
            return
        if self._scroll is not None:
            waiting = QLabel("Loading PyTorch…")
            waiting.setMinimumSize(280, 80)
            self._scroll.setWidget(waiting)
        for bar in self._bars:
            bar.setEnabled(False)
        start_job(
            job,
            description="the start of PyTorch",
            connect={"returned": self._end},
        )

    def _end(self, outcome: object) -> None:
        if isinstance(outcome, Failure):
            self.failed.emit(outcome.message)
        else:
            self.due.emit()
