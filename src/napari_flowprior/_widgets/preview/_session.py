"""A preview that is cancelled, and computed anew, when a setting changes."""

from __future__ import annotations

from inspect import unwrap
from typing import TYPE_CHECKING, Any

from qtpy.compat import isalive
from qtpy.QtCore import QObject, QTimer, Signal

from napari_flowprior._widgets.jobs import Failure, failure, start_aside
from napari_flowprior._widgets.preview._layer import PreviewLayer
from napari_flowprior._widgets.preview._picture import Picture

if TYPE_CHECKING:
    from collections.abc import Callable

    import napari

    from napari_flowprior._widgets.jobs import JobWorker
    from napari_flowprior._widgets.preview._bar import PreviewBar
    from napari_flowprior._widgets.preview._picture import Asked

__all__ = ["Preview"]

# Milliseconds without another change: of settings, and of the view.
_SETTLED, _VIEW_SETTLED = 40, 300
_VIEW = ("center", "zoom")
_DIMS = ("current_step", "order", "ndisplay")


class Preview(QObject):
    """Shows a part of a layer as it would be restored, for as long as it is wanted.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        Where it is shown.
    bar : PreviewBar
        What it is asked for by.
    ask : callable
        Takes down the settings, given a layer of shapes or None, as `Asked`; raises an
        `InputError` if they are wrong, and returns None if there is nothing to show
        yet.

    Attributes
    ----------
    shown : Signal(object)
        Emitted with every `Picture` that is shown.
    settled : Signal
        Emitted when the last of them is there, or something is wrong.
    """

    shown = Signal(object)
    settled = Signal()

    def __init__(
        self,
        viewer: napari.viewer.Viewer,
        bar: PreviewBar,
        ask: Callable[[Any], Asked | None],
    ) -> None:
        super().__init__(bar)
        self._viewer = viewer
        self._bar = bar
        self._ask = ask
        self._attempt: _Attempt | None = None
        self._picture = PreviewLayer(viewer)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._begin)
        bar.toggled.connect(self._toggle)
        bar.area_changed.connect(self.refresh)
        bar.area_edited.connect(self._follow_view)
        bar.moved.connect(self._move)
        viewer.layers.events.removed.connect(self._follow_removed)
        for name in _VIEW:
            getattr(viewer.scene.camera.events, name).connect(self._follow_view)
        for name in _DIMS:
            getattr(viewer.dims.events, name).connect(self._follow_view)

    @property
    def on(self) -> bool:
        """Whether there is to be a preview."""
        return bool(self._bar.button.isChecked())

    @property
    def layer(self) -> Any:
        """The layer that shows it, or None."""
        return self._picture.layer

    def refresh(self) -> None:
        """Compute it anew, soon; what is being computed is cancelled at once."""
        self._cancel()
        if self.on:
            self._timer.start(_SETTLED)

    def clear(self) -> None:
        """Take away what is shown, and what is being computed, until `refresh`."""
        self._timer.stop()
        self._cancel()
        self._picture.remove()

    def start(self) -> None:
        """Show a preview, until it is stopped."""
        self._bar.button.setChecked(True)

    def stop(self) -> None:
        """Take the preview away."""
        self._bar.button.setChecked(False)

    def _toggle(self, on: bool) -> None:
        if on:
            self.refresh()
        else:
            self.clear()

    def _move(self, share: float) -> None:
        self._picture.split = share

    def _follow_view(self, event: Any = None) -> None:
        """Follow what is in view, or drawn, once it stays."""
        if isalive(self) and self.on:
            self._timer.start(max(_VIEW_SETTLED, self._timer.remainingTime()))

    def _follow_removed(self, event: Any) -> None:
        if isalive(self) and self._picture.layer is event.value:
            self.stop()

    def _cancel(self) -> None:
        attempt, self._attempt = self._attempt, None
        if attempt is not None:
            attempt.cancel()

    def _begin(self) -> None:
        try:
            asked = self._ask(self._bar.area.value)
        except Exception as error:
            self._cancel()
            self._complain(failure(error).message)
            return
        if asked is None:
            return
        if self._attempt is not None and self._attempt.is_for(asked):
            return
        self._cancel()
        self._bar.say("Computing…")
        self._attempt = _Attempt(asked, self)

    def show(self, asked: Asked, picture: Picture) -> None:
        """Show a picture that was computed.

        Parameters
        ----------
        asked : Asked
            What was asked for.
        picture : Picture
            What was computed.
        """
        self._picture.show(asked, picture)
        self._bar.say(picture.said)
        self.shown.emit(picture)

    def conclude(self, outcome: Any) -> None:
        """Say how it ended.

        Parameters
        ----------
        outcome : object
            A `Failure`, or anything else.
        """
        if isinstance(outcome, Failure):
            self._complain(outcome.message)
        else:
            self.settled.emit()

    def _complain(self, message: str) -> None:
        self._picture.remove()
        self._bar.say(message, wrong=True)
        self.settled.emit()


class _Attempt(QObject):
    """One computation; nothing of it is shown once it is cancelled.

    Parameters
    ----------
    asked : Asked
        What is computed.
    preview : Preview
        What shows it.
    """

    def __init__(self, asked: Asked, preview: Preview) -> None:
        super().__init__(preview)
        self._asked = asked
        self._preview: Preview | None = preview
        self._worker: JobWorker = start_aside(
            asked.work,
            connect={
                "yielded": self._show,
                "returned": self._conclude,
                "finished": self.deleteLater,
            },
            keeps=_is_picture,
        )

    def is_for(self, asked: Asked) -> bool:
        """Tell whether it computes a part of a layer, whatever the settings are."""
        mine = self._asked
        return unwrap(mine.layer) is unwrap(asked.layer) and mine.region == asked.region

    def cancel(self) -> None:
        """Stop soon, and show nothing any more."""
        self._preview = None
        self._worker.quit()

    def _show(self, event: Any) -> None:
        if self._preview is not None and _is_picture(event):
            self._preview.show(self._asked, event)

    def _conclude(self, outcome: Any) -> None:
        if self._preview is not None:
            self._preview.conclude(outcome)


def _is_picture(event: Any) -> bool:
    return isinstance(event, Picture)
