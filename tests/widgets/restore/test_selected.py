"""Several layers, restored with one click."""

from __future__ import annotations

import numpy as np
import pytest
from restoring import PATIENCE, wait_for_progress


@pytest.fixture
def three(viewer, image):
    for name in ("first", "second", "third"):
        viewer.add_image(image, name=name)
    viewer.layers.selection = {viewer.layers["first"], viewer.layers["third"]}


def test_selected_layers_are_restored(viewer, make_widget, three):
    layers = make_widget(viewer).run_all().wait()
    assert [layer.name for layer in layers] == ["first restored", "third restored"]
    assert [layer.name for layer in viewer.layers] == [
        *("first", "first restored", "second", "third", "third restored"),
    ]


def test_the_button_follows_the_selection(viewer, make_widget, three, image):
    widget = make_widget(viewer)
    button = widget._bar.several
    assert not button.isHidden()
    assert button.text() == "Run for the 2 selected layers"
    viewer.layers.selection.active = viewer.layers["first"]
    assert button.isHidden()
    labels = viewer.add_labels(np.ones((4, 4), dtype=int))
    viewer.layers.selection = {viewer.layers["first"], labels}
    assert button.isHidden()


def test_one_bad_layer_does_not_stop_the_rest(viewer, make_widget, three):
    data = viewer.layers["first"].data
    viewer.layers["first"].data = np.where(data > 0.7, np.nan, data)
    widget = make_widget(viewer)
    said = []
    widget.failed.connect(said.append)
    layers = widget.run_all().wait()
    assert [layer.name for layer in layers] == ["third restored"]
    assert "NaN" in said[0]


def test_a_layer_is_deleted_meanwhile(viewer, make_widget, three):
    widget = make_widget(viewer)
    pending = widget.run_all()
    viewer.layers.remove("third")
    assert [layer.name for layer in pending.wait()] == ["first restored"]


def test_cancel_stops_all(qtbot, viewer, make_widget, three):
    widget = make_widget(viewer)
    widget.estimator = "map"
    widget.estimator_options = {"steps": 10_000}
    pending = widget.run_all()
    wait_for_progress(qtbot, widget)
    widget.cancel()
    assert pending.wait() is None
    qtbot.waitUntil(lambda: not widget.running, timeout=PATIENCE)
    assert len(viewer.layers) == 3


def test_a_single_run_is_no_part_of_it(viewer, make_widget, three):
    widget = make_widget(viewer)
    widget.run_all().wait()
    widget.layer = viewer.layers["second"]
    assert widget.run().wait().name == "second restored"
    assert not widget.running


def test_nothing_is_selected(viewer, make_widget, three):
    widget = make_widget(viewer)
    viewer.layers.selection.clear()
    assert widget.run_all().wait() == []
