"""A job in the activity dock of napari, where it can be watched and cancelled."""

from __future__ import annotations

from contextlib import suppress
from io import StringIO
from typing import TYPE_CHECKING, Any

from napari.utils import cancelable_progress
from qtpy.QtCore import QObject, QTimer, Slot

from napari_flowprior._widgets.jobs._latest import Latest

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Activity"]


class Activity(QObject):
    """Shows how far a job is, from the next time on that napari has a moment.

    To show it, napari handles all events that wait, and one may be that its window is
    closed. Whoever has begun the job must be done with that by then.

    Parameters
    ----------
    description : str
        What the job is called.
    cancel : callable
        Cancels it.
    how_far : callable
        Returns how much of an event's job is done, and how much there is in all, which
        is 0 if that is not known; or None if the event says nothing of it.

    Attributes
    ----------
    bar : cancelable_progress or None
        What napari shows, once it does.
    """

    def __init__(
        self,
        description: str,
        cancel: Callable[[], object],
        how_far: Callable[[Any], tuple[int, int] | None],
    ) -> None:
        super().__init__()
        self._how_far = how_far
        self._far = 0, 0
        self._latest = Latest(self._move, self)
        self._description = description
        self._cancel = cancel
        self._ended = False
        self.bar: _Bar | None = None
        QTimer.singleShot(0, self._begin)

    @Slot()
    def _begin(self) -> None:
        if self._ended:
            return
        with suppress(RuntimeError):
            # Without a window it would be written to the terminal.
            self.bar = _Bar(desc=self._description, total=0, file=StringIO())
            self.bar.cancel_callback = self._cancel
            self._move()
        # It may have ended while napari handled other events.
        if self._ended:
            self.end()

    @Slot(object)
    def show_event(self, event: Any) -> None:
        """Move the bar soon."""
        far = self._how_far(event)
        if far is not None:
            self._far = far
            self._latest.note()

    def _move(self) -> None:
        if self.bar is None:
            return
        done, total = self._far
        # The window, and with it what shows the bar, may be closed by now.
        with suppress(RuntimeError):
            if self.bar.total != total:
                self.bar.total = total
            self.bar.update(done - self.bar.n)

    @Slot()
    def end(self) -> None:
        """Take the bar away."""
        self._ended = True
        self._latest.stop()
        if self.bar is not None:
            with suppress(RuntimeError, KeyError):
                self.bar.close()


class _Bar(cancelable_progress):
    """Cancels at once, and not with the next of a loop's items."""

    def cancel(self) -> None:
        super().cancel()
        self.cancel_callback()
