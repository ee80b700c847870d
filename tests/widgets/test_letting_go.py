"""Docks that nobody holds are gone at once, and not when Python next collects garbage.

It does so in any thread, such as that of a job, where Qt must delete no widget.
"""

from __future__ import annotations

import gc
import weakref

import pytest
from superqt.utils import WorkerBase

from napari_flowprior._widgets import (
    BatchDock,
    BatchWidget,
    PriorsWidget,
    RestoreDock,
    RestoreWidget,
    TrainDock,
    TrainWidget,
)
from napari_flowprior._widgets.jobs import load

DOCKS = (
    *(BatchDock, BatchWidget, PriorsWidget),
    *(RestoreDock, RestoreWidget, TrainDock, TrainWidget),
)


@pytest.fixture
def no_garbage():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("make", DOCKS)
def test_docks_are_gone_at_once(qtbot, viewer, image, no_garbage, make):
    viewer.add_image(image)
    list(load())
    dock = make(viewer)
    if make is not PriorsWidget:
        assert dock.form
        dock.form._section.button.click()
    dock.show()
    dock.close()
    # What it does in the background holds it.
    qtbot.waitUntil(lambda: not WorkerBase._worker_set)
    left = weakref.ref(dock)
    del dock
    assert left() is None
