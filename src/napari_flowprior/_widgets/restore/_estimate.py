"""The line above Run that says what it will take, told anew when a setting changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, QTimer, Signal

from napari_flowprior._widgets.fields import WRONG
from napari_flowprior._widgets.jobs import start_aside
from napari_flowprior._widgets.restore._cost import Cost, free_memory

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from qtpy.QtWidgets import QLabel

    from napari_flowprior._widgets.jobs import JobWorker

__all__ = ["Estimate"]

_SETTLED = 1000  # milliseconds without another change


class Estimate(QObject):
    """Times a tile in the background whenever the settings have changed and settled.

    Parameters
    ----------
    label : QLabel
        Where it is said; hidden while nothing is known.
    ask : callable
        Takes down the settings; returns what measures the cost, or None if they are
        wrong.

    Attributes
    ----------
    due : Signal
        Emitted when settings have settled, so that `begin` is to be called unless
        something else is computed.
    found : Signal(object)
        Emitted with the `Cost` when it is known.
    """

    due = Signal()
    found = Signal(object)

    def __init__(
        self,
        label: QLabel,
        ask: Callable[[], Callable[[], Generator[Any, None, Cost]] | None],
    ) -> None:
        super().__init__(label)
        self._label = label
        self._ask = ask
        self._worker: JobWorker | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_SETTLED)
        self._timer.timeout.connect(self.due)
        self._label.setWordWrap(True)
        self._label.hide()

    def refresh(self) -> None:
        """Tell it anew, soon."""
        self.cancel()
        self._label.hide()
        self._timer.start()

    def cancel(self) -> None:
        """Time nothing any more, until it is asked for again."""
        self._timer.stop()
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.returned.disconnect(self._say)
            worker.quit()

    def begin(self) -> None:
        """Time a tile, if the settings are right."""
        work = self._ask()
        if work is not None:
            self._worker = start_aside(work, connect={"returned": self._say})

    def _say(self, outcome: Any) -> None:
        """Say nothing of a failure, which a run would say too."""
        self._worker = None
        if isinstance(outcome, Cost):
            text, wrong = outcome.say(free_memory())
            self._label.setText(text)
            self._label.setStyleSheet(WRONG if wrong else "")
            self._label.show()
            self.found.emit(outcome)
