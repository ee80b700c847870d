"""What is restored: a layer, one of its levels of resolution, and its axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from magicgui.widgets import create_widget
from qtpy.compat import isalive
from qtpy.QtCore import QObject, Signal

from napari_flowprior._errors import InputError
from napari_flowprior._widgets.fields import Axes
from napari_flowprior._widgets.layers import (
    ChosenLayer,
    LevelChoice,
    find_axes,
    is_image,
    level_data,
)
from napari_flowprior._widgets.restore._tips import FIELD_TIPS

if TYPE_CHECKING:
    import napari

    from napari_flowprior._widgets.fields import Rows

__all__ = ["Levels", "Source"]

# What names of axes follow from.
_CHANGING = "data", "axis_labels"


class Levels(QObject):
    """The level of a layer, with a row of its own as soon as a layer has several.

    Parameters
    ----------
    rows : Rows
        Where the row is added.
    layer : LayerChoice
        The field that it comes after.

    Attributes
    ----------
    changed : Signal
        Emitted when another level is chosen.
    """

    changed = Signal()

    def __init__(self, rows: Rows, layer: Any) -> None:
        super().__init__()
        self._rows = rows
        self._layer = layer
        self._choice: LevelChoice | None = None
        self._hidden = False

    @property
    def value(self) -> int:
        """Which level, 0 for full resolution."""
        return 0 if self._choice is None else int(self._choice.value)

    @value.setter
    def value(self, level: int) -> None:
        if self._choice is not None:
            self._choice.value = level
        elif level != 0:
            raise InputError(
                f"The layer has no level {level}; choose level 0, its full resolution."
            )

    def follow(self, layer: Any, *, anew: bool) -> None:
        """Offer the levels of a layer, as `LevelChoice` does."""
        several = layer is not None and layer.multiscale and not self._hidden
        if self._choice is None and several:
            self._choice = LevelChoice(
                name="level", label="Level", tooltip=FIELD_TIPS["level"]
            )
            self._rows.add_after(self._layer, self._choice)
            self._choice.changed.connect(self._tell)
        if self._choice is not None:
            self._choice.follow(layer, anew=anew)
            self._rows.show_row(self._choice, several)

    def take_nearest(self, level: int) -> None:
        """Choose a level, or the coarsest if there are fewer."""
        if self._choice is not None:
            self._choice.take_nearest(level)

    def hide(self) -> None:
        """Never show a row."""
        self._hidden = True
        if self._choice is not None:
            self._rows.show_row(self._choice, False)

    def _tell(self) -> None:
        self.changed.emit()


class Source(QObject):
    """The rows of what is restored; they follow the viewer.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        Whose layers can be chosen.
    rows : Rows
        Where the rows are added.

    Attributes
    ----------
    fields : dict
        ``layer`` and ``axes``, each with a ``value``.
    levels : Levels
        Which level of resolution.
    renewed : Signal
        Emitted when other pixels are to be restored: of another layer or level, or as
        those of the layer changed.
    """

    renewed = Signal()

    def __init__(self, viewer: napari.viewer.Viewer, rows: Rows) -> None:
        super().__init__()
        layers = {"viewer": viewer, "suits": is_image}
        layer = _made("layer", "Layer", ChosenLayer, **layers)
        axes = _made("axes", "Axes", Axes)
        rows.append(layer)
        rows.append(axes)
        self._rows = rows
        self.levels = Levels(rows, layer)
        self.fields: dict[str, Any] = {"layer": layer, "axes": axes}
        self._followed: Any = None
        layer.changed.connect(self._follow_layer)
        self.levels.changed.connect(self._follow_level)
        self._follow_layer()

    @property
    def layer(self) -> Any:
        """The layer, or None."""
        return self.fields["layer"].value

    @property
    def level(self) -> int:
        """Level of resolution, 0 for the finest."""
        return self.levels.value

    @property
    def obstacle(self) -> str:
        """Sentence that says why nothing can be restored; empty if something can."""
        if self.layer is None:
            return "Open an image to restore it."
        wrong = bool(self.fields["axes"].problem.text())
        return "The axes do not fit the layer; mend them to run." if wrong else ""

    def image(self) -> tuple[Any, str]:
        """Return the array to restore and its axes.

        Raises
        ------
        InputError
            If there is no layer, or the axes do not fit it.
        """
        if self.layer is None:
            raise InputError("There is no image layer to restore; open an image first.")
        return level_data(self.layer, self.level), self.fields["axes"].checked()

    def hide(self) -> None:
        """Hide all rows, where no layer is restored."""
        self.levels.hide()
        for name in ("layer", "axes"):
            self._rows.show_row(self.fields[name], False)

    def _follow_layer(self) -> None:
        layer = self.layer
        for event in _CHANGING if self._followed is not None else ():
            getattr(self._followed.events, event).disconnect(self._follow_data)
        self._followed = layer
        self.levels.follow(layer, anew=True)
        if layer is None:
            self.fields["axes"].fill("", ())
        else:
            for event in _CHANGING:
                getattr(layer.events, event).connect(self._follow_data)
            self._fill_axes()
        self.renewed.emit()

    def _follow_data(self, event: Any = None) -> None:
        edit = self.fields["axes"]
        if not isalive(edit.native):
            return
        self.levels.follow(self._followed, anew=False)
        shape = self._shape()
        if edit.edited and len(shape) == len(edit.value):
            edit.resize(shape)
        else:
            self._fill_axes()
        self.renewed.emit()

    def _follow_level(self) -> None:
        if self._followed is not None:
            self.fields["axes"].resize(self._shape())
            self.renewed.emit()

    def _shape(self) -> tuple[int, ...]:
        return tuple(level_data(self._followed, self.level).shape)

    def _fill_axes(self) -> None:
        axes, origin = find_axes(self._followed)
        self.fields["axes"].fill(axes, self._shape(), origin)


def _made(name: str, label: str, annotation: type, **options: Any) -> Any:
    """Make the field of a type that magicgui knows the widget of."""
    tip = {"tooltip": FIELD_TIPS.get(name, "")}
    return create_widget(
        annotation=annotation, name=name, label=label, options=tip | options
    )
