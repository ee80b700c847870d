"""Layers of several levels of resolution, restored at one of them."""

from __future__ import annotations

import numpy as np
import pytest
from qtpy.QtWidgets import QComboBox

from napari_flowprior._errors import InputError
from napari_flowprior._widgets.layers import LayerFiles
from napari_flowprior._widgets.restore.scripts import write
from napari_flowprior.data import read_image


@pytest.fixture
def levels(viewer, image):
    """A layer of three levels: 40 x 48 pixels, and halves."""
    data = [image, image[::2, ::2], image[::4, ::4]]
    place = {"scale": (2, 3), "translate": (10, 20)}
    return viewer.add_image(data, multiscale=True, name="levels", **place)


@pytest.fixture
def widget(levels, viewer, make_widget):
    return make_widget(viewer)


def test_only_layers_of_several_levels_have_a_choice(widget, viewer, levels, image):
    assert level_row(widget).isVisibleTo(widget)
    plain = viewer.add_image(image)
    widget.layer = levels
    widget.level = 1
    widget.layer = plain
    assert not level_row(widget).isVisibleTo(widget)
    assert widget.level == 0
    widget.layer = levels
    assert level_row(widget).isVisibleTo(widget)
    assert widget.level == 0


def level_row(widget):
    boxes = widget.form.findChildren(QComboBox)
    return next(box for box in boxes if box.accessibleName() == "Level")


def test_a_layer_without_levels_has_full_resolution_only(viewer, make_widget, image):
    viewer.add_image(image)
    widget = make_widget(viewer)
    widget.level = 0
    with pytest.raises(InputError, match="no level 1"):
        widget.level = 1


def test_full_resolution_is_the_default(widget, run):
    assert [level.shape for level in run(widget).data] == [(40, 48), (20, 24), (10, 12)]


def test_a_level_is_restored_where_it_lies(widget, levels, run):
    widget.level = 1
    layer = run(widget)
    assert [level.shape for level in layer.data] == [(20, 24), (10, 12)]
    np.testing.assert_allclose(layer.scale, (4, 6))
    for ours, theirs in (((-0.5, -0.5), (-0.5, -0.5)), ((19.5, 23.5), (39.5, 47.5))):
        world = layer.data_to_world(ours)
        np.testing.assert_allclose(world, levels.data_to_world(theirs))
    assert layer.metadata["flowprior"]["settings"]["level"] == 1


def test_the_coarsest_level_has_no_levels_of_its_own(widget, run):
    widget.level = 2
    layer = run(widget)
    assert not layer.multiscale
    assert layer.data.shape == (10, 12)


def test_python_gives_the_same(widget, viewer, run):
    widget.level = 1
    copied = write(widget.form, "python", LayerFiles())
    layer, scope = run(widget), {"viewer": viewer}
    exec(copied, scope)
    np.testing.assert_array_equal(scope["result"], layer.data[0])


def test_the_command_line_gets_a_level_as_a_file(widget, levels, tmp_path):
    widget.level = 1
    with pytest.raises(InputError, match="in no file"):
        write(widget.form, "command", LayerFiles())
    files = LayerFiles(tmp_path)
    write(widget.form, "command", files)
    (path,) = files.written
    np.testing.assert_array_equal(read_image(path).array, levels.data[1])


@pytest.mark.parametrize("placed", [False, True])
def test_masks_of_the_level_and_of_the_layer_fit(
    widget, viewer, run, levels, holes, placed
):
    place = {"scale": levels.scale, "translate": levels.translate} if placed else {}
    marks = (holes if placed else holes[::2, ::2]).astype(np.uint8)
    mask = viewer.add_labels(marks, **place)
    widget.set(layer=levels, level=1, degradation="inpaint")
    widget.degradation_options = {"mask": mask}
    parts = widget.form.job().degradation
    made = parts[0].arrays["mask"]()
    assert made.shape == (20, 24)
    rows, columns = np.nonzero(made)
    assert (rows.min(), rows.max()) == (5, 6)
    assert (columns.min(), columns.max()) == (10, 14)


def test_a_preview_shows_the_level(widget, viewer, qtbot, levels):
    levels.corner_pixels = np.array([[0, 0], [39, 47]])
    widget.level = 1
    with qtbot.waitSignal(widget.preview.settled, timeout=20_000):
        widget.preview.start()
    shown = widget.preview.layer
    np.testing.assert_allclose(shown.scale, (4, 6))
    assert shown.data.shape[0] == 20
    widget.preview.stop()


def test_several_layers_take_the_nearest_level(widget, viewer, levels, image, qtbot):
    plain = viewer.add_image(image, name="plain")
    viewer.layers.selection = {levels, plain}
    widget.set(layer=levels, level=1)
    layers = widget.run_all().wait()
    data = [each.data[0] if each.multiscale else each.data for each in layers]
    assert [each.shape for each in data] == [(20, 24), (40, 48)]


def test_settings_of_a_layer_name_its_level(widget, viewer, run):
    widget.level = 1
    layer = run(widget)
    widget.level = 0
    widget.set_as_for(layer)
    assert widget.level == 1
