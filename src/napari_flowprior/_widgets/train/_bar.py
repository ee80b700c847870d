"""Buttons, progress and status of a training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from napari_flowprior._widgets.fields import WRONG, Button, CopyButton
from napari_flowprior._widgets.train._states import ACTIONS, State, can

if TYPE_CHECKING:
    from napari_flowprior._widgets.train._session import TrainSession

__all__ = ["TrainBar"]

_TIPS = {
    "train": "Start a training with the settings above",
    "stop": "Stop within two seconds; the best prior and the last state are kept",
    "resume": "Go on with the stopped training of this name",
    "reset": "Forget this training, and choose another name; its files stay",
}
_NARROW = 60  # pixels, which Resume fits in
_AT_WORK = State.RUNNING, State.STOPPING


class TrainBar(QWidget):
    """Four buttons, two progress bars, and lines of text."""

    asked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.buttons = {action: self._button(action) for action in ACTIONS}
        self.overall, self.part = _bar(), _bar()
        self.status, self.facts, self.foreseen = _text(), _text(), _text()
        row = QHBoxLayout()
        row.setSpacing(4)
        for button in self.buttons.values():
            row.addWidget(button)
        self.copy = CopyButton("Copy what Train would do")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.foreseen)
        layout.addLayout(row)
        layout.addWidget(self.copy, alignment=Qt.AlignmentFlag.AlignRight)
        for widget in (self.overall, self.part, self.status, self.facts):
            layout.addWidget(widget)

    def _button(self, action: str) -> Button:
        button = Button(action.capitalize())
        button.setToolTip(_TIPS[action])
        # Without it they ask for more until the theme of napari reaches them.
        button.setMinimumWidth(_NARROW)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        button.clicked.connect(lambda: self.asked.emit(action))
        return button

    def show_state(self, session: TrainSession, *, resumable: bool) -> None:
        """Enable the buttons that make sense, and show what is being done.

        Parameters
        ----------
        session : TrainSession
            The training.
        resumable : bool
            Whether there is a checkpoint to go on from.
        """
        for action, button in self.buttons.items():
            button.setEnabled(can(session.state, action, resumable=resumable))
        for bar in (self.overall, self.part):
            bar.setVisible(session.state in _AT_WORK)
        self.show_progress(session)

    def show_progress(self, session: TrainSession) -> None:
        """Show bars and texts.

        Parameters
        ----------
        session : TrainSession
            The training.
        """
        _fill(self.overall, "Training: %p %", session.pace.overall())
        _fill(self.part, *session.pace.part())
        self.status.setText(session.text)
        wrong = session.state == State.FAILED
        self.status.setStyleSheet(WRONG if wrong else "")
        self.status.setVisible(bool(session.text))
        self.facts.setText("\n".join(session.facts.values()))
        # What is foreseen is newer than what was found then.
        self.facts.setVisible(bool(session.facts) and self.foreseen.isHidden())


def _bar() -> QProgressBar:
    bar = QProgressBar()
    bar.setFixedHeight(18)
    return bar


def _text() -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def _fill(bar: QProgressBar, text: str, progress: tuple[int, int]) -> None:
    done, total = progress
    bar.setFormat(text)
    bar.setRange(0, total)
    bar.setValue(done)
