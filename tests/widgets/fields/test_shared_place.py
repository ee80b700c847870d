import pytest
from qtpy.QtCore import Qt

from napari_flowprior._widgets.fields import Section

SIZE = 1024, 640
NAMES = "Restore", "Restore folder", "Train a prior", "Priors"
PLUGIN = "napari-flowprior"


@pytest.fixture
def window(make_napari_viewer_proxy):
    window = make_napari_viewer_proxy(show=True).window
    window.resize(*SIZE)
    return window


def opened(window, qtbot, name):
    dock, widget = window.add_plugin_dock_widget(PLUGIN, name)
    getattr(widget, "form", None)  # waits for it
    qtbot.waitUntil(lambda: not widget.visibleRegion().isEmpty())
    qtbot.wait(100)
    return dock, widget


def test_all_docks_fit_into_a_small_window(window, qtbot):
    for name in NAMES:
        dock, _ = opened(window, qtbot, name)
    assert dock.window().height() == SIZE[1]


@pytest.mark.parametrize("name", NAMES[:-1])
def test_what_is_unfolded_fits_into_a_small_window(window, qtbot, name):
    dock, widget = opened(window, qtbot, name)
    for section in widget.findChildren(Section):
        section.button.setChecked(True)
    if hasattr(widget, "preview"):
        widget.preview.start()
    qtbot.wait(300)
    assert dock.window().height() == SIZE[1]
    if hasattr(widget, "preview"):
        widget.preview.stop()


def test_the_last_one_is_in_front_and_others_are_behind(window, qtbot):
    (first, behind), (second, _) = (
        opened(window, qtbot, name) for name in ("Restore", "Priors")
    )
    assert first in second.window().tabifiedDockWidgets(second)
    assert behind.visibleRegion().isEmpty()
    first.raise_()
    qtbot.waitUntil(lambda: not behind.visibleRegion().isEmpty())


def test_one_that_floats_stays_alone(window, qtbot):
    first, _ = opened(window, qtbot, "Restore")
    first.setFloating(True)
    second, widget = opened(window, qtbot, "Priors")
    assert not second.window().tabifiedDockWidgets(second)
    assert not widget.visibleRegion().isEmpty()


def test_one_in_another_area_stays_alone(window, qtbot):
    first, _ = opened(window, qtbot, "Restore")
    first.window().addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, first)
    second, _ = opened(window, qtbot, "Priors")
    assert not second.window().tabifiedDockWidgets(second)
