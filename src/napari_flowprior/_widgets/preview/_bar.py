"""What a preview is asked for by: a button, where it is, and where its line is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari.layers import Shapes
from qtpy.compat import isalive
from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QHBoxLayout, QLabel, QSlider, QVBoxLayout, QWidget

from napari_flowprior._widgets.fields import WRONG, Button
from napari_flowprior._widgets.layers import LayerChoice

if TYPE_CHECKING:
    import napari

__all__ = ["PreviewBar"]

_STEPS = 100
_IN_VIEW = "what is in view"


class PreviewBar(QWidget):
    """A button that stays down, a choice of the part, a slider, and a line of text.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        Whose shapes can be chosen.

    Attributes
    ----------
    button : Button
        Down while there is a preview.
    area : LayerChoice
        A layer of shapes, or None for what is in view.
    slider : QSlider
        Where the line between before and after is, in hundredths.
    note : QLabel
        What is shown, or what is wrong.
    toggled : Signal(bool)
        Emitted when the button goes down or up.
    area_changed : Signal
        Emitted when another part is chosen.
    area_edited : Signal
        Emitted while shapes of the chosen layer are drawn, moved or selected.
    moved : Signal(float)
        Emitted with a number from 0 to 1 when the line is moved.
    """

    toggled = Signal(bool)
    area_changed = Signal()
    area_edited = Signal()
    moved = Signal(float)

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        super().__init__()
        self.button = Button("Preview")
        self.button.setCheckable(True)
        self.button.setToolTip(
            "Restore a part as the settings say, again whenever one changes"
        )
        self.area = LayerChoice(
            viewer=viewer,
            suits=_is_shapes,
            none=_IN_VIEW,
            eager=False,
            tooltip="The part: what is in view, or the last shape of a layer of "
            "shapes; levels that are left to be estimated are those of this part",
        )
        self.area.native.setAccessibleName("Part that is previewed")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, _STEPS)
        self.slider.setValue(_STEPS // 2)
        self.slider.setAccessibleName("Line between before and after")
        self.note = QLabel()
        self.note.setWordWrap(True)
        self._followed: Shapes | None = None
        self._arrange()
        self.button.toggled.connect(self._toggle)
        self.area.changed.connect(self._follow_area)
        self.slider.valueChanged.connect(lambda v: self.moved.emit(v / _STEPS))
        self._toggle(False)

    def _arrange(self) -> None:
        top, self._line = QHBoxLayout(), QWidget()
        top.addWidget(self.button)
        top.addWidget(self.area.native, 1)
        line = QHBoxLayout(self._line)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(QLabel("before"))
        line.addWidget(self.slider, 1)
        line.addWidget(QLabel("after"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(top)
        layout.addWidget(self._line)
        layout.addWidget(self.note)

    def say(self, text: str, *, wrong: bool = False) -> None:
        """Show a sentence; none while there is no preview.

        Parameters
        ----------
        text : str
            The sentence.
        wrong : bool
            Whether it says what is wrong.
        """
        self.note.setText(text)
        self.note.setStyleSheet(WRONG if wrong else "")
        self.note.setVisible(bool(text))

    def _follow_area(self, shapes: Shapes | None) -> None:
        for event in () if self._followed is None else _edits(self._followed):
            event.disconnect(self._tell_edited)
        self._followed = shapes
        for event in () if shapes is None else _edits(shapes):
            event.connect(self._tell_edited)
        self.area_changed.emit()

    def _tell_edited(self, event: Any = None) -> None:
        if isalive(self):
            self.area_edited.emit()

    def _toggle(self, on: bool) -> None:
        self._line.setVisible(on)
        self.say("")
        self.toggled.emit(on)


def _edits(shapes: Shapes) -> tuple[Any, ...]:
    """Return the events of a layer that another part may follow from."""
    return shapes.events.data, shapes.selected_data.events.items_changed


def _is_shapes(layer: object) -> bool:
    return isinstance(layer, Shapes)
