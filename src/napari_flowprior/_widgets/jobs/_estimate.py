"""A line that says what something will take, told anew when a setting changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QEvent, QObject, QTimer, Signal

from napari_flowprior._widgets.fields import WRONG
from napari_flowprior._widgets.jobs._worker import start_aside

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from qtpy.QtWidgets import QLabel

    from napari_flowprior._widgets.jobs._worker import JobWorker

    Work = Callable[[], Generator[Any, None, Any]]

__all__ = ["Estimate"]

_SETTLED = 1000  # milliseconds without another change


class Estimate(QObject):
    """Finds out in the background whenever the settings have changed and settled.

    Parameters
    ----------
    label : QLabel
        Where it is said, in a widget; hidden while nothing is known.
    ask : callable
        Takes down the settings; returns what finds out, or None if they are wrong.
    say : callable
        Makes a sentence of what was found, or of a `Failure`, and tells whether
        something is wrong; an empty one says nothing.

    Attributes
    ----------
    due : Signal
        Emitted when settings have settled, so that `begin` is to be called unless
        something else is computed.
    found : Signal(object)
        Emitted with what was found, when it is said.
    """

    due = Signal()
    found = Signal(object)

    def __init__(
        self,
        label: QLabel,
        ask: Callable[[], Work | None],
        say: Callable[[Any], tuple[str, bool]],
    ) -> None:
        super().__init__(label)
        self._label = label
        self._ask = ask
        self._sentence = say
        self._worker: JobWorker | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_SETTLED)
        self._timer.timeout.connect(self.due)
        self._label.setWordWrap(True)
        self._label.hide()
        label.parentWidget().installEventFilter(self)

    def eventFilter(self, watched: Any, event: QEvent) -> bool:  # noqa: N802 (of Qt)
        """Tell what nobody could see before, as another dock was in front."""
        if event.type() == QEvent.Type.Show and self._label.isHidden():
            self.refresh()
        return False

    def refresh(self) -> None:
        """Tell it anew, soon."""
        self.cancel()
        self._label.hide()
        self._timer.start()

    def cancel(self) -> None:
        """Find out nothing any more, until it is asked for again."""
        self._timer.stop()
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.returned.disconnect(self._say)
            worker.quit()

    def begin(self) -> None:
        """Find out, if the settings are right."""
        work = self._ask()
        if work is not None:
            self._worker = start_aside(work, connect={"returned": self._say})

    def _say(self, outcome: Any) -> None:
        self._worker = None
        text, wrong = self._sentence(outcome)
        if text:
            self._label.setText(text)
            self._label.setStyleSheet(WRONG if wrong else "")
            self._label.show()
            self.found.emit(outcome)
