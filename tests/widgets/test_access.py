"""All docks without a mouse: names for screen readers, and a focus that is seen."""

from __future__ import annotations

from itertools import pairwise

import pytest
from qtpy.QtCore import Qt
from qtpy.QtGui import QColor
from qtpy.QtWidgets import (
    QAbstractButton,
    QDockWidget,
    QMainWindow,
    QVBoxLayout,
    QWidget,
)

from napari_flowprior._widgets import (
    BatchWidget,
    PriorsWidget,
    RestoreWidget,
    TrainWidget,
)
from napari_flowprior._widgets.fields import FOCUS_COLOUR, Button, Section

PATIENCE = 20_000  # milliseconds


@pytest.fixture(params=[RestoreWidget, TrainWidget])
def widget(request, qtbot, viewer, image):
    viewer.add_image(image, name="picture")
    widget = request.param(viewer)
    qtbot.addWidget(widget)
    assert widget.form
    return widget


def tab_stops(dock):
    """Find where the tab key stops inside a widget, in its order."""
    found, part = [], dock.nextInFocusChain()
    while part is not dock:
        takes = part.focusPolicy() & Qt.FocusPolicy.TabFocus
        if takes and part.focusProxy() is None and dock.isAncestorOf(part):
            found.append(part)
        part = part.nextInFocusChain()
    return [each for each in found if each.isVisibleTo(dock)]


def name_of(part):
    text = part.text() if isinstance(part, QAbstractButton) else ""
    return part.accessibleName() or text


@pytest.mark.parametrize(
    "make", [RestoreWidget, TrainWidget, BatchWidget, PriorsWidget]
)
def test_whatever_takes_the_focus_has_a_name(qtbot, viewer, image, make):
    viewer.add_image(image, name="picture")
    widget = make(viewer)
    qtbot.addWidget(widget)
    for field in getattr(getattr(widget, "form", None), "fields", {}).values():
        assert field.native.accessibleName()
    for section in widget.findChildren(Section):
        section.button.setChecked(True)
    parts = tab_stops(widget)
    assert len(parts) > 3
    assert [type(part).__name__ for part in parts if not name_of(part)] == []


@pytest.mark.parametrize("make", [RestoreWidget, TrainWidget, BatchWidget])
def test_the_tab_key_goes_down_the_rows(qtbot, viewer, image, make):
    viewer.add_image(image)
    widget = make(viewer)
    qtbot.addWidget(widget)
    assert widget.form
    for section in widget.findChildren(Section):
        section.button.setChecked(True)
    widget.resize(300, 1000)
    widget.show()
    qtbot.waitExposed(widget)

    def goes_down():
        parts = tab_stops(widget)
        middles = [part.mapTo(widget, part.rect().center()).y() for part in parts]
        # Middles of one row differ by a few pixels.
        return all(after > before - 11 for before, after in pairwise(middles))

    qtbot.waitUntil(goes_down)
    if make is RestoreWidget:
        # Rows that are made when they are wanted.
        widget.degradation, widget.estimator = "poisson-gaussian", "map"
        qtbot.waitUntil(lambda: len(tab_stops(widget)) > 30)
        qtbot.waitUntil(goes_down)


def test_the_tab_key_comes_in_at_the_top_and_leaves_at_the_bottom(
    qtbot, viewer, make_widget, image
):
    viewer.add_image(image)
    window, before, after = QWidget(), Button("before"), Button("after")
    qtbot.addWidget(window)
    widget = make_widget(viewer)
    layout = QVBoxLayout(window)
    for part in (before, widget, after):
        layout.addWidget(part)
    window.show()
    window.activateWindow()
    first, last = widget.form.fields["layer"].native, widget._bar.copy
    qtbot.waitUntil(lambda: tab_stops(widget)[0] is first)
    before.setFocus()
    qtbot.waitUntil(before.hasFocus)
    qtbot.keyClick(before, Qt.Key.Key_Tab)
    assert first.hasFocus()
    last.setFocus()
    qtbot.keyClick(last, Qt.Key.Key_Tab)
    assert after.hasFocus()


def test_escape_cancels(qtbot, viewer, make_widget, image):
    viewer.add_image(image)
    widget = make_widget(viewer)
    widget.estimator, widget.estimator_options = "map", {"steps": 10_000}
    pending = widget.run()
    qtbot.waitUntil(lambda: widget._bar.progress.value() > 0, timeout=PATIENCE)
    qtbot.keyClick(widget._bar.button, Qt.Key.Key_Escape)
    assert pending.wait() is None
    assert widget.status == "Cancelled."


def test_the_focus_is_seen(qtbot, widget):
    widget.show()
    qtbot.waitExposed(widget)
    field = widget.form.fields["device"].native

    def framed():
        image = field.grab().toImage()
        return image.pixelColor(image.width() // 2, 0) == QColor(FOCUS_COLOUR)

    assert not framed()
    widget.activateWindow()
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    assert framed()


def test_enter_runs(qtbot, viewer, make_widget, image):
    viewer.add_image(image)
    widget = make_widget(viewer)
    with qtbot.waitSignal(widget.finished, timeout=PATIENCE) as signal:
        qtbot.keyClick(widget._bar.button, Qt.Key.Key_Return)
    assert signal.args[0] is not None


def test_stacked_docks_keep_some_rows(qtbot, viewer, make_widget):
    window = QMainWindow()
    qtbot.addWidget(window)
    widgets = [make_widget(viewer), make_widget(viewer)]
    for widget in widgets:
        dock = QDockWidget(window)
        dock.setWidget(widget)
        window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
    window.resize(900, 720)
    window.show()
    qtbot.waitExposed(window)
    for widget in widgets:
        assert widget._scroll.height() >= 200
