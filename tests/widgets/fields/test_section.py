"""Parts of forms that are folded away."""

from __future__ import annotations

import numpy as np
import pytest
from qtpy.QtCore import QPoint, Qt
from qtpy.QtGui import QColor
from qtpy.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from napari_flowprior._widgets.fields import FOCUS_COLOUR, Section

LINES = "a line that wraps where there is no room for all of it " * 4


@pytest.fixture
def window(qtbot):
    """A section with a field and a text that wraps, and a field below it."""
    window = QWidget()
    qtbot.addWidget(window)
    content = QWidget()
    window.inner, window.text = QLineEdit(), QLabel(LINES)
    window.text.setWordWrap(True)
    inside = QVBoxLayout(content)
    inside.addWidget(window.inner)
    inside.addWidget(window.text)
    window.section, window.below = Section("More", content), QLineEdit()
    layout = QVBoxLayout(window)
    layout.addWidget(window.section)
    layout.addWidget(window.below)
    window.resize(200, 600)
    window.show()
    qtbot.waitExposed(window)
    return window


def test_enter_unfolds(qtbot, window):
    assert not window.inner.isVisible()
    qtbot.keyClick(window.section.button, Qt.Key.Key_Return)
    assert window.inner.isVisible()
    qtbot.keyClick(window.section.button, Qt.Key.Key_Return)
    assert not window.inner.isVisible()


@pytest.mark.parametrize("unfolded", [False, True])
def test_the_tab_key_skips_what_is_folded(qtbot, window, unfolded):
    window.section.button.setChecked(unfolded)
    window.activateWindow()
    window.section.button.setFocus()
    qtbot.waitUntil(window.section.button.hasFocus)
    qtbot.keyClick(window.section.button, Qt.Key.Key_Tab)
    assert window.focusWidget() is (window.inner if unfolded else window.below)


def test_lines_that_wrap_are_whole(qtbot, window):
    window.section.button.setChecked(True)
    text = window.text
    qtbot.waitUntil(lambda: text.height() >= text.heightForWidth(text.width()))
    text.setText(LINES * 2)
    qtbot.waitUntil(lambda: text.height() >= text.heightForWidth(text.width()))


def test_the_focus_is_seen(qtbot, window):
    button = window.section.button

    def framed():
        image = button.grab().toImage()
        return image.pixelColor(image.width() // 2, 0) == QColor(FOCUS_COLOUR)

    window.activateWindow()
    window.below.setFocus()
    qtbot.waitUntil(window.below.hasFocus)
    assert not framed()
    button.setFocus()
    qtbot.waitUntil(button.hasFocus)
    assert framed()


@pytest.mark.parametrize("colour", ["#ff0000", "#00ff00"])
def test_the_arrow_has_the_colour_of_the_text(window, colour):
    window.setStyleSheet(f"QWidget {{ color: {colour}; }}")
    pixmap = window.section.button.icon().pixmap(32, 32)
    image = pixmap.toImage()
    found = [
        image.pixelColor(QPoint(x, y))
        for x, y in np.ndindex(image.width(), image.height())
    ]
    wanted = QColor(colour)
    seen = [each for each in found if each.alpha() > 200]
    assert seen
    assert all(each.rgb() == wanted.rgb() for each in seen)
