"""Commands that restore the active layer at once, with the last settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

# napari reads the annotations to know that it is to pass the viewer.
import napari  # noqa: TC002

from napari_flowprior._widgets.fields import recalled
from napari_flowprior._widgets.jobs import is_loaded
from napari_flowprior._widgets.restore._tasks import kinds_of, task_of
from napari_flowprior._widgets.restore._widget import RestoreWidget

if TYPE_CHECKING:
    from napari_flowprior._widgets.restore._form import RestoreForm

__all__ = ["denoise", "inpaint", "remove_jpeg"]

# Nothing else holds a widget that is in no dock.
_RUNNING: set[RestoreWidget] = set()


def denoise(viewer: napari.viewer.Viewer) -> None:
    """Remove the noise of the active layer.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        The viewer.
    """
    _run(viewer, "Denoise")


def remove_jpeg(viewer: napari.viewer.Viewer) -> None:
    """Remove the JPEG artefacts of the active layer.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        The viewer.
    """
    _run(viewer, "JPEG artefacts")


def inpaint(viewer: napari.viewer.Viewer) -> None:
    """Fill the holes of the active layer.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        The viewer.
    """
    _run(viewer, "Inpaint")


def _run(viewer: napari.viewer.Viewer, task: str) -> RestoreWidget:
    """Restore the active layer by a widget that is never shown."""
    active = viewer.layers.selection.active
    widget = RestoreWidget(viewer)
    _RUNNING.add(widget)
    for end in (widget.finished, widget.failed):
        end.connect(lambda *_: _end(viewer, widget))
    if is_loaded():
        _begin(widget, active, task)
    else:
        # It is loading torch in the background.
        widget.ready.connect(lambda: _begin(widget, active, task))
    return widget


def _begin(widget: RestoreWidget, layer: Any, task: str) -> None:
    from napari_flowprior._widgets.restore._memory import recall

    recall(widget.form, recalled("restore"))
    _choose(widget.form, task)
    if layer in widget.form.fields["layer"].choices:
        widget.layer = layer
    widget.run()


def _choose(form: RestoreForm, task: str) -> None:
    """Choose a degradation of the task, unless the last one is of it already."""
    choice = form.degradations.choice
    if task_of(choice.value) != task:
        choice.value = kinds_of(task, choice.values)[0]


def _end(viewer: napari.viewer.Viewer, widget: RestoreWidget) -> None:
    viewer.status = widget.status
    _RUNNING.discard(widget)
    widget.deleteLater()
