"""The middle of one file of a folder, before and after, in the viewer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakMethod

from napari.layers import Image
from numpy.typing import NDArray
from qtpy.compat import isalive
from qtpy.QtCore import QObject

from napari_flowprior._widgets.batch._settings import job_of
from napari_flowprior._widgets.jobs import Failure, failure, start_aside
from napari_flowprior._widgets.layers import PREVIEW
from napari_flowprior._widgets.preview import Preview, crop, middle_region
from napari_flowprior._widgets.restore._preview import Previews
from napari_flowprior.data import parse_axes, read_image

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    import napari

    from napari_flowprior._widgets.jobs import JobWorker
    from napari_flowprior._widgets.preview import Asked, PreviewBar
    from napari_flowprior._widgets.restore._form import RestoreForm
    from napari_flowprior._widgets.restore._job import RestoreJob

__all__ = ["FilePreview"]

# Most rows and columns that are read of a file, of which 512 are restored.
_SIDE = 2048


@dataclass(frozen=True, eq=False)
class _Middle:
    """What is read of a file: the middle of its middle plane, with all of its axes."""

    path: Path
    axes: str
    data: NDArray[Any]


@dataclass(frozen=True, eq=False)
class _Read:
    """What became of a file that was to be read, and how it was asked for."""

    asked: tuple[Path, str | None]
    found: _Middle | Failure


class FilePreview(QObject):
    """Shows one file as it would be restored, for as long as that is wanted.

    The file is read in a thread, and its layer leaves the viewer with the preview.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        Where it is shown.
    bar : PreviewBar
        What it is asked for by.
    form : RestoreForm
        How files are restored.
    find : method
        Returns the path of the file that is chosen, or None, and the axes that are
        typed for all files, or None. It keeps nothing alive.

    Attributes
    ----------
    preview : Preview
        What shows it.
    layer : Image or None
        The layer of the file, while there is one.
    """

    def __init__(
        self,
        viewer: napari.viewer.Viewer,
        bar: PreviewBar,
        form: RestoreForm,
        find: Callable[[], tuple[Path | None, str | None]],
    ) -> None:
        super().__init__(bar)
        self._viewer, self._bar, self._form = viewer, bar, form
        self._find = WeakMethod(find)
        self._worker: JobWorker | None = None
        self._middle: _Middle | None = None
        self.layer: Image | None = None
        self._previews = Previews(viewer, self._take)
        self.preview = Preview(viewer, bar, self._ask)
        form.changed.connect(self.preview.refresh)
        bar.toggled.connect(self._toggle)
        viewer.layers.events.removed.connect(self._follow_removed)

    def follow(self) -> None:
        """Show another file, if there is to be a preview: that which is chosen now."""
        if self.preview.on:
            self._cancel()
            self.preview.clear()
            self._read()

    def _chosen(self) -> tuple[Path | None, str | None]:
        find = self._find()
        return (None, None) if find is None else find()

    def _toggle(self, on: bool) -> None:
        self._cancel()
        if on:
            self._read()
        else:
            self._remove()

    def _cancel(self) -> None:
        self._middle = None
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.quit()

    def _read(self) -> None:
        path, axes = self._chosen()
        if path is None:
            self._bar.say("Choose a folder of images first.", wrong=True)
            return
        self._bar.say(f"Reading {path.name}…")
        self._worker = start_aside(
            _read, path, axes, connect={"returned": self._note_read}
        )

    def _note_read(self, read: _Read) -> None:
        # Another file may have been chosen since this one was to be read.
        if not self.preview.on or read.asked != self._chosen():
            return
        if isinstance(read.found, Failure):
            self._remove()
            self._bar.say(read.found.message, wrong=True)
            return
        self._middle = read.found
        self._show(read.found)
        self.preview.refresh()

    def _show(self, middle: _Middle) -> None:
        first = self.layer is None
        self._remove()
        rgb = middle.axes.endswith("S")
        layer = Image(
            middle.data, name=middle.path.name, rgb=rgb, metadata={PREVIEW: True}
        )
        self._viewer.layers.append(layer)
        self.layer = layer
        if first:
            self._viewer.reset_view()

    def _remove(self) -> None:
        layer, self.layer = self.layer, None
        if layer is not None and layer in self._viewer.layers:
            self._viewer.layers.remove(layer)

    def _follow_removed(self, event: Any) -> None:
        if isalive(self) and event.value is self.layer:
            self.layer = None
            self.preview.stop()

    def _take(self) -> tuple[Image, RestoreJob]:
        assert self._middle is not None
        middle = self._middle
        job = job_of(self._form, middle.data, middle.axes, str(middle.path))
        return self.layer, job

    def _ask(self, shapes: Any) -> Asked | None:
        if self._middle is None:
            return None
        asked = self._previews.ask(shapes)
        others = [each for each in self._viewer.layers if each is not self.layer]
        covering = [each for each in others if each is not self.preview.layer]
        return replace(asked, covering=covering)


def _read(path: Path, axes: str | None) -> Generator[None, None, _Read]:
    try:
        found: _Middle | Failure = yield from _middle_of(path, axes)
    except Exception as error:
        found = failure(error)
    return _Read((path, axes), found)


def _middle_of(path: Path, axes: str | None) -> Generator[None, None, _Middle]:
    yield
    file = read_image(path)
    shape = tuple(file.array.shape)
    axes = parse_axes(axes or file.axes, shape)
    yield
    return _Middle(
        path, axes, crop(file.array, middle_region(shape, axes, _SIDE), shape)
    )
