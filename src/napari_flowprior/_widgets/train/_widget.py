"""The dock widget that trains a prior on layers or a folder of images."""

# ruff: noqa: N802 (names of Qt)

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_flowprior._errors import FlowPriorError
from napari_flowprior._widgets.fields import (
    FIELDS,
    Primary,
    Section,
    SharedPlace,
    SnugScrollArea,
    TabOrder,
    delete_at_exit,
    slim_layout,
)
from napari_flowprior._widgets.jobs import Estimate, LateForm, Latest, in_fields
from napari_flowprior._widgets.layers import CanvasContext
from napari_flowprior._widgets.train import _job
from napari_flowprior._widgets.train._bar import TrainBar
from napari_flowprior._widgets.train._copying import CopyingWidget
from napari_flowprior._widgets.train._session import session_of
from napari_flowprior._widgets.train._states import READY, State, can
from napari_flowprior._widgets.train.figures._pictures import TrainPictures
from napari_flowprior._widgets.train.figures._plots import CurvePlots

if TYPE_CHECKING:
    import napari

    from napari_flowprior._widgets.train._form import TrainForm

__all__ = ["TrainWidget"]


class TrainWidget(CopyingWidget):
    """Trains a prior in the background, and offers it to the Restore widget.

    The training belongs to the viewer: it goes on when the widget is closed.

    Parameters
    ----------
    napari_viewer : napari.viewer.Viewer
        The viewer.

    Attributes
    ----------
    started : Signal
        Emitted when a training starts or is resumed.
    finished : Signal(object)
        Emitted when it ends for whatever reason, with the path of the prior if there is
        one, and once when `train` or `resume` was refused.

    Examples
    --------
    >>> widget = TrainWidget(viewer)
    >>> viewer.window.add_dock_widget(widget, name="Train a prior")
    >>> widget.layers = [viewer.layers["clean"]]
    >>> widget.name, widget.minutes = "cells", 10
    >>> widget.train()
    """

    started = Signal()
    finished = Signal(object)
    _foreseen: Estimate | None = None

    def __init__(self, napari_viewer: napari.viewer.Viewer) -> None:
        super().__init__()
        delete_at_exit(self)
        self._viewer = napari_viewer
        self._form: TrainForm | None = None
        self._session = session_of(napari_viewer)
        self._bar = TrainBar()
        CanvasContext(self, napari_viewer)
        Primary(self._bar.buttons["train"], napari_viewer)
        self._scroll = SnugScrollArea()
        self._plots = CurvePlots(napari_viewer)
        self._pictures = TrainPictures()
        self.setStyleSheet(FIELDS)
        TabOrder(self)
        SharedPlace(self)
        layout = slim_layout(self)
        layout.addWidget(self._scroll)
        layout.addWidget(self._bar)
        layout.addStretch(1)
        self._connect()
        self._load()

    def _connect(self) -> None:
        session = self._session
        self._bar.asked.connect(self._do)
        self._bar.copy.asked.connect(self._copy_or_ask)
        session.changed.connect(self._show_state)
        session.progressed.connect(Latest(self._show_progress, self).note)
        session.pictured.connect(self._show_pictures)
        session.ended.connect(self.finished)
        session.found_noisy.connect(self._take_for_noisy)

    # --- for scripts

    @property
    def form(self) -> TrainForm:
        """The fields; asking for them loads torch if it is not loaded yet."""
        if self._form is None:
            from napari_flowprior._widgets.train._form import TrainForm

            self._form = TrainForm(self._viewer)
            self._arrange(self._form)
            if self._session.settings:
                self._form.settings = self._session.settings
            self._show_state()
            self._show_progress()
            self._show_pictures()
        return self._form

    @property
    def state(self) -> str:
        """One of "idle", "running", "stopping", "stopped", "done" and "failed"."""
        return str(self._session.state)

    @property
    def running(self) -> bool:
        """Whether a training is under way."""
        return self._session.running

    @property
    def status(self) -> str:
        """What the widget says of the training."""
        return self._session.text

    def train(self) -> None:
        """Start a training in the background, unless one is running or stopped."""
        self._begin("train")

    def resume(self) -> None:
        """Go on with a training that was stopped, in this session or an earlier one."""
        self._begin("resume")

    def stop(self) -> None:
        """Stop within two seconds; the best prior and the last state are kept."""
        self._session.stop()

    def reset(self) -> None:
        """Forget a training that has ended, and take a new name; its files stay."""
        if can(self._session.state, "reset"):
            self._session.reset()
            self.form.rename()
            self._show_state()

    # --- what buttons and keys do

    def keyPressEvent(self, event: Any) -> None:
        """Stop a training on Escape, wherever the focus is."""
        if event.key() == Qt.Key.Key_Escape and self.running:
            self.stop()
        else:
            super().keyPressEvent(event)

    def _do(self, action: str) -> None:
        getattr(self, action)()

    def _begin(self, action: str) -> None:
        session, form = self._session, self.form
        if not can(session.state, action):
            return
        try:
            if session.state == State.STOPPED:
                job = session.renewed_job(**form.renewed())
            else:
                job = form.job()
        except FlowPriorError as error:
            session.refuse(in_fields(str(error)))
            self.finished.emit(None)
            return
        session.settings = form.settings
        getattr(session, action)(job)
        self.started.emit()

    def _take_for_noisy(self) -> None:
        self.images = "noisy"

    # --- what is shown

    def _load(self) -> None:
        late = LateForm(self, self._scroll, (self._bar,))
        late.due.connect(self._open_form)
        late.failed.connect(self._refuse)
        late.load(_job.load_training)

    def _open_form(self) -> None:
        self.form  # noqa: B018

    def _refuse(self, sentence: str) -> None:
        self._session.refuse(sentence)
        self._bar.show_state(self._session, resumable=False)

    def _arrange(self, form: TrainForm) -> None:
        self._settings = Section("Settings", form)
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in (self._settings, self._plots, self._pictures):
            layout.addWidget(widget)
        self._plots.hide()
        self._pictures.hide()
        self._scroll.setWidget(content)
        self._bar.setEnabled(True)
        form.renamed.connect(self._show_buttons)
        form.changed.connect(self._session.forgive)
        self._foresee(form)

    def _foresee(self, form: TrainForm) -> None:
        """Tell what there is to train on as soon as the settings have settled."""
        from napari_flowprior._widgets.train import _foresight

        self._foreseen = Estimate(
            self._bar.foreseen, partial(_foresight.ask, form), _foresight.say
        )
        form.changed.connect(self._foreseen.refresh)
        self._foreseen.due.connect(self._begin_look)
        self._foreseen.found.connect(self._bar.facts.hide)
        self._session.changed.connect(self._foreseen.refresh)
        self._foreseen.refresh()

    def _begin_look(self) -> None:
        if self.isVisible() and self._session.state in READY:
            self._foreseen.begin()

    # --- end of the widget

    def _leave(self) -> None:
        super()._leave()
        if self._foreseen is not None:
            self._foreseen.cancel()

    # --- what is shown, of the training

    def _show_state(self) -> None:
        if self._form is None:
            return
        state = self._session.state
        at_work = state in (State.RUNNING, State.STOPPING)
        renewable = self._form.renewable if state == State.STOPPED else ()
        locked = at_work or state == State.STOPPED
        self._form.lock(all_but=renewable if locked else None)
        # While it runs, the room is for what it shows.
        self._settings.button.setChecked(not at_work)
        self._show_buttons()
        self._show_progress()
        self._show_pictures()

    def _show_buttons(self) -> None:
        stopped = self._session.state == State.STOPPED
        resumable = self._session.resumable if stopped else self.form.resumable
        self._bar.show_state(self._session, resumable=resumable)

    def _show_progress(self) -> None:
        self._bar.show_progress(self._session)
        curves = self._session.curves
        if self._form is not None:
            self._plots.setVisible(bool(curves))
        if curves:
            self._plots.show_curves(curves)

    def _show_pictures(self) -> None:
        pictures = self._session.pictures
        if self._form is not None:
            self._pictures.setVisible(pictures is not None)
        if pictures is not None:
            self._pictures.show_pictures(pictures)
