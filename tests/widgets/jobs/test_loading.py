"""The loading of torch, which nothing can stop."""

from __future__ import annotations

import pytest
from running import run_python

from napari_flowprior._widgets.jobs import _loading

# As libraries do that start threads of their own.
_LATE = """
import sys
print("begun", flush=True)
import threading
import time
while threading.main_thread().is_alive():
    time.sleep(0.01)
print("late", flush=True)
sys.modules.pop("concurrent.futures.thread", None)
import concurrent.futures.thread
"""

_SCRIPT = """
import sys
import time
from qtpy.QtWidgets import QApplication
from napari_flowprior._widgets.jobs import _loading, load, start_job

sys.stderr = sys.stdout
_loading._ENGINES = {"late": ""}
app = QApplication([])
start_job(load, description="a test", connect={})
while "late" not in sys.modules:
    time.sleep(0.01)
"""


def test_nothing_is_said_of_what_napari_is_closed_in(tmp_path):
    (tmp_path / "late.py").write_text(_LATE)
    said = run_python("-c", _SCRIPT, cwd=tmp_path)
    assert said.split("\n") == ["begun", "late", ""]


def test_what_fails_before_is_raised(monkeypatch):
    monkeypatch.setattr(_loading, "_ENGINES", {"napari_flowprior.of_no_user": ""})
    with pytest.raises(ModuleNotFoundError, match="of_no_user"):
        list(_loading.load())
