"""Widgets end what they do when they are closed, as docks or as windows."""

from __future__ import annotations

from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_flowprior._widgets.fields import LeavingWidget


class Counting(LeavingWidget):
    """One that counts how often it left."""

    def __init__(self) -> None:
        super().__init__()
        self.left = 0

    def _leave(self) -> None:
        super()._leave()
        self.left += 1


def test_a_window_that_is_closed_leaves(qtbot) -> None:
    widget = Counting()
    qtbot.addWidget(widget)
    widget.show()
    assert widget.left == 0
    widget.close()
    assert widget.left == 1


def test_it_leaves_when_it_is_taken_out_and_not_when_it_is_moved(qtbot) -> None:
    dock, other = QWidget(), QWidget()
    for each in (dock, other):
        qtbot.addWidget(each)
        QVBoxLayout(each)
    widget = Counting()
    dock.layout().addWidget(widget)
    other.layout().addWidget(widget)
    assert widget.left == 0
    widget.setParent(None)
    qtbot.addWidget(widget)
    assert widget.left == 1
