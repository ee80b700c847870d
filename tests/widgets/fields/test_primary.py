"""The button that a dock is there for, in both themes."""

from __future__ import annotations

import gc

import numpy as np
import pytest
from napari._qt.qt_resources import get_stylesheet
from napari.utils.theme import get_theme
from qtpy.QtGui import QColor
from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_flowprior._widgets.fields import Button, Primary

THEMES = ["dark", "light"]


@pytest.fixture
def windows():
    """Keep windows as long as a test lasts."""
    return []


@pytest.fixture
def shown(qtbot, viewer, windows):
    """Show a common button and a primary one, as napari would."""

    def shown(theme):
        window = QWidget()
        qtbot.addWidget(window)
        windows.append(window)
        window.setStyleSheet(get_stylesheet(theme))
        viewer.theme = theme
        layout, buttons = QVBoxLayout(window), [Button("Run"), Button("Run")]
        for button in buttons:
            layout.addWidget(button)
        Primary(buttons[1], viewer)
        window.show()
        qtbot.waitExposed(window)
        return buttons

    return shown


def ground(button):
    return button.grab().toImage().pixelColor(4, button.height() // 2)


def colour(theme, name):
    return QColor(getattr(get_theme(theme), name).as_hex(format="long"))


def luminance(colour):
    parts = np.array(colour.getRgb()[:3]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


@pytest.mark.parametrize("theme", THEMES)
def test_it_stands_out_and_can_be_read(shown, theme):
    common, primary = shown(theme)
    assert ground(primary) == colour(theme, "current")
    assert ground(primary) != ground(common)
    pair = [luminance(colour(theme, name)) for name in ("current", "text")]
    assert (max(pair) + 0.05) / (min(pair) + 0.05) >= 4.5


def test_it_follows_the_theme(shown, viewer):
    _, primary = shown("dark")
    viewer.theme = "light"
    assert ground(primary) == colour("light", "current")


def test_one_that_cannot_be_pressed_looks_so(shown):
    _, primary = shown("dark")
    primary.setEnabled(False)
    assert ground(primary) != colour("dark", "current")


def test_a_button_that_is_gone_follows_nothing(qtbot, viewer):
    button = Button("Run")
    Primary(button, viewer)
    button.deleteLater()
    qtbot.wait(20)
    del button
    gc.collect()
    viewer.theme = "light"
