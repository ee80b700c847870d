"""Choosing one of the layers of the viewer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from magicgui import register_type
from qtpy.compat import isalive

from napari_flowprior._errors import InputError
from napari_flowprior._widgets.fields import Choice

if TYPE_CHECKING:
    from collections.abc import Callable

    import napari

__all__ = ["ChosenLayer", "LayerChoice"]


class ChosenLayer:
    """What magicgui shows as a `LayerChoice`: a layer of some kind."""


# Not what napari makes of its types of layers: this knows masks from other layers, and
# its viewer before it is in a window.
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
    **kwargs : object
        As of all widgets of magicgui.
    """

    def __init__(
        self,
        *,
        viewer: napari.viewer.Viewer,
        suits: Callable[[Any], bool],
        none: str = "",
        eager: bool = True,
        **kwargs: Any,
    ) -> None:
        self._viewer = viewer
        self._suits = suits
        self._none = none
        self._eager = eager
        super().__init__(**kwargs | {"choices": self._listed})
        self.native.activated.connect(self._leave_as_it_is)
        for name in ("inserted", "removed", "reordered", "renamed"):
            getattr(viewer.layers.events, name).connect(self._refresh)
        # Qt has chosen the first one, which is not what is preferred.
        self.native.setCurrentIndex(-1)
        self._refresh()

    def _choose(self, layer: Any) -> None:
        """Refuse what cannot be chosen, by its name."""
        if layer not in self.choices:
            kind = type(layer).__name__
            name = getattr(layer, "name", layer)
            raise InputError(
                f"{name!r} ({kind}) cannot be chosen; take one of "
                f"{[each.name for each in self.choices if each is not None]}."
            )
        self._leave_as_it_is()
        self.set_value(layer)

    value = property(Choice.value.fget, _choose)

    def _leave_as_it_is(self) -> None:
        """Choose nothing by itself any more, if nothing can be chosen."""
        self._eager = self._eager and not self._none

    def _suitable(self) -> list[Any]:
        return [layer for layer in self._viewer.layers if self._suits(layer)]

    def _listed(self, choice: Choice) -> list[tuple[str, Any]]:
        layers = self._suitable()
        self.tips = {layer: layer.name for layer in layers}
        listed = [(layer.name, layer) for layer in layers]
        return [(self._none, None), *listed] if self._none else listed

    def _refresh(self, event: Any = None) -> None:
        # The viewer may outlive the widget, and Python's part the part of Qt.
        if not isalive(self.native):
            return
        before, layers = self.value, self._suitable()
        with self.changed.blocked():
            self.reset_choices()
            if self.choices:
                self.set_value(self._preferred(before, layers))
        self.show_tip()
        self.native.setPlaceholderText("" if self.choices else "none")
        if self.value is not before:
            self.changed.emit(self.value)

    def _preferred(self, before: Any, layers: list[Any]) -> Any:
        if before not in layers and (not layers or not self._eager):
            return None
        active = self._viewer.layers.selection.active
        candidates = [layer for layer in (before, active) if layer in layers]
        return candidates[0] if candidates else layers[-1]


register_type(ChosenLayer, widget_type=LayerChoice)
