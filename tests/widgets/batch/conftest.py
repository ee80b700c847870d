"""What tests of the dock of folders share."""

from __future__ import annotations

import pytest

from napari_flowprior._widgets import BatchWidget


@pytest.fixture
def widget(qtbot, viewer, folder, tiny_priors):
    """Return the dock, told of the module's own `folder`."""
    widget = BatchWidget(viewer)
    qtbot.addWidget(widget)
    widget.form.fields["prior"].value = tiny_priors[1]
    widget.form.degradation_options = {"sigma": 0.1}
    widget.fields["source"].value = folder
    widget.fields["target"].value = folder.parent / "out"
    return widget
