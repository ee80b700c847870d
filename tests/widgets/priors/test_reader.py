"""Priors that are dropped on the window."""

from __future__ import annotations

import pytest
from napari.utils.notifications import notification_manager
from prior_files import damaged
from qtpy.QtWidgets import QFileDialog

from napari_flowprior._widgets.fields import PriorChoice, user_folder
from napari_flowprior._widgets.priors import get_prior_reader

PATIENCE = 20_000  # milliseconds


@pytest.fixture
def said():
    """What was said since the test began."""
    count = len(notification_manager.records)
    return lambda: [n.message for n in notification_manager.records[count:]]


@pytest.mark.parametrize("path", ["image.tif", ["a.safetensors", "b.tif"]])
def test_other_files_are_left_to_others(path):
    assert get_prior_reader(path) is None


@pytest.fixture
def choice(qtbot):
    """A list that is there before a viewer is, which looks for what it leaves."""
    choice = PriorChoice()
    qtbot.addWidget(choice.native)
    return choice


def test_a_dropped_prior_is_installed(
    choice, make_napari_viewer_proxy, qtbot, tiny_priors, said
):
    viewer = make_napari_viewer_proxy()
    assert viewer.open(str(tiny_priors[1]), plugin="napari-flowprior") == []
    qtbot.waitUntil(lambda: bool(said()), timeout=PATIENCE)
    assert said() == ["The prior tiny1 is installed, and in the list of priors."]
    assert str(user_folder() / "tiny1.safetensors") in choice.choice.choices
    assert list(viewer.layers) == []


def test_a_prior_that_is_there_already(qtbot, tiny_priors, said):
    for _ in range(2):
        count = len(said())
        read = get_prior_reader(str(tiny_priors[1]))
        read(str(tiny_priors[1]))
        qtbot.waitUntil(lambda n=count: len(said()) > n, timeout=PATIENCE)
    assert said()[-1] == "The prior tiny1 was there already."


def test_a_damaged_prior_is_refused(qtbot, tiny_priors, tmp_path, said):
    path = str(damaged(tiny_priors[1], tmp_path / "damaged.safetensors"))
    get_prior_reader([path])([path])
    qtbot.waitUntil(lambda: bool(said()), timeout=PATIENCE)
    assert "is damaged" in said()[0]
    assert not user_folder().exists()


def test_the_command_asks_for_files(qtbot, tiny_priors, said, monkeypatch):
    chosen = [str(path) for path in tiny_priors.values()]
    monkeypatch.setattr(
        QFileDialog, "getOpenFileNames", lambda *args: (chosen, "Priors")
    )
    assert get_prior_reader() is None
    qtbot.waitUntil(lambda: len(said()) == 2, timeout=PATIENCE)
    names = {path.stem for path in user_folder().iterdir()}
    assert names == {"tiny1", "tiny3"}
