"""What is to be done, as large and plain choices above the choice of degradations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QButtonGroup, QGridLayout, QVBoxLayout, QWidget

from napari_flowprior._widgets.fields import Button, Paragraph
from napari_flowprior._widgets.restore._tips import TASK_TIPS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from napari_flowprior._widgets.fields import Choice
    from napari_flowprior._widgets.restore._plots import DiagnosisPlots
    from napari_flowprior.restoration import Diagnosis

__all__ = ["TaskChoice", "kinds_of", "task_of"]

_OTHER = "Other"
_COLUMNS = 2
_HEIGHT = 26  # pixels


def task_of(kind: str) -> str:
    """Name the task that undoes a degradation.

    Parameters
    ----------
    kind : str
        Name of the degradation.

    Returns
    -------
    str
        The task; "Other" if there is no such task.
    """
    from napari_flowprior.restoration import DEGRADATIONS

    task = DEGRADATIONS[kind].task if kind in DEGRADATIONS else _OTHER
    return task if task in TASK_TIPS else _OTHER


def kinds_of(task: str, kinds: Iterable[str]) -> list[str]:
    """Name the degradations that a task undoes.

    Parameters
    ----------
    task : str
        The task.
    kinds : iterable of str
        All degradations.

    Returns
    -------
    list of str
        Some of them, in their order.
    """
    return [kind for kind in kinds if task_of(kind) == task]


class TaskChoice(QWidget):
    """A button for each task, one that asks which it should be, and the answer.

    Parameters
    ----------
    kinds : Choice
        Degradations by name, in a form when one is chosen; the button of the task of
        the chosen one is down, and in the list are those of this task.
    make_plots : callable
        Makes what goes below the answer, when there first is one.

    Attributes
    ----------
    buttons : dict of str to Button
        The buttons of the tasks.
    question : Button
        Asks for a diagnosis.
    diagnosis : Paragraph
        What is wrong with the image; hidden while that is not known.
    diagnosis_asked : Signal
        Emitted when it is asked what is wrong with the image.
    """

    diagnosis_asked = Signal()

    def __init__(self, kinds: Choice, make_plots: Callable[[], DiagnosisPlots]) -> None:
        super().__init__()
        self.plots: DiagnosisPlots | None = None
        self._make_plots = make_plots
        self._kinds = kinds
        self.buttons: dict[str, Button] = {}
        self.question = Button("What is wrong with this image?")
        self.question.setToolTip("Look at the layer, and set what undoes what is found")
        self.question.clicked.connect(self.diagnosis_asked)
        self.diagnosis = Paragraph()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(self._make_buttons())
        layout.addWidget(self.question)
        layout.addWidget(self.diagnosis)
        self.show_diagnosis(())
        kinds.changed.connect(self.follow)
        kinds.native.opened.connect(self._list_own)

    def _make_buttons(self) -> QGridLayout:
        group, layout = QButtonGroup(self), QGridLayout()
        layout.setSpacing(4)
        for number, (task, tip) in enumerate(TASK_TIPS.items()):
            button = self.buttons[task] = Button(task)
            button.setCheckable(True)
            button.setToolTip(tip)
            button.setMinimumHeight(_HEIGHT)
            group.addButton(button)
            layout.addWidget(button, *divmod(number, _COLUMNS))
        group.buttonClicked.connect(lambda button: self._take(button.text()))
        return layout

    def show_diagnosis(
        self, sentences: Sequence[str], found: Diagnosis | None = None
    ) -> None:
        """Say what is wrong with the image.

        Parameters
        ----------
        sentences : sequence of str
            What was found; empty to hide it.
        found : Diagnosis, optional
            What there are plots of.
        """
        if self.plots is None and found is not None:
            self.plots = self._make_plots()
            self.layout().addWidget(self.plots)
        if self.plots is not None:
            self.plots.show_plots(found)
        self.diagnosis.setText("\n".join(sentences))
        self.diagnosis.setVisible(bool(sentences))

    def _take(self, task: str) -> None:
        own = kinds_of(task, self._kinds.values)
        if self._kinds.value not in own:
            self._kinds.value = own[0]

    def follow(self) -> None:
        """Show the task of the degradation that is chosen."""
        task = task_of(self._kinds.value)
        self.buttons[task].setChecked(True)
        # The list is there only where there is something to choose.
        several = len(kinds_of(task, self._kinds.values)) > 1
        self._kinds.parent.show_row(self._kinds, several)

    def _list_own(self) -> None:
        """List the degradations of the task alone; before, the list is not there."""
        own = kinds_of(task_of(self._kinds.value), self._kinds.values)
        for row, kind in enumerate(self._kinds.values):
            self._kinds.native.view().setRowHidden(row, kind not in own)
