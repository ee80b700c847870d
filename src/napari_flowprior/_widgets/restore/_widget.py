"""The dock widget that restores an image layer."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Signal

from napari_flowprior._widgets.fields import (
    FIELDS,
    Primary,
    SharedPlace,
    TabOrder,
    slim_layout,
)
from napari_flowprior._widgets.jobs import Estimate, Pending
from napari_flowprior._widgets.layers import CanvasContext
from napari_flowprior._widgets.preview import Preview, PreviewBar
from napari_flowprior._widgets.restore import _job
from napari_flowprior._widgets.restore._adapting import AdaptingWidget
from napari_flowprior._widgets.restore._again import settings_of, take_down
from napari_flowprior._widgets.restore._cost import say_cost
from napari_flowprior._widgets.restore._destination import store_of
from napari_flowprior._widgets.restore._filling import FillingLayer
from napari_flowprior._widgets.restore._new_layer import NewLayer
from napari_flowprior._widgets.restore._results import add_layers, summary
from napari_flowprior._widgets.restore._runs import note_run
from napari_flowprior._widgets.restore._selected import SelectedLayers
from napari_flowprior._widgets.restore._store import Filling

if TYPE_CHECKING:
    import napari

    from napari_flowprior._widgets.restore._form import RestoreForm
    from napari_flowprior._widgets.restore._job import Outcome

__all__ = ["RestoreWidget"]


class RestoreWidget(AdaptingWidget):
    """Restores an image layer in the background and adds the result as a layer.

    Parameters
    ----------
    napari_viewer : napari.viewer.Viewer
        The viewer.

    Attributes
    ----------
    ready : Signal
        Emitted when the form is there.
    started : Signal
        Emitted when a restoration starts.
    finished : Signal(object)
        Emitted once for every `run`, with the new layer, or None when it failed or was
        cancelled.
    failed : Signal(str)
        Emitted before these with a sentence, when it failed.

    Examples
    --------
    >>> widget = RestoreWidget(viewer)
    >>> viewer.window.add_dock_widget(widget, name="Restore")
    >>> widget.layer = viewer.layers["noisy"]
    >>> widget.degradation_options = {"sigma": 25}
    >>> layer = widget.run().wait()
    """

    ready = Signal()
    started = Signal()
    finished = Signal(object)

    def __init__(self, napari_viewer: napari.viewer.Viewer) -> None:
        super().__init__()
        self._viewer = napari_viewer
        self._form: RestoreForm | None = None
        self._preview: Preview | None = None
        self._selected: SelectedLayers | None = None
        self._filling: FillingLayer | None = None
        CanvasContext(self, napari_viewer)
        Primary(self._bar.button, napari_viewer)
        self._bar.run_asked.connect(self.run)
        self._bar.copy_asked.connect(self._copy_or_ask)
        self._bar.several.clicked.connect(self.run_all)
        self._bar.again.clicked.connect(self._set_as_for_active)
        self._preview_bar = PreviewBar(napari_viewer)
        self.setStyleSheet(FIELDS)
        TabOrder(self)
        SharedPlace(self)
        layout = slim_layout(self)
        layout.addWidget(self._scroll)
        layout.addWidget(self._preview_bar)
        layout.addWidget(self._bar)
        layout.addStretch(1)
        self._load(self._preview_bar)

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
        form.diagnosis_asked.connect(self.diagnose)
        form.adapt.clicked.connect(self._adapt_briefly)
        form.changed.connect(self._follow_form)
        form.refused.connect(partial(self._bar.say, wrong=True))
        self._scroll.setWidget(form)
        self._bar.setEnabled(True)
        self._add_preview(form)
        self._selected = SelectedLayers(self._viewer, self, self._bar)
        self._follow_form()
        self.ready.emit()

    def _add_preview(self, form: RestoreForm) -> None:
        from napari_flowprior._widgets.restore._preview import Previews

        previews = Previews(self._viewer, form.taken)
        self._preview = Preview(self._viewer, self._preview_bar, previews.ask)
        form.changed.connect(self._preview.refresh)
        self._preview_bar.setEnabled(True)
        self._cost = Estimate(self._bar.cost, previews.estimate, say_cost)
        form.changed.connect(self._cost.refresh)
        self._preview_bar.toggled.connect(self._cost.refresh)
        self._cost.due.connect(self._begin_estimate)
        self._cost.refresh()

    def _begin_estimate(self) -> None:
        if self._is_idle():
            self._cost.begin()

    def _is_idle(self) -> bool:
        busy = self.running or self.preview.on or self.form.source.obstacle
        return self.isVisible() and not busy

    @property
    def preview(self) -> Preview:
        """A part of the layer as it would be restored, once it is started.

        Examples
        --------
        >>> widget.preview.start()
        >>> widget.preview.stop()
        """
        self.form  # noqa: B018
        assert self._preview is not None
        return self._preview

    def run(self) -> Pending:
        """Restore the layer in the background.

        Returns
        -------
        Pending
            Its ``wait()`` returns the new layer, or None if it was cancelled. While
            something else is computed, nothing is done but to wait for `finished`.

        Examples
        --------
        >>> widget.degradation_options = {"sigma": 25}
        >>> layer = widget.run().wait()
        """
        pending = Pending(self, self.finished, self.failed)
        if not self.running:
            self._run()
        return pending

    def run_all(self) -> Pending:
        """Restore all selected images one after the other, with the same settings.

        Returns
        -------
        Pending
            Its ``wait()`` returns a list of the new layers, or None if it was
            cancelled. One that cannot be restored does not stop the rest.

        Examples
        --------
        >>> viewer.layers.selection = set(viewer.layers)
        >>> layers = widget.run_all().wait()
        """
        self.form  # noqa: B018
        assert self._selected is not None
        pending = Pending(self, self._selected.finished)
        if not self.running:
            self._selected.start(self._selected.layers)
        return pending

    def cancel(self) -> None:
        """Stop what is running, within a second as a rule, and what would follow.

        Examples
        --------
        >>> widget.run()
        >>> widget.cancel()
        """
        if self._selected is not None:
            self._selected.cancel()
        super().cancel()

    def _run(self) -> None:
        asked = None
        with self._said():
            job = self.form.job()
            settings = take_down(settings_of(self.form))
            new = NewLayer(self.layer, job, settings)
            asked = replace(job, store=store_of(self.store, job, new)), new
        if asked is None:
            self.finished.emit(None)
            return
        job, new = asked
        self.preview.stop()
        self._cost.cancel()
        self._filling = FillingLayer(self._viewer, new)
        self._start(
            _job.restore,
            job,
            description=f"the restoration of {self.layer.name}",
            conclude=partial(self._finish, new),
            keeps=lambda event: isinstance(event, Filling),
        )
        self.started.emit()

    def _follow_form(self) -> None:
        self._bar.clear_wrong()
        self._bar.show_obstacle(self.form.source.obstacle)

    # --- life of a job

    def _show_event(self, event: Any) -> None:
        super()._show_event(event)
        if isinstance(event, Filling):
            self._filling.show(event.image)
        elif self._filling is not None:
            self._filling.refresh()

    def _finish(self, new: NewLayer, result: Outcome | None) -> None:
        layer = None
        self._end_filling()
        if result is not None:
            with self._said():
                layer, more = add_layers(self._viewer, new, result)
                note_run(self._viewer, layer)
                self._bar.say(summary(result.provenance, more))
        self.finished.emit(layer)

    def _end_filling(self) -> None:
        if self._filling is not None:
            self._filling.remove()
            self._filling = None

    def _leave(self) -> None:
        super()._leave()
        self._end_filling()
        if self._preview is not None:
            self._preview.stop()
            self._cost.cancel()
