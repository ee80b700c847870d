"""Layers to train on, and their axes."""

from __future__ import annotations

import numpy as np
import pytest
from qtpy.QtCore import Qt

from napari_flowprior._errors import InputError


def test_layers_follow_the_viewer(viewer, make_widget, image):
    widget = make_widget(viewer)
    listed = widget.form.fields["layers"].list
    assert widget.layers == []
    first = viewer.add_image(image, name="first")
    assert widget.layers == [first]
    viewer.add_labels(np.ones((4, 4), dtype=int))
    second = viewer.add_image(image, name="second")
    assert widget.layers == [first]
    widget.layers = [second]
    first.name = "other"
    assert [listed.item(row).text() for row in (0, 1)] == ["YX  other", "YX  second"]
    viewer.layers.remove(second)
    assert widget.layers == [first]
    viewer.layers.clear()
    assert (widget.layers, widget.axes) == ([], "")


def test_restored_layers_are_never_preselected(viewer, make_widget, image):
    made = {"flowprior": {"prior": {"name": "photo-gray"}}}
    restored = viewer.add_image(image, name="restored", metadata=made)
    widget = make_widget(viewer)
    assert widget.layers == []
    with pytest.raises(InputError, match="No layer is checked"):
        widget.form.job()
    plain = viewer.add_image(image, name="plain")
    viewer.layers.selection = {restored}
    assert widget.layers == [plain]
    # Whoever wants to can.
    widget.layers = [restored]
    assert widget.layers == [restored]


def test_axes_are_those_of_the_current_layer(viewer, widget, image):
    stack = viewer.add_image(np.stack([image] * 5), name="stack")
    listed = widget.form.fields["layers"].list
    line = widget.form.fields["axes"].line.native
    assert widget.axes == "YX"
    listed.setCurrentRow(1)
    assert widget.axes == "ZYX"
    line.setText("CYX")
    line.textEdited.emit("CYX")
    assert listed.item(1).text() == "CYX  stack"
    listed.setCurrentRow(0)
    assert widget.axes == "YX"
    listed.setCurrentRow(1)
    assert widget.axes == "CYX"
    stack.data = image
    assert widget.axes == "YX"


def test_checking_with_the_mouse(viewer, widget, image):
    viewer.add_image(image, name="second")
    listed = widget.form.fields["layers"].list
    listed.item(1).setCheckState(Qt.CheckState.Checked)
    assert [layer.name for layer in widget.layers] == ["picture", "second"]


def test_auto_says_which_prior(viewer, widget, image):
    choice = widget.form.fields["start"].choice.native
    assert choice.itemText(0) == "auto (photo-gray)"
    colour = viewer.add_image(np.stack([image] * 3, axis=-1), rgb=True)
    widget.layers = [colour]
    assert choice.itemText(0) == "auto (photo-rgb)"
