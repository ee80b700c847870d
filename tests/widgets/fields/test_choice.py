"""Choices with long names."""

from __future__ import annotations

import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QStyleOptionComboBox

from napari_flowprior._widgets.fields import Button, Choice, ToolButton

LONG = "an image with a long name, plane 17 of 29"


@pytest.fixture
def choice(qtbot):
    choice = Choice(labels={1: LONG, 2: f"{LONG} restored"}, tips={1: LONG})
    qtbot.addWidget(choice.native)
    choice.native.resize(160, 24)
    return choice


def shown(choice):
    option = QStyleOptionComboBox()
    choice.native.initStyleOption(option)
    return choice.native.shown_text(option)


def test_long_names_are_cut_in_the_middle(choice):
    first = shown(choice)
    choice.value = 2
    second = shown(choice)
    assert first.startswith("an i")
    assert first.endswith("29")
    assert second.endswith("restored")
    assert "…" in first
    assert choice.native.view().textElideMode() == Qt.TextElideMode.ElideMiddle


def test_whole_names_are_in_the_tool_tip(choice):
    assert choice.tooltip == LONG


def test_short_names_are_whole(choice):
    choice.native.resize(900, 24)
    assert shown(choice) == LONG
    assert not choice.native.grab().isNull()


@pytest.mark.parametrize("kind", [Button, ToolButton])
@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
def test_keys_press_buttons(qtbot, kind, key):
    button = kind()
    qtbot.addWidget(button)
    with qtbot.waitSignal(button.clicked, timeout=1000):
        qtbot.keyClick(button, key)


def test_other_keys_do_not(qtbot):
    button = Button("Run")
    qtbot.addWidget(button)
    with qtbot.assertNotEmitted(button.clicked):
        qtbot.keyClick(button, Qt.Key.Key_A)
