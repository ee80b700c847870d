"""A Train dock that is opened again, in this session or in another one."""

from __future__ import annotations

import json

import pytest

from napari_flowprior._widgets import TrainDock
from napari_flowprior._widgets.fields import _memory, user_folder
from napari_flowprior._widgets.fields._memory import settings_file


@pytest.fixture
def open_dock(qtbot, viewer, image):
    viewer.add_image(image)

    def open_dock():
        dock = TrainDock(viewer)
        qtbot.addWidget(dock)
        return dock

    return open_dock


def test_settings_are_there_again(open_dock, tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    dock = open_dock()
    dock.source, dock.folder = "folder", tmp_path / "data"
    dock.start, dock.minutes, dock.batch_size = "scratch:photo", 9, 4
    dock.name, dock.overwrite = "cells", True
    dock.close()
    monkeypatch.setattr(_memory, "_session", {})
    again = open_dock()
    assert (again.source, again.folder) == ("folder", str(tmp_path / "data"))
    assert (again.start, again.minutes, again.batch_size) == ("scratch:photo", 9, 4)
    # They are said anew for each training.
    assert (again.name, again.overwrite) == ("my-prior", False)


def test_the_noise_level_is_there_in_this_session(open_dock, monkeypatch):
    dock = open_dock()
    dock.sigma = 12
    dock.close()
    assert open_dock().sigma == 12
    monkeypatch.setattr(_memory, "_session", {})
    # Images of another day are in other units.
    assert open_dock().sigma is None


NONSENSE = [
    {"sigma": "much", "minutes": "long", "seed": -7, "colour": 3, "source": None},
    {"place": 7, "folder": "/gone", "start": "gone"},
    {"place": ["a"], "start": ["photo"]},
]


@pytest.mark.parametrize("kept", NONSENSE)
def test_a_file_that_makes_no_sense(open_dock, kept):
    settings_file().parent.mkdir(parents=True)
    settings_file().write_text(json.dumps({"version": 1, "train": kept}))
    dock = open_dock()
    assert (dock.source, dock.minutes, dock.seed, dock.colour) == (
        "layers",
        5,
        None,
        None,
    )
    assert (dock.start, dock.folder) == ("auto", "")
    assert (dock.sigma, dock.place) == (None, str(user_folder()))
