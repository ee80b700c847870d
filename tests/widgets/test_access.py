"""Both widgets without a mouse: names for screen readers, and a focus that is seen."""

from __future__ import annotations

import pytest
from qtpy.QtCore import Qt
from qtpy.QtGui import QColor
from qtpy.QtWidgets import QAbstractButton, QDockWidget, QMainWindow, QWidget

from napari_flowprior._widgets import RestoreWidget, TrainWidget
from napari_flowprior._widgets.fields import FOCUS_COLOUR

PATIENCE = 20_000  # milliseconds


@pytest.fixture(params=[RestoreWidget, TrainWidget])
def widget(request, qtbot, viewer, image):
    viewer.add_image(image, name="picture")
    widget = request.param(viewer)
    qtbot.addWidget(widget)
    assert widget.form
    return widget


def name_of(part):
    text = part.text() if isinstance(part, QAbstractButton) else ""
    return part.accessibleName() or text


def test_whatever_takes_the_focus_has_a_name(widget):
    for field in widget.form.fields.values():
        assert field.native.accessibleName()
    nameless = [
        part
        for part in widget.form.findChildren(QWidget)
        if part.focusPolicy() & Qt.FocusPolicy.TabFocus
        and not name_of(part)
        # Lists behind combo boxes are read through these.
        and "Combo" not in type(part.parent()).__name__
        and part.parent().objectName() != "qt_scrollarea_viewport"
    ]
    assert [
        f"{type(p).__name__} in {type(p.parent()).__name__}" for p in nameless
    ] == []


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
