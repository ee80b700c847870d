"""Run button, progress and status: what is going on, and how to start or stop it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from napari_flowprior._widgets.fields import WRONG, Button, CopyButton
from napari_flowprior._widgets.jobs import duration

if TYPE_CHECKING:
    from napari_flowprior.restoration import RestoreEvent
    from napari_flowprior.training import TrainEvent

__all__ = ["SESSION", "RunBar"]

SESSION = "session"
"""What is asked for in place of a language to copy all that was run."""

_SESSION = "Copy session as Python"


class RunBar(QWidget):
    """A button that runs or cancels, a progress bar, and a line of text.

    Attributes
    ----------
    cost : QLabel
        What a run will take.
    several, again : Button
        Hidden, until somebody has a use for them.
    """

    run_asked = Signal()
    cancel_asked = Signal()
    copy_asked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._busy = False
        self._wrong = False
        self._obstacle = ""
        self._started = 0.0
        self.cost = QLabel()
        self.button = Button("Run")
        self.button.clicked.connect(self._ask)
        self.several = Button("")
        self.several.hide()
        self.again = Button(
            "Set as for the active layer",
            "Set what the active layer was restored with: Run makes it again",
        )
        self.again.hide()
        self.copy = CopyButton(
            "Copy what Run would do, or all that was run", {SESSION: _SESSION}
        )
        self.copy.asked.connect(self.copy_asked)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(8)
        self.progress.setAccessibleName("Progress of the restoration")
        self.status = QLabel()
        self.status.setWordWrap(True)
        self.status.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
        )
        self._arrange()
        self.stop()

    def _arrange(self) -> None:
        policy = self.progress.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.progress.setSizePolicy(policy)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        row = QHBoxLayout()
        row.addWidget(self.button, 1)
        row.addWidget(self.copy)
        layout.addWidget(self.cost)
        layout.addLayout(row)
        layout.addWidget(self.several)
        layout.addWidget(self.again)
        layout.addWidget(self.progress)
        layout.addWidget(self.status)

    def start(self, text: str) -> None:
        """Turn the button into Cancel."""
        self._busy = True
        self._started = 0.0
        self.several.setEnabled(False)
        self.button.setText("Cancel")
        self.button.setEnabled(True)
        self.progress.setRange(0, 0)
        self.progress.show()
        self.say(text)

    def say(self, text: str, *, wrong: bool = False) -> None:
        """Show a sentence, in red if something went wrong."""
        self._wrong = wrong
        self.status.setText(text)
        self.status.setStyleSheet(WRONG if wrong else "")

    def clear_wrong(self) -> None:
        """Take back what was wrong, as it may be right now."""
        if self._wrong:
            self.say("")

    def show_obstacle(self, sentence: str) -> None:
        """Let nothing be run while something stands in the way.

        Parameters
        ----------
        sentence : str
            What that is; empty if nothing does.
        """
        before, self._obstacle = self._obstacle, sentence
        self.button.setToolTip(sentence)
        if not self._busy:
            self.button.setEnabled(not sentence)
            self.copy.setEnabled(not sentence)
            self.several.setEnabled(not sentence)
            if sentence or self.status.text() == before:
                self.say(sentence)

    def stop(self) -> None:
        """Turn the button back into Run."""
        self._busy = False
        self.button.setText("Run")
        self.button.setEnabled(not self._obstacle)
        self.several.setEnabled(not self._obstacle)
        self.progress.hide()

    def show_cancelling(self) -> None:
        """Say that the request to stop was heard."""
        self.button.setText("Cancelling…")
        self.button.setEnabled(False)

    def show_event(self, event: RestoreEvent | TrainEvent | None) -> None:
        """Show progress."""
        if event is None or not event.message:
            return
        if not event.total:
            self.say(f"{event.message}…")
            return
        self._started = self._started or time.monotonic()
        self.progress.setRange(0, event.total)
        self.progress.setValue(event.done)
        self.say(event.message + self._time_left(event.done / event.total))

    def _time_left(self, fraction: float) -> str:
        if not fraction:
            return "…"
        spent = time.monotonic() - self._started
        return f": {duration(spent * (1 / fraction - 1))} left"

    def _ask(self) -> None:
        if self._busy:
            self.cancel_asked.emit()
        else:
            self.run_asked.emit()
