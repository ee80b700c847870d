"""Layers are removed where they were drawn."""

from __future__ import annotations

import numpy as np
import pytest
from qtpy.QtGui import QOpenGLContext
from qtpy.QtOpenGLWidgets import QOpenGLWidget


@pytest.mark.parametrize("floating", [False, True])
@pytest.mark.parametrize(
    "name", ["Restore", "Restore folder", "Train a prior", "Priors"]
)
def test_what_was_drawn_is_deleted_where_it_was_drawn(
    make_napari_viewer, qtbot, name, floating
):
    viewer = make_napari_viewer(show=True)
    dock, _ = viewer.window.add_plugin_dock_widget("napari-flowprior", name)
    dock.setFloating(floating)
    layer = viewer.add_labels(np.ones((8, 8), np.uint8))
    (canvas,) = viewer.window._qt_window.findChildren(QOpenGLWidget)
    qtbot.waitUntil(canvas.isValid)
    qtbot.wait(50)
    found = []
    viewer.layers.events.removed.connect(
        lambda event: found.append(QOpenGLContext.currentContext())
    )
    canvas.doneCurrent()
    viewer.layers.remove(layer)
    assert found == [canvas.context()]
