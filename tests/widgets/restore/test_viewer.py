"""The widget in a real viewer: from the manifest, in a dock, until both are closed."""

from __future__ import annotations

import gc
import re
import weakref
from pathlib import Path

import pytest
from markdown import blocks
from napari._app_model import get_app_model
from napari.layers import Image as ImageLayer
from PIL import Image
from qtpy.QtCore import QTimer
from running import run_python
from superqt.utils import WorkerBase

from napari_flowprior._errors import InputError, RestoreError

ROOT = Path(__file__).parents[3]
PATIENCE = 30_000  # milliseconds


@pytest.fixture
def docked(make_napari_viewer_proxy, image, tiny_priors):
    """A viewer with the widget in a dock, set to something endless."""
    viewer = make_napari_viewer_proxy()
    viewer.add_image(image, name="picture", scale=(2, 2), units=("um", "um"))
    _, widget = viewer.window.add_plugin_dock_widget("napari-flowprior", "Restore")
    widget.prior = tiny_priors[1]
    widget.estimator = "map"
    widget.estimator_options = {"steps": 10_000}
    return [viewer, widget]


def start(qtbot, widget):
    widget.run()
    qtbot.waitUntil(lambda: widget._bar.progress.value() > 0, timeout=PATIENCE)
    return widget._worker


def test_runs_and_finishes(qtbot, docked):
    viewer, widget = docked
    widget.estimator_options = {"steps": 3}
    with qtbot.waitSignal(widget.finished, timeout=PATIENCE) as signal:
        widget.run()
    assert isinstance(signal.args[0], ImageLayer)
    assert signal.args[0].units == viewer.layers["picture"].units
    assert [layer.name for layer in viewer.layers] == ["picture", "picture restored"]


def test_nothing_holds_a_result_that_is_removed(qtbot, docked):
    """napari notes all jobs until it is closed."""
    viewer, widget = docked
    widget.estimator_options = {"steps": 3}
    widget.run().wait(PATIENCE)
    left = weakref.ref(viewer.layers[-1].data)
    viewer.layers.pop()
    # What has ended it, has told others of it.
    qtbot.wait(50)
    gc.collect()
    assert left() is None


def test_nothing_holds_an_error_and_what_it_arose_in(qtbot, docked):
    _, widget = docked
    widget.degradation = "quantized"
    with pytest.raises(RestoreError, match="on no regular lattice"):
        widget.run().wait(PATIENCE)
    qtbot.wait(50)
    gc.collect()
    assert not [each for each in gc.get_objects() if isinstance(each, InputError)]


def test_fails_and_comes_back(qtbot, docked):
    _, widget = docked
    widget.prior = "gone.safetensors"
    with qtbot.waitSignal(widget.failed, timeout=PATIENCE) as signal:
        widget.run()
    assert "There is no prior" in signal.args[0]
    qtbot.waitUntil(lambda: not widget.running)
    assert widget._bar.button.text() == "Run"


def test_a_dock_that_is_opened_again_has_its_settings(docked):
    viewer, widget = docked
    docked.clear()
    widget.tile, prior = 64, widget.prior
    viewer.window.remove_dock_widget(widget)
    del widget
    gc.collect()
    _, again = viewer.window.add_plugin_dock_widget("napari-flowprior", "Restore")
    assert (again.tile, again.prior) == (64, prior)
    assert again.estimator_options["steps"] == 10_000


def test_dock_is_closed_while_it_runs(qtbot, docked):
    viewer, widget = docked
    docked.clear()
    worker = start(qtbot, widget)
    viewer.window.remove_dock_widget(widget)
    qtbot.waitUntil(lambda: not worker.is_running, timeout=1000)
    assert len(viewer.layers) == 1
    left = weakref.ref(widget)
    del widget
    gc.collect()
    assert left() is None


def test_viewer_is_closed_while_it_runs(qtbot, docked):
    viewer, widget = docked
    worker = start(qtbot, widget)
    manager = viewer.window._task_status_manager
    assert manager.get_status() == [
        "napari-worker: Executing the restoration of picture"
    ]
    viewer.close()
    qtbot.waitUntil(lambda: not worker.is_running, timeout=1000)


def test_viewer_is_closed_as_it_begins(qtbot, docked):
    """napari handles events while it makes the bar of a job."""
    viewer, widget = docked
    QTimer.singleShot(0, viewer.close)
    widget.run()
    qtbot.waitUntil(lambda: not WorkerBase._worker_set, timeout=2000)


@pytest.mark.parametrize("menu", ["napari/layers/filter", "napari/plugins"])
def test_menus_open_the_widget(docked, menu):
    commands = menu_commands(menu)
    assert any(command.startswith("napari-flowprior") for command in commands)


def menu_commands(menu):
    items = get_app_model().menus.get_menu(menu)
    found = []
    for item in items:
        if hasattr(item, "command"):
            found.append(item.command.id)
        else:
            found += menu_commands(item.submenu)
    return found


# --- scripts that open a viewer, or none

# One after the other in a process that imports napari and torch once, and with a part
# of the sample.
SCRIPTS = """
import runpy, sys
from napari_flowprior import _sample_data
whole = _sample_data._camera()
_sample_data._camera = lambda: whole[60:188, 160:288]
for sys.argv in SCRIPTS:
    print("script", flush=True)
    runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """What examples, a page of the docs and a script say, and where they ran."""
    folder = tmp_path_factory.mktemp("shown")
    examples = ROOT / "examples" / "in_napari"
    pictures = ROOT / "docs" / "scripts" / "make_screenshots.py"
    (code,) = blocks(ROOT / "docs" / "tutorials" / "napari.md", "python")
    assert "napari.run()" in code
    page = folder / "page.py"
    page.write_text(code.replace("napari.run()", "viewer.close()\nnapari.run()"))
    arguments = [
        [str(examples / "viewer_restore.py"), "--close"],
        [str(page)],
        [str(pictures), "restore_widget", "--folder", "."],
        # The last one, as its widget is left without a parent.
        [str(examples / "without_a_window.py")],
    ]
    code = SCRIPTS.replace("SCRIPTS", repr(arguments))
    said = run_python("-c", code, cwd=folder)
    return said.split("script\n")[1:], folder


@pytest.mark.slow
@pytest.mark.viewer
def test_example_with_a_viewer(shown):
    said, _ = shown
    assert said[0].startswith("noisy photograph restored: ")


@pytest.mark.slow
@pytest.mark.viewer
def test_code_of_the_docs(shown):
    said, _ = shown
    assert said[1] == "noisy photograph restored 25.0\n"


@pytest.mark.slow
@pytest.mark.viewer
def test_screenshot(shown):
    with Image.open(shown[1] / "restore_widget.png") as picture:
        assert picture.size == (1600, 1000)
        assert len(picture.convert("L").getcolors()) > 50


@pytest.mark.slow
@pytest.mark.viewer
def test_example_without_a_window(shown):
    result, *session = shown[0][3].splitlines()
    wrong = re.fullmatch(r"noisy restored: wrong by ([\d.]+) on average", result)
    assert float(wrong[1]) < 8
    assert "layer_1 = widget.run().wait()" in session
