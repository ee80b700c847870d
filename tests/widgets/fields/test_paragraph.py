"""Labels of several lines where room is scarce."""

from __future__ import annotations

import pytest
from qtpy.QtWidgets import QLabel, QVBoxLayout, QWidget

from napari_flowprior._widgets.fields import Paragraph

LONG = "256 rows, 256 columns (guessed from the shape), and what else there is. " * 3


@pytest.fixture
def squeezed(qtbot):
    """A narrow paragraph among other things, with hardly any room."""
    parent = QWidget()
    qtbot.addWidget(parent)
    layout = QVBoxLayout(parent)
    paragraph = Paragraph(LONG)
    for part in (QLabel("before"), paragraph, QLabel("after")):
        layout.addWidget(part)
    parent.resize(150, 10)
    parent.show()
    qtbot.wait(20)
    return parent, paragraph


def is_whole(paragraph):
    return paragraph.height() >= paragraph.heightForWidth(paragraph.width())


def test_no_line_is_cut(squeezed, qtbot):
    parent, paragraph = squeezed
    qtbot.waitUntil(lambda: is_whole(paragraph))
    parent.resize(300, 10)
    qtbot.waitUntil(lambda: is_whole(paragraph))
    paragraph.setText(2 * LONG)
    qtbot.waitUntil(lambda: is_whole(paragraph))


def test_less_text_takes_less_room(squeezed, qtbot):
    _, paragraph = squeezed
    before = paragraph.minimumHeight()
    paragraph.setText("one line")
    assert 0 < paragraph.minimumHeight() < before / 2
