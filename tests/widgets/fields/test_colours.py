"""Text and frames that can be seen in the themes of napari, by WCAG 2."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from napari._qt.qt_resources import get_stylesheet
from napari.utils.theme import get_theme
from qtpy.QtGui import QColor
from qtpy.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from napari_flowprior._widgets.fields import FOCUS_COLOUR, WRONG

THEMES = ["dark", "light"]


def luminance(colour):
    parts = np.array(QColor(colour).getRgb()[:3]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def contrast(one, other):
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def test_contrast_of_known_colours():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def drawn_contrast(widget):
    """Measure the ground, the most frequent colour, and what differs most from it."""
    image = widget.grab().toImage()
    rows, columns = range(6, image.height() - 6), range(6, image.width() - 6)
    colours = Counter(image.pixel(x, y) for y in rows for x in columns)
    ground = QColor(colours.most_common(1)[0][0])
    return max(contrast(QColor(colour), ground) for colour in colours)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("kind", [QLabel, QLineEdit])
def test_what_is_wrong_can_be_read(qtbot, theme, kind):
    window = QWidget()
    qtbot.addWidget(window)
    window.setStyleSheet(get_stylesheet(theme))
    text = kind("The axes do not fit")
    QVBoxLayout(window).addWidget(text)
    text.setStyleSheet(WRONG)
    window.show()
    qtbot.waitExposed(window)
    assert drawn_contrast(text) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_focus_can_be_seen(theme):
    background = get_theme(theme).background.as_hex(format="long")
    assert contrast(FOCUS_COLOUR, background) >= 3
