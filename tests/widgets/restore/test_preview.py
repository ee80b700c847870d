"""A preview in the viewer: it follows the settings and is gone when it should be."""

from __future__ import annotations

from time import monotonic

import numpy as np
import pytest
from napari.layers._source import layer_source
from PIL import Image
from qtpy.QtCore import QTimer
from restoring import PATIENCE
from superqt.utils import WorkerBase

from napari_flowprior._widgets import RestoreWidget
from napari_flowprior._widgets.restore import _job, _preview
from napari_flowprior._widgets.restore._job import compute
from napari_flowprior.restoration import JPEGTables


@pytest.fixture
def widget(viewer, make_widget, image):
    viewer.add_image(image, name="picture")
    return make_widget(viewer)


@pytest.fixture
def preview(qtbot):
    """Show what comes in the end of a preview, after what is done meanwhile."""

    def preview(widget, change=lambda: None):
        with qtbot.waitSignal(widget.preview.settled, timeout=PATIENCE):
            widget.preview.start()
            change()
        return widget.preview.layer

    return preview


@pytest.fixture
def endless(widget):
    """The widget, with a preview that takes minutes after a rough look."""
    widget.estimator = "map"
    widget.estimator_options = {"steps": 10_000}
    return widget


def begin(qtbot, widget):
    """Show a rough look and go on."""
    with qtbot.waitSignal(widget.preview.shown, timeout=PATIENCE):
        widget.preview.start()


def names(viewer):
    return [layer.name for layer in viewer.layers]


# --- what is shown


def test_it_is_what_run_gives_after_the_line(viewer, widget, preview, run):
    layer = preview(widget)
    assert names(viewer) == ["picture", "picture preview"]
    shown = layer.data
    assert shown.shape == (40, 24)
    np.testing.assert_array_equal(layer.translate, (0, 24))
    result = run(widget)
    assert names(viewer) == ["picture", "picture restored"]
    # The first column is the line.
    np.testing.assert_allclose(shown[:, 1:], result.data[:, 25:], atol=1e-5)


def test_the_line_moves(widget, preview):
    layer = preview(widget)
    slider = widget._preview_bar.slider
    for value, columns in [(0, 48), (25, 36), (100, 1)]:
        slider.setValue(value)
        assert layer.data.shape == (40, columns)
        np.testing.assert_array_equal(layer.translate, (0, 48 - columns))


def test_the_line_is_bright_and_dark(widget, preview):
    layer = preview(widget)
    low, high = widget.layer.contrast_limits
    np.testing.assert_allclose(layer.data[:8, 0], [high] * 4 + [low] * 4, rtol=1e-6)


@pytest.mark.viewer
def test_it_is_shown_again_and_again(
    make_napari_viewer_proxy, qtbot, make_widget, preview, image
):
    # Bounding boxes of layers, which showed where the line is, ended the process here.
    viewer = make_napari_viewer_proxy(show=True)
    viewer.add_image(image, name="picture")
    widget = make_widget(viewer)
    for _ in range(3):
        layer = preview(widget)
        qtbot.wait(100)
        assert not layer.bounding_box.visible
        widget.preview.stop()
        qtbot.wait(100)
        assert names(viewer) == ["picture"]


def test_it_is_no_layer_like_others(viewer, widget, preview):
    before = viewer.layers.selection.active
    layer = preview(widget)
    assert viewer.layers.selection.active is before
    assert layer not in widget.form.fields["layer"].choices


def test_what_is_in_view(viewer, widget, preview):
    widget.layer.corner_pixels = np.array([[8, 16], [17, 35]])
    layer = preview(widget)
    assert layer.data.shape == (10, 10)
    np.testing.assert_array_equal(layer.translate, (8, 26))
    assert "10x20 pixels" in widget._preview_bar.note.text()


def test_an_earlier_result_does_not_cover_it(viewer, widget, preview, run):
    source, result = widget.layer, run(widget)
    widget.layer = source
    assert (source.visible, result.visible) == (False, True)
    layer = preview(widget)
    assert (source.visible, layer.visible, result.visible) == (True, True, False)
    widget.preview.stop()
    assert (source.visible, result.visible) == (False, True)


def test_a_rectangle(viewer, widget, preview):
    shapes = viewer.add_shapes([[[5, 10], [14, 29]]], shape_type="rectangle")
    widget._preview_bar.area.value = shapes
    layer = preview(widget)
    assert layer.data.shape == (10, 10)
    np.testing.assert_array_equal(layer.translate, (5, 20))


def drawn(viewer, widget):
    shapes = viewer.add_shapes(
        [[[5, 10], [14, 29]], [[20, 10], [29, 19]]], shape_type="rectangle"
    )
    widget._preview_bar.area.value = shapes
    return shapes


def move(shapes):
    shapes.data = [np.add(shapes.data[1], (-4, 0))]


def select(shapes):
    shapes.selected_data = {0}


@pytest.mark.parametrize(("edit", "place"), [(move, (16, 15)), (select, (5, 20))])
def test_a_rectangle_is_followed(qtbot, viewer, widget, preview, edit, place):
    shapes = drawn(viewer, widget)
    layer = preview(widget)
    np.testing.assert_array_equal(layer.translate, (20, 15))
    with qtbot.waitSignal(widget.preview.settled, timeout=PATIENCE):
        edit(shapes)
    np.testing.assert_array_equal(layer.translate, place)


def test_shapes_are_followed_while_they_are_chosen(qtbot, viewer, widget, preview):
    shapes = drawn(viewer, widget)
    preview(widget)
    preview(widget, lambda: setattr(widget._preview_bar.area, "value", None))
    with qtbot.assertNotEmitted(widget._preview_bar.area_edited):
        move(shapes)


@pytest.mark.parametrize(
    ("name", "value"),
    [("contrast_limits", [0.2, 0.5]), ("gamma", 0.5), ("opacity", 0.7)],
)
def test_it_looks_as_the_layer_does_by_now(viewer, widget, preview, name, value):
    layer = preview(widget)
    setattr(widget.layer, name, value)
    assert getattr(layer, name) == value


def test_it_has_the_colours_of_the_layer_by_now(viewer, widget, preview):
    layer = preview(widget)
    widget.layer.colormap = "magma"
    assert layer.colormap.name == "magma"
    widget.preview.stop()
    widget.layer.colormap = "gray"
    assert layer.colormap.name == "magma"


def test_it_lies_where_the_layer_lies(viewer, make_widget, preview, image):
    place = {"scale": (3, 2), "translate": (5, 7), "rotate": 30}
    source = viewer.add_image(image, **place, units=("um", "um"), colormap="magma")
    layer = preview(make_widget(viewer))
    np.testing.assert_allclose(
        layer.data_to_world((0, 0)), source.data_to_world((0, 24))
    )
    np.testing.assert_allclose(layer.scale, source.scale)
    assert (layer.units, layer.colormap.name) == (source.units, "magma")


def test_more_pixels(viewer, widget, preview):
    widget.degradation = "downsample"
    widget.degradation_options = {"factor": 2}
    layer = preview(widget)
    assert layer.data.shape == (80, 48)
    np.testing.assert_allclose(layer.scale, (0.5, 0.5))
    # The middles of the first columns of the layer and of the preview.
    np.testing.assert_allclose(layer.data_to_world((0.5, 0.5)), (0, 24))


@pytest.mark.parametrize("channels", [1, 3])
def test_a_plane_in_colour(viewer, make_widget, preview, image, channels):
    stack = np.stack([np.stack([image, image[::-1], 1 - image], axis=-1)] * 4)
    viewer.add_image((255 * stack).astype(np.uint8), rgb=True)
    viewer.dims.current_step = (2, 0, 0)
    widget = make_widget(viewer, channels=channels)
    widget.degradation_options = {"sigma": 10}
    layer = preview(widget)
    assert layer.rgb
    assert layer.data.shape == (1, 40, 24, 3)
    np.testing.assert_array_equal(layer.translate, (2, 0, 24))


def test_a_mask_is_cut_to_the_part(viewer, widget, preview, holes):
    viewer.layers["picture"].data = np.where(holes, 0, widget.layer.data)
    viewer.add_labels(holes.astype(int), name="mask")
    widget.degradation = "inpaint"
    widget.layer.corner_pixels = np.array([[4, 14], [23, 33]])
    widget._preview_bar.slider.setValue(0)
    layer = preview(widget)
    # The first column is the line.
    before, after = widget.layer.data[4:24, 15:34], layer.data[:, 1:]
    marked = holes[4:24, 15:34]
    assert (after[marked] > 0).all()
    np.testing.assert_allclose(after[~marked], before[~marked], atol=1e-6)


def test_a_part_without_holes(viewer, widget, preview, holes):
    viewer.add_labels(holes.astype(int), name="mask")
    widget.degradation = "inpaint"
    widget.layer.corner_pixels = np.array([[20, 0], [39, 10]])
    layer = preview(widget)
    before, after = widget.layer.data[20:, 7:11], layer.data[:, 1:]
    np.testing.assert_allclose(after, before, atol=1e-6)


def test_a_rough_look_comes_first(qtbot, widget):
    shown = []
    widget.degradation = "blur"
    widget.degradation_options = {"gaussian": 1.0, "sigma": 0.05}
    widget.preview.shown.connect(shown.append)
    with qtbot.waitSignal(widget.preview.settled, timeout=PATIENCE):
        widget.preview.start()
    assert [picture.said.startswith("A rough look") for picture in shown] == [
        True,
        False,
    ]


# --- it follows


def test_a_setting_changes_while_it_is_computed(qtbot, endless):
    begin(qtbot, endless)
    worker = endless.preview._attempt._worker
    said = []
    endless.preview.shown.connect(lambda picture: said.append(picture.said))
    with qtbot.waitSignal(endless.preview.settled, timeout=PATIENCE):
        endless.estimator_options = {"steps": 2}
    assert not worker.is_running
    assert "pixels in" in said[-1]
    assert all("pixels in" in text or "rough" in text for text in said)


def test_only_the_last_of_many_changes_counts(qtbot, widget, monkeypatch):
    asked = []
    monkeypatch.setattr(
        _preview, "compute", lambda job: asked.append(job) or compute(job)
    )
    widget.preview.start()
    with qtbot.waitSignal(widget.preview.settled, timeout=PATIENCE):
        for level in range(1, 20):
            widget.degradation_options = {"sigma": level / 100}
    levels = {job.degradation[0].options["sigma"] for job in asked}
    assert levels == {0.19}


def test_the_same_view_computes_nothing_anew(qtbot, viewer, endless):
    begin(qtbot, endless)
    attempt = endless.preview._attempt
    viewer.scene.camera.zoom *= 1.5
    qtbot.waitUntil(endless.preview._timer.isActive)
    qtbot.waitUntil(lambda: not endless.preview._timer.isActive())
    assert endless.preview._attempt is attempt


def test_another_view_is_previewed(qtbot, viewer, endless):
    begin(qtbot, endless)
    with qtbot.waitSignal(endless.preview.shown, timeout=PATIENCE) as signal:
        endless.layer.corner_pixels = np.array([[8, 16], [17, 35]])
        viewer.scene.camera.zoom *= 2
    assert signal.args[0].region.shape == (10, 20)


def test_the_layer_is_deleted_while_it_is_computed(qtbot, viewer, endless):
    begin(qtbot, endless)
    with qtbot.waitSignal(endless.preview.settled, timeout=PATIENCE):
        viewer.layers.remove("picture")
    assert names(viewer) == []
    assert "no image layer" in endless._preview_bar.note.text()


def test_the_layer_is_renamed_while_it_is_computed(qtbot, viewer, widget, preview):
    layer = preview(widget, lambda: setattr(widget.layer, "name", "other"))
    assert names(viewer) == ["other", layer.name]


def test_the_data_are_replaced_while_they_are_computed(qtbot, viewer, endless):
    begin(qtbot, endless)
    endless.estimator_options = {"steps": 1}
    with qtbot.waitSignal(endless.preview.settled, timeout=PATIENCE):
        endless.layer.data = endless.layer.data[:, :20]
    assert endless.preview.layer.data.shape == (40, 10)


def test_another_layer_is_chosen(viewer, widget, preview, image):
    preview(widget)
    other = viewer.add_image(image, name="other")
    layer = preview(widget, lambda: setattr(widget, "layer", other))
    assert names(viewer) == ["picture", "other", "other preview"]
    assert layer.name == "other preview"


# --- it ends


def test_a_second_click_takes_it_away(viewer, widget, preview):
    preview(widget)
    widget._preview_bar.button.click()
    assert names(viewer) == ["picture"]
    assert widget._preview_bar.note.text() == ""


def test_its_layer_is_deleted(viewer, widget, preview):
    viewer.layers.remove(preview(widget))
    assert not widget.preview.on
    assert names(viewer) == ["picture"]


def test_wrong_settings_are_said_and_nothing_is_shown(viewer, widget, preview):
    preview(widget)
    assert preview(widget, lambda: setattr(widget, "axes", "ZYX")) is None
    assert "axes" in widget._preview_bar.note.text()
    assert names(viewer) == ["picture"]
    assert preview(widget, lambda: setattr(widget, "axes", "YX")) is not None


def test_an_error_in_the_middle(viewer, widget, preview, monkeypatch):
    def fail(job):
        yield
        raise RuntimeError("CUDA out of memory")

    monkeypatch.setattr(_preview, "compute", fail)
    assert preview(widget) is None
    assert "not enough memory" in widget._preview_bar.note.text()
    assert widget.preview.on


def test_run_takes_it_away(qtbot, viewer, endless):
    begin(qtbot, endless)
    endless.estimator_options = {"steps": 1}
    with qtbot.waitSignal(endless.finished, timeout=PATIENCE):
        endless.run()
        assert not endless.preview.on
    assert names(viewer) == ["picture", "picture restored"]


def test_closed_while_it_is_computed(qtbot, viewer, endless):
    begin(qtbot, endless)
    endless.close()
    assert names(viewer) == ["picture"]
    WorkerBase.await_workers(PATIENCE)


def test_two_docks(qtbot, viewer, widget, preview, tiny_priors):
    second = RestoreWidget(viewer)
    qtbot.addWidget(second)
    second.prior, second.degradation_options = tiny_priors[1], {"sigma": 0.2}
    preview(widget)
    preview(second)
    assert len(viewer.layers) == 3
    widget.preview.stop()
    assert second.preview.layer in viewer.layers


def test_the_viewer_is_never_blocked(qtbot, endless):
    begin(qtbot, endless)
    beats = [monotonic()]
    timer = QTimer()
    timer.timeout.connect(lambda: beats.append(monotonic()))
    timer.start(10)
    for value in range(0, 100, 5):
        endless._preview_bar.slider.setValue(value)
        qtbot.wait(30)
    timer.stop()
    assert max(np.diff(beats)) < 0.75


def test_the_file_tells_of_a_part_too(viewer, make_widget, preview, image, tmp_path):
    path = tmp_path / "picture.jpg"
    pixels = (255 * np.tile(image, (4, 4))).astype(np.uint8)
    Image.fromarray(pixels).save(path, quality=30)
    with layer_source(path=str(path)):
        layer = viewer.add_image(np.asarray(Image.open(path)))
    layer.corner_pixels = np.array([[40, 40], [80, 80]])
    widget = make_widget(viewer)
    widget.degradation = "jpeg"
    asked = []
    widget.preview.shown.connect(asked.append)
    assert preview(widget) is not None
    job = widget.form.job()
    part = _preview._cut(job, asked[-1].region, pixels.shape)
    assert _job._degradation(part).tables == JPEGTables.from_file(path)
