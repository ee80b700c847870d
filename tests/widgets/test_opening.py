"""Opening a dock keeps napari waiting hardly longer than an empty one does."""

from __future__ import annotations

import time
from statistics import median

import pytest
from qtpy.QtWidgets import QApplication, QWidget

from napari_flowprior._widgets.jobs import load

MOST = 0.15  # seconds, of the processor, as others may use it meanwhile
DOCKS = {"Restore": 130, "Restore folder": 70, "Train a prior": 115, "Priors": 30}
"""How many widgets a dock has at most."""

TIMES = 3


@pytest.fixture
def window(make_napari_viewer_proxy, image):
    viewer = make_napari_viewer_proxy(show=True)
    viewer.add_image(image)
    list(load())
    return viewer.window


def blocks(window, qtbot, open_dock):
    """Open a dock and close it; return how long the first takes, and the widget."""
    QApplication.processEvents()
    start = time.process_time()
    dock, widget = open_dock()
    QApplication.processEvents()
    spent = time.process_time() - start
    count = len(widget.findChildren(QWidget))
    window.remove_dock_widget(dock)
    widget.deleteLater()
    qtbot.wait(20)
    return spent, count


@pytest.mark.parametrize("name", DOCKS)
def test_docks_open_at_once(window, qtbot, name):
    def empty():
        widget = QWidget()
        return window.add_dock_widget(widget, name="empty"), widget

    def dock():
        return window.add_plugin_dock_widget("napari-flowprior", name)

    pairs = [
        [blocks(window, qtbot, each) for each in (empty, dock)] for _ in range(TIMES)
    ]
    assert all(count < DOCKS[name] for _, (_, count) in pairs)
    assert median(ours - none for (none, _), (ours, _) in pairs) < MOST
