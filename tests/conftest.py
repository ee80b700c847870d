"""Rules for the whole run: one thread, a screen for viewer tests, nothing left over."""

from __future__ import annotations

import gc
import os
import shutil
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

# Before torch is imported; subprocesses inherit it.
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["MKL_NUM_THREADS"] = "1"
# napari then warns of leaked widgets, and pytest turns that warning into an error.
os.environ["NAPARI_STRICT_QT"] = "1"

IN_CI = bool(os.environ.get("CI"))
HAS_NAPARI = find_spec("napari") is not None
VIEWER_FIXTURES = {"make_napari_viewer", "make_napari_viewer_proxy"}
QT_FIXTURES = {*VIEWER_FIXTURES, "qapp", "qtbot"}
WORKERS_STOP_WITHIN = 5000  # milliseconds

# The folder of the widget tests imports napari.
collect_ignore = [] if HAS_NAPARI else ["_widgets", "widgets"]

settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if IN_CI else "local")


def has_screen() -> bool:
    """Tell whether a window with OpenGL can be opened; pytest-xvfb starts Xvfb."""
    if os.environ.get("QT_QPA_PLATFORM") == "offscreen":
        return False
    if not sys.platform.startswith("linux"):
        return True
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        return True
    return find_spec("pytest_xvfb") is not None and shutil.which("Xvfb") is not None


HAS_SCREEN = has_screen()
if not HAS_SCREEN:
    # Plain widgets work without a screen.
    os.environ["QT_QPA_PLATFORM"] = "offscreen"


def pytest_runtest_setup(item: pytest.Item) -> None:
    if HAS_SCREEN or not needs_screen(item):
        return
    give_up = pytest.fail if IN_CI else pytest.skip
    give_up("a napari viewer needs a screen: install Xvfb or set DISPLAY")


def needs_screen(item: pytest.Item) -> bool:
    used = VIEWER_FIXTURES.intersection(getattr(item, "fixturenames", ()))
    return bool(used) or item.get_closest_marker("viewer") is not None


@pytest.fixture(scope="session")
def _kept() -> Iterator[None]:
    """Keep what stays out of the collections of garbage after each test."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def _nothing_is_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test of the GUI that leaves a worker or a top-level widget behind."""
    if QT_FIXTURES.isdisjoint(request.fixturenames):
        yield
        return
    request.getfixturevalue("_kept")
    app = request.getfixturevalue("qapp")
    before = app.topLevelWidgets()
    yield
    stop_workers()
    delete_closed_widgets()
    left = [each for each in app.topLevelWidgets() if outermost(each) not in before]
    # vispy keeps canvases for a while after their viewer is gone.
    left = [w for w in left if type(w).__name__ != "CanvasBackendDesktop"]
    if left and not call_failed(request):
        pytest.fail(f"top-level widgets are left behind: {left}")
    if not left:
        # Such as what was imported meanwhile: collections would look at it for long.
        gc.freeze()


def outermost(widget: Any) -> Any:
    """Return what a list or a dialog goes with, such as a viewer of all tests."""
    while widget.parent() is not None:
        widget = widget.parent()
    return widget


def call_failed(request: pytest.FixtureRequest) -> bool:
    # A traceback keeps the widgets of its frames alive.
    report = getattr(request.node, "rep_call", None)
    return report is None or report.failed


def stop_workers() -> None:
    from superqt.utils import WorkerBase

    try:
        WorkerBase.await_workers(WORKERS_STOP_WITHIN)
    except RuntimeError as error:
        pytest.fail(f"a worker thread is left running: {error}")


def delete_closed_widgets() -> None:
    from qtpy.QtCore import QCoreApplication, QEvent

    gc.collect()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    QCoreApplication.processEvents()
