"""Fields for names and places."""

from __future__ import annotations

import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFileDialog

from napari_flowprior._errors import InputError
from napari_flowprior._widgets.fields import FileName, Place


@pytest.fixture
def place(qtbot):
    place = Place(question="Choose a folder")
    qtbot.addWidget(place.native)
    return place


@pytest.mark.parametrize("path", ["", "scans", "data/*.tif"])
def test_what_is_typed_stays_as_it_is(place, path):
    place.value = path
    assert place.value == path


def test_the_button_asks_for_a_folder(place, monkeypatch):
    asked, changes = [], []
    place.changed.connect(changes.append)
    monkeypatch.setattr(
        QFileDialog,
        "getExistingDirectory",
        lambda parent, title, folder: asked.append((title, folder)) or "/chosen",
    )
    place.value = "/before"
    place.button.native.click()
    assert asked == [("Choose a folder", "/before")]
    assert place.value == "/chosen"
    assert changes == ["/before", "/chosen"]


def test_enter_presses_the_button(qtbot, place, monkeypatch):
    asked = []
    monkeypatch.setattr(
        QFileDialog, "getExistingDirectory", lambda *_: asked.append("") or ""
    )
    qtbot.keyClick(place.button.native, Qt.Key.Key_Return)
    assert asked == [""]


def test_no_place_is_refused(place):
    with pytest.raises(InputError, match="No folder is chosen; use the button"):
        place.checked()


def test_names_lose_their_suffix(qtbot):
    name = FileName(suffix=".safetensors")
    qtbot.addWidget(name.native)
    name.value = " mine.safetensors "
    assert name.value == name.checked() == "mine"
    for wrong, says in (("", "no name"), ("a/b", "has / in it")):
        name.value = wrong
        with pytest.raises(InputError, match=says):
            name.checked()
