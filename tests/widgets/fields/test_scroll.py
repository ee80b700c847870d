"""A scroll area whose content has lines of text that wrap."""

from __future__ import annotations

from qtpy.QtWidgets import QLabel, QVBoxLayout, QWidget

from napari_flowprior._widgets.fields import SnugScrollArea


def test_text_that_wraps_is_never_cut(qtbot):
    content, label = QWidget(), QLabel("some words that need several lines " * 8)
    label.setWordWrap(True)
    QVBoxLayout(content).addWidget(label)
    area = SnugScrollArea()
    qtbot.addWidget(area)
    area.setWidget(content)
    area.resize(160, 60)
    area.show()
    qtbot.waitExposed(area)
    assert label.height() >= label.heightForWidth(label.width())
    area.resize(500, 60)
    assert label.height() >= label.heightForWidth(label.width())
    assert content.height() < 160
