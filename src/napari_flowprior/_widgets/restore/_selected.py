"""Several layers restored one after the other, with the same settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.compat import isalive
from qtpy.QtCore import QObject, Signal

from napari_flowprior._widgets.layers import is_image
from napari_flowprior._widgets.restore._again import has_settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    import napari

    from napari_flowprior._widgets.restore._run_bar import RunBar

__all__ = ["SelectedLayers"]


class SelectedLayers(QObject):
    """Runs a widget for each of some layers.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        Whose layers are selected.
    widget : QWidget
        What restores them, a `RestoreWidget`.
    bar : RunBar
        Its button for several images is shown while several are selected, and that for
        settings of a layer while the active one has them.

    Attributes
    ----------
    finished : Signal(object)
        Emitted at the end, with a list of the new layers, or None if it was cancelled.
    """

    finished = Signal(object)

    def __init__(self, viewer: napari.viewer.Viewer, widget: Any, bar: RunBar) -> None:
        super().__init__(widget)
        self._viewer = viewer
        self._bar = bar
        self._left: list[Any] = []
        self._level = 0
        self._made: list[Any] | None = None
        widget.finished.connect(self._go_on)
        for event in ("changed", "active"):
            getattr(viewer.layers.selection.events, event).connect(self._follow)
        self._follow()

    @property
    def layers(self) -> list[Any]:
        """The images that are selected, the lowest first."""
        chosen = self._viewer.layers.selection
        return [layer for layer in self._viewer.layers if self._suits(layer, chosen)]

    @staticmethod
    def _suits(layer: Any, chosen: Any) -> bool:
        return is_image(layer) and layer in chosen

    def start(self, layers: Iterable[Any]) -> None:
        """Restore layers; one that cannot be does not stop the rest.

        Parameters
        ----------
        layers : iterable of Image
            The layers; those of several levels at the one that is chosen, or at the
            coarsest that they have.
        """
        widget: Any = self.parent()
        self._level = widget.level
        self._left, self._made = list(layers), []
        self._begin_next()

    def cancel(self) -> None:
        """Restore none of those that are left."""
        if self._made is not None:
            self._left, self._made = [], None
            self.finished.emit(None)

    def _go_on(self, layer: Any) -> None:
        if self._made is not None:
            self._made += [] if layer is None else [layer]
            self._begin_next()

    def _begin_next(self) -> None:
        # Held by Qt alone, as a circle of objects would outlive a closed dock.
        widget: Any = self.parent()
        field = widget.form.fields["layer"]
        # Some may have been deleted meanwhile.
        self._left = [layer for layer in self._left if layer in field.choices]
        if not self._left:
            made, self._made = self._made, None
            self.finished.emit(made)
            return
        widget.layer = self._left.pop(0)
        widget.form.source.levels.take_nearest(self._level)
        widget.run()

    def _follow(self, event: Any = None) -> None:
        if isalive(self):
            count = len(self.layers)
            self._bar.several.setText(f"Run for the {count} selected layers")
            self._bar.several.setVisible(count > 1)
            active = self._viewer.layers.selection.active
            self._bar.again.setVisible(active is not None and has_settings(active))
