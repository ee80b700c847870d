"""What tests of the Restore widget wait for and look at."""

from __future__ import annotations

import numpy as np
from napari.utils.notifications import notification_manager

PATIENCE = 20_000  # milliseconds


def wait_for_progress(qtbot, widget):
    qtbot.waitUntil(lambda: widget._bar.progress.value() > 0, timeout=PATIENCE)


def fails(widget, run, says, *, ready=True):
    """Run and check that there is a readable message and that Run is back."""
    messages = []
    widget.failed.connect(messages.append)
    count = len(notification_manager.records)
    assert run(widget) is None
    (message,) = messages
    assert says in message
    assert "Traceback" not in message
    assert widget.status == message
    assert [n.message for n in notification_manager.records[count:]] == [message]
    assert widget._bar.button.text() == "Run"
    assert widget._bar.button.isEnabled() == ready
    assert not widget.running


def with_nan(image):
    return np.where(image > 0.7, np.nan, image)
