"""Docks in a window of napari, whose theme decides how much room things take."""

from __future__ import annotations

import numpy as np
import pytest
from qtpy.QtCore import QPoint
from qtpy.QtGui import QImage
from qtpy.QtWidgets import QLabel, QStyleOptionComboBox

from napari_flowprior._widgets.fields import Place

WIDTH = 300
NAMES = "Restore", "Restore folder", "Train a prior", "Priors"
PLUGIN = "napari-flowprior"
SEEN = 60  # of 255, that a box differs by from what is behind it


@pytest.fixture
def window(make_napari_viewer_proxy, image):
    viewer = make_napari_viewer_proxy(show=True)
    viewer.add_image(image, name="a photograph of a very long name, " * 3)
    return viewer


@pytest.fixture
def opened(window, qtbot):
    """Open a dock, with what is folded away, as narrow as docks are by default."""

    def opened(name):
        dock, widget = window.window.add_plugin_dock_widget(PLUGIN, name)
        if form := getattr(widget, "form", None):
            form._section.button.setChecked(True)
        dock.setFloating(True)
        dock.resize(WIDTH, 900)
        qtbot.wait(100)
        return dock, widget

    return opened


@pytest.mark.parametrize("name", NAMES)
def test_docks_can_be_narrow(opened, name):
    dock, widget = opened(name)
    assert widget.minimumSizeHint().width() < WIDTH
    assert dock.width() == WIDTH


@pytest.mark.parametrize("floating", [True, False])
@pytest.mark.parametrize("name", NAMES)
def test_titles_are_whole(window, opened, qtbot, name, floating):
    if floating:
        dock, _ = opened(name)
    else:
        # As wide as the dock asks for.
        window.window.resize(1200, 800)
        dock, _ = window.window.add_plugin_dock_widget(PLUGIN, name)
        qtbot.wait(100)
    (title,) = dock.titleBarWidget().findChildren(QLabel)
    assert title.text() == f"{name} ({PLUGIN})"
    assert title.fontMetrics().horizontalAdvance(title.text()) <= title.width()


def test_restore_is_narrow_whatever_is_chosen(opened, qtbot):
    _, widget = opened("Restore")
    form = widget.form
    for choice in (form.fields["estimator"], form.fields["degradation"]):
        for value in choice.choices:
            choice.value = value
            qtbot.wait(20)
            assert widget.minimumSizeHint().width() < WIDTH, value


def test_the_prior_of_auto_is_whole(opened, qtbot):
    _, widget = opened("Restore")
    choice, option = widget.form.fields["prior"].choice.native, QStyleOptionComboBox()

    def is_whole():
        choice.initStyleOption(option)
        return choice.shown_text(option) == "auto (photo-gray)"

    qtbot.waitUntil(is_whole)


@pytest.mark.parametrize("name", ["degradation", "estimator", "output", "dtype"])
def test_what_is_chosen_is_whole(opened, qtbot, name):
    _, widget = opened("Restore")
    field, option = widget.form.fields[name], QStyleOptionComboBox()
    box = field.native

    def is_whole():
        box.initStyleOption(option)
        return box.shown_text(option) == box.currentText()

    for value in field.choices:
        # Some are offered for a few degradations only, and look the same there.
        field.value = value
        # While rows come and go, there is a scroll bar for a moment.
        qtbot.waitUntil(is_whole)


def test_fields_stand_below_each_other(opened):
    for name in ("Restore", "Train a prior"):
        _, widget = opened(name)
        fields = [field.native for field in widget.form.fields.values()]
        shown = [field for field in fields if field.isVisible()]
        lefts = {field.mapTo(widget, field.rect().topLeft()).x() for field in shown}
        assert len(shown) > 6
        assert len(lefts) == 1


def test_labels_stand_below_each_other(opened, qtbot):
    _, widget = opened("Restore")
    form = widget.form
    form.fields["degradation"].value = "poisson-gaussian"
    form.fields["estimator"].value = "hqs"
    qtbot.wait(100)
    labels = [label for label in form.findChildren(QLabel) if label.buddy()]
    lefts = {left_of_text(label) for label in labels if label.isVisible()}
    # Letters begin at a pixel or two from where their place begins.
    assert max(lefts) - min(lefts) <= 2


def left_of_text(label):
    shot = pixels(label)
    first = np.flatnonzero((shot != shot[0, 0]).any(axis=(0, 2)))[0]
    return label.mapToGlobal(QPoint(int(first), 0)).x()


def test_axes_stand_beside_their_line(opened):
    _, widget = opened("Restore")
    axes, layer = (widget.form.fields[name] for name in ("axes", "layer"))
    assert axes.note.isVisible()
    label_of = widget.form.rows.label_of
    below = [below_top(label_of(field), field.native) for field in (axes, layer)]
    assert abs(below[0] - below[1]) <= 1


def below_top(label, field):
    """Return how far below the top of a field the text of its label begins."""
    shot = pixels(label)
    first = np.flatnonzero((shot != shot[0, 0]).any(axis=(1, 2)))[0]
    return (
        label.mapToGlobal(QPoint(0, int(first))).y() - field.mapToGlobal(QPoint()).y()
    )


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_boxes_can_be_seen(window, opened, qtbot, theme):
    window.theme = theme
    _, widget = opened("Train a prior")
    for box in (widget.form.fields[name].native for name in ("insist", "overwrite")):
        row = pixels(box)[box.height() // 2].astype(int)
        assert np.abs(row[:24] - row[-1]).max() > SEEN


def pixels(widget):
    """Return what a widget looks like, as an array (Y, X, 3)."""
    shot = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    bits = shot.constBits()
    # PyQt tells how many there are by no means of Python.
    if hasattr(bits, "setsize"):
        bits.setsize(shot.sizeInBytes())
    lines = np.frombuffer(bits, np.uint8).copy()
    return lines.reshape(shot.height(), -1, 4)[:, : shot.width(), :3]


def test_a_long_path_is_cut_visibly(qtbot):
    place = Place(question="Choose a folder")
    qtbot.addWidget(place.native)
    place.native.resize(200, 30)
    place.show()
    place.value = "/a/folder/that/is/deep/in/others/of/long/names/priors"
    line = place.line.native
    assert line.text() == place.value
    assert line.shown_text().startswith("…")
    assert line.shown_text().endswith("/priors")
    cut = pixels(line)
    place.value = "/priors"
    assert line.shown_text() == "/priors"
    assert not np.array_equal(cut, pixels(line))
