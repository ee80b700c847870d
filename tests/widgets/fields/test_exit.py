"""Docks that were closed do not outlive Python."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import atexit
from qtpy.QtWidgets import QApplication, QWidget

def say():
    print("alive" if isalive(closed) else "deleted")
    print("alive" if isalive(shown) else "deleted")

from qtpy.compat import isalive
atexit.register(say)
from napari_flowprior._widgets.fields import delete_at_exit

app = QApplication([])
window = QWidget()
closed, shown = QWidget(), QWidget(window)
for dock in (closed, shown):
    delete_at_exit(dock)
"""


def test_only_what_was_closed_is_deleted():
    command = [sys.executable, "-c", CODE]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["deleted", "alive"]
