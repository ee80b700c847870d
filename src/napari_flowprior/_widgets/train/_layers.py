"""Choosing several layers to train on, and naming the axes of each."""

# ruff: noqa: N802 (names of Qt)

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, ref

from magicgui.widgets.bases import ValuedContainerWidget
from qtpy.compat import isalive
from qtpy.QtCore import QSignalBlocker, QSize, Qt
from qtpy.QtGui import QColor
from qtpy.QtWidgets import QAbstractItemView, QListWidget, QListWidgetItem

from napari_flowprior._errors import InputError
from napari_flowprior._widgets.fields import EMPTY_BOX, WRONG_GROUND, WRONG_TEXT
from napari_flowprior._widgets.layers import (
    find_axes,
    image_data,
    is_image,
    is_restored,
    layer_axes,
)
from napari_flowprior.data import parse_axes

if TYPE_CHECKING:
    from collections.abc import Sequence

    import napari

__all__ = ["LayersChoice"]

_FEWEST_ROWS, _MOST_ROWS = 2, 5
# napari draws boxes in the colour of the list.
_BOXES = f"""
QListWidget::item {{ padding: 2px; }}
QListWidget::indicator:unchecked {{ {EMPTY_BOX} }}
"""


class LayersList(QListWidget):
    """A list with boxes to check, no higher than it needs to be."""

    def __init__(self) -> None:
        super().__init__()
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setStyleSheet(_BOXES)

    def sizeHint(self) -> QSize:
        """No higher than the layers need."""
        rows = min(_MOST_ROWS, max(_FEWEST_ROWS, self.count()))
        height = self.sizeHintForRow(0) if self.count() else self.fontMetrics().height()
        return QSize(120, rows * height + 2 * self.frameWidth() + 4)

    def minimumSizeHint(self) -> QSize:
        """As high as it should be, but narrow."""
        return QSize(72, self.sizeHint().height())


# Not magicgui's Select, which takes what is selected for what is chosen: here, the axes
# of the layer that is selected are named, and those that are checked are chosen.
class LayersChoice(ValuedContainerWidget[list[Any]]):
    """The image layers of the viewer, each with a box to check and its axes.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        Whose layers.
    **kwargs : object
        As of all widgets of magicgui.

    Attributes
    ----------
    list : LayersList
        The layers.
    changed : Signal
        Emitted when other layers are checked, or axes are named otherwise.
    """

    several_lines = True

    def __init__(self, *, viewer: napari.viewer.Viewer, **kwargs: Any) -> None:
        self._viewer = viewer
        self._layers: list[Any] = []
        self._axes: WeakKeyDictionary[Any, str] = WeakKeyDictionary()
        super().__init__(**kwargs | {"labels": False})
        self.list = LayersList()
        self.native.layout().addWidget(self.list)
        self.margins = (0, 0, 0, 0)
        for name in ("inserted", "removed", "reordered", "renamed"):
            getattr(viewer.layers.events, name).connect(self._refresh)
        self.list.itemChanged.connect(self._tell)
        self._refresh()

    def _tell(self) -> None:
        self.changed.emit(self.value)

    # --- what is chosen

    def get_value(self) -> list[Any]:
        """Return the checked layers."""
        return [layer for layer, item in self._rows() if _is_checked(item)]

    def set_value(self, layers: Sequence[Any]) -> None:
        """Check these layers, and no others."""
        for layer in layers:
            if layer not in self._layers:
                raise InputError(
                    f"{getattr(layer, 'name', layer)!r} is no image layer of this "
                    f"viewer; take some of {[each.name for each in self._layers]}."
                )
        for layer, item in self._rows():
            _check(item, layer in layers)
        if layers:
            self.list.setCurrentRow(self._layers.index(layers[0]))

    @property
    def current(self) -> Any:
        """The layer whose axes are edited; None if there is none."""
        row = self.list.currentRow()
        return self._layers[row] if 0 <= row < len(self._layers) else None

    def remember(self) -> list[tuple[ref[Any], str | None]]:
        """Return the checked layers and their axes, without keeping them alive."""
        return [(ref(layer), self._axes.get(layer)) for layer in self.value]

    def recall(self, remembered: list[tuple[ref[Any], str | None]]) -> None:
        """Check layers again that are still there, and name their axes."""
        layers = [layer() for layer, _ in remembered]
        for layer, (_, axes) in zip(layers, remembered, strict=True):
            if layer in self._layers and axes is not None:
                self._axes[layer] = axes
        self._follow_data()
        self.value = [layer for layer in layers if layer in self._layers]

    # --- axes

    def axes_of(self, layer: Any) -> str:
        """Return the letters of a layer's axes, as they were named or can be guessed.

        Parameters
        ----------
        layer : Image
            The layer.

        Returns
        -------
        str
            The letters; empty if they are not known.
        """
        named = self._axes.get(layer)
        return layer_axes(layer) if named is None else named

    def origin_of(self, layer: Any) -> str:
        """Say how the axes of a layer were found.

        Parameters
        ----------
        layer : Image
            The layer.

        Returns
        -------
        str
            The end of "Axes ..."; empty if they were named here.
        """
        return find_axes(layer).origin if self._axes.get(layer) is None else ""

    def name_axes(self, axes: str) -> None:
        """Name the axes of the current layer.

        Parameters
        ----------
        axes : str
            Letters; they are checked when they are used.
        """
        layer = self.current
        if layer is not None and axes != self.axes_of(layer):
            self._axes[layer] = axes
            self._describe(layer, self.list.item(self.list.currentRow()))
            self._tell()

    def checked_axes(self, layer: Any) -> str:
        """Return the letters of a layer's axes.

        Raises
        ------
        InputError
            If they do not fit it.
        """
        try:
            axes = self._axes.get(layer)
            axes = layer_axes(layer) if axes is None else axes
            return parse_axes(axes, tuple(image_data(layer).shape))
        except InputError as error:
            raise InputError(f"The axes of the layer {layer.name}: {error}") from error

    # --- following the viewer

    def _rows(self) -> list[tuple[Any, Any]]:
        return [(layer, self.list.item(row)) for row, layer in enumerate(self._layers)]

    def _refresh(self, event: Any = None) -> None:
        # The viewer may outlive the widget, and Python's part the part of Qt.
        if not isalive(self.list):
            return
        checked, current = self.value, self.current
        self._layers = [layer for layer in self._viewer.layers if is_image(layer)]
        checked = [layer for layer in checked if layer in self._layers]
        checked = checked or self._preferred()
        kept = current if current in self._layers else next(iter(checked), None)
        with QSignalBlocker(self.list):
            self.list.clear()
            for layer in self._layers:
                self._add(layer, layer in checked)
            if kept is not None:
                self.list.setCurrentRow(self._layers.index(kept))
        self.list.updateGeometry()
        self._tell()

    def _add(self, layer: Any, checked: bool) -> None:
        layer.events.data.connect(self._follow_data)
        item = QListWidgetItem(self.list)
        _check(item, checked)
        self._describe(layer, item)

    def _follow_data(self, event: Any = None) -> None:
        if not isalive(self.list):
            return
        for layer, item in self._rows():
            if len(self.axes_of(layer)) != len(image_data(layer).shape):
                self._axes.pop(layer, None)
            self._describe(layer, item)
        self._tell()

    def _describe(self, layer: Any, item: Any) -> None:
        try:
            axes, problem = self.checked_axes(layer), ""
        except InputError as error:
            axes, problem = "?", str(error)
        with QSignalBlocker(self.list):
            item.setText(f"{axes}  {layer.name}")
            item.setToolTip(problem or f"{layer.name}: {image_data(layer).shape}")
            if problem:
                item.setForeground(QColor(WRONG_TEXT))
                item.setBackground(QColor(WRONG_GROUND))
            else:
                item.setData(Qt.ItemDataRole.ForegroundRole, None)
                item.setData(Qt.ItemDataRole.BackgroundRole, None)

    def _preferred(self) -> list[Any]:
        # What a prior made of images would teach another one its mistakes.
        taken = [layer for layer in self._layers if not is_restored(layer)]
        selected = self._viewer.layers.selection
        chosen = [layer for layer in taken if layer in selected]
        return chosen or taken[-1:]


def _is_checked(item: QListWidgetItem) -> bool:
    return item.checkState() == Qt.CheckState.Checked


def _check(item: QListWidgetItem, checked: bool) -> None:
    item.setCheckState(Qt.CheckState.Checked if checked else Qt.CheckState.Unchecked)
