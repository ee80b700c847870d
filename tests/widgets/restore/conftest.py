"""Widgets whose restoration takes minutes, and masks of holes."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture
def endless(viewer, make_widget, image):
    """A widget whose restoration takes minutes."""
    viewer.add_image(image, name="picture")
    widget = make_widget(viewer)
    widget.estimator = "map"
    widget.estimator_options = {"steps": 10_000}
    return widget


@pytest.fixture
def holes():
    mask = np.zeros((40, 48), dtype=bool)
    mask[10:14, 20:30] = True
    return mask
