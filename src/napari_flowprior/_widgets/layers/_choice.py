"""Choosing one of the layers of the viewer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.compat import isalive
from qtpy.QtCore import Signal

from napari_flowprior._errors import InputError
from napari_flowprior._widgets.fields import Choice

if TYPE_CHECKING:
    from collections.abc import Callable

    import napari

__all__ = ["LayerChoice"]


class LayerChoice(Choice):
    """One of the viewer's layers; it follows the viewer.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        Whose layers.
    suits : callable
        Whether a layer can be chosen.
    none : str
        What to call the choice of no layer, if that is one.
    eager : bool
        Whether a layer is chosen as soon as one suits; otherwise, and once a user has
        chosen, there is none until another is chosen.
    """

    changed = Signal()

    def __init__(
        self,
        viewer: napari.viewer.Viewer,
        suits: Callable[[Any], bool],
        *,
        none: str = "",
        eager: bool = True,
    ) -> None:
        super().__init__()
        self._viewer = viewer
        self._suits = suits
        self._none = none
        self._eager = eager
        self.activated.connect(self._leave_as_it_is)
        for name in ("inserted", "removed", "reordered", "renamed"):
            getattr(viewer.layers.events, name).connect(self._refresh)
        self.currentIndexChanged.connect(self.changed)
        self._refresh()

    @property
    def setting(self) -> Any:
        """The chosen layer; None if there is none that suits."""
        return Choice.setting.fget(self)

    @setting.setter
    def setting(self, layer: Any) -> None:
        if layer not in self._values:
            kind = type(layer).__name__
            name = getattr(layer, "name", layer)
            raise InputError(
                f"{name!r} ({kind}) cannot be chosen; take one of "
                f"{[each.name for each in self._values if each is not None]}."
            )
        self._leave_as_it_is()
        self.setCurrentIndex(self._values.index(layer))

    def _leave_as_it_is(self) -> None:
        """Choose nothing by itself any more, if nothing can be chosen."""
        self._eager = self._eager and not self._none

    def _refresh(self, event: Any = None) -> None:
        # The viewer may outlive the widget, and Python's part the part of Qt.
        if not isalive(self):
            return
        before = self.setting
        layers = [layer for layer in self._viewer.layers if self._suits(layer)]
        self.blockSignals(True)
        self.clear()
        self._values = []
        if self._none:
            self.add(None, self._none)
        for layer in layers:
            self.add(layer, layer.name, layer.name)
        if self._values:
            self.setCurrentIndex(self.place(self._preferred(before, layers)))
        self.blockSignals(False)
        self.setPlaceholderText("" if self._values else "none")
        if self.setting is not before:
            self.changed.emit()

    def _preferred(self, before: Any, layers: list[Any]) -> Any:
        if before not in layers and (not layers or not self._eager):
            return None
        active = self._viewer.layers.selection.active
        candidates = [layer for layer in (before, active) if layer in layers]
        return candidates[0] if candidates else layers[-1]
