"""Fields of the form: they follow the viewer and check what is typed."""

from __future__ import annotations

import numpy as np
import pytest
from qtpy.QtWidgets import QFileDialog

from napari_flowprior._errors import InputError
from napari_flowprior._resources import shipped_priors
from napari_flowprior._widgets.fields import Number
from napari_flowprior.restoration import ESTIMATORS, available_devices


def choices(choice):
    box = choice.native
    return [box.itemText(index) for index in range(box.count())]


@pytest.fixture
def form(viewer, make_widget):
    widget = make_widget(viewer)
    yield widget.form
    widget.close()


# --- layers


def test_layers_follow_the_viewer(viewer, form, image):
    box = form.fields["layer"]
    assert (box.value, box.native.placeholderText()) == (None, "none")
    first = viewer.add_image(image, name="first")
    viewer.add_labels(np.ones((4, 4), dtype=int))
    viewer.add_image(image, name="second")
    assert choices(box) == ["first", "second"]
    assert box.value is first
    first.name = "renamed"
    viewer.layers.move(0, 3)
    assert choices(box) == ["second", "renamed"]
    assert box.value is first
    viewer.layers.remove(first)
    assert box.value.name == "second"
    viewer.layers.clear()
    assert box.value is None


def test_active_layer_is_taken_first(viewer, make_widget, image):
    first = viewer.add_image(image)
    viewer.add_image(image)
    viewer.layers.selection.active = first
    assert make_widget(viewer).layer is first


def test_masks_are_labels_shapes_and_boolean_images(viewer, form, image):
    viewer.add_image(image, name="grey")
    viewer.add_image(image > 0.5, name="boolean")
    viewer.add_labels(np.ones((4, 4), dtype=int), name="labels")
    viewer.add_shapes(name="shapes")
    viewer.add_points(name="points")
    mask = form.degradations.rows["inpaint"].editors["mask"]
    assert choices(mask) == ["none", "boolean", "labels", "shapes"]


# --- axes


def test_axes_follow_new_data(viewer, make_widget, run, image):
    layer = viewer.add_image(image)
    widget = make_widget(viewer)
    layer.data = np.stack([image] * 5)
    assert widget.axes == "ZYX"
    assert run(widget).data.shape == (5, 40, 48)


def test_axes_that_were_typed_stay_with_new_data(viewer, make_widget, image):
    layer = viewer.add_image(np.stack([image] * 5))
    widget = make_widget(viewer)
    widget.axes = "TYX"
    layer.data = np.stack([image] * 6)
    assert widget.axes == "TYX"
    assert (
        widget.form.fields["axes"].note.text() == "6 time points, 40 rows, 48 columns"
    )
    layer.data = image
    assert widget.axes == "YX"


def test_axes_follow_labels(viewer, make_widget, image):
    layer = viewer.add_image(np.stack([image] * 5))
    widget = make_widget(viewer)
    layer.axis_labels = ("t", "y", "x")
    assert widget.axes == "TYX"


def test_axes_are_shown_with_what_they_mean(viewer, form, image):
    viewer.add_image(np.stack([image] * 3))
    edit = form.fields["axes"]
    note = "3 channels, 40 rows, 48 columns"
    assert not form._section.isAncestorOf(edit.native)
    assert edit.note.text() == f"{note} (guessed from the shape)"
    edit.line.value = "zyx"
    assert edit.note.text() == "3 planes, 40 rows, 48 columns"


@pytest.mark.parametrize(
    ("colours", "told"), [(3, "3 colours"), (4, "3 colours and alpha")]
)
def test_alpha_is_no_colour(viewer, form, image, colours, told):
    viewer.add_image(np.stack([image] * colours, axis=-1), rgb=True)
    note = form.fields["axes"].note.text()
    assert note == f"40 rows, 48 columns, {told} (guessed from the shape)"


def test_axes_that_are_wrong_disable_run(viewer, make_widget, run, image):
    viewer.add_image(image)
    widget = make_widget(viewer)
    button = widget._bar.button
    assert button.isEnabled()
    widget.axes = "ZYX"
    assert not button.isEnabled()
    assert widget.status == button.toolTip() != ""
    assert not widget.form.fields["axes"].problem.isHidden()
    widget.axes = "XY"
    assert button.isEnabled()
    assert widget.status == button.toolTip() == ""
    assert run(widget) is not None


def test_without_a_layer_run_is_disabled(viewer, make_widget, image):
    widget = make_widget(viewer)
    assert not widget._bar.button.isEnabled()
    assert widget.status == "Open an image to restore it."
    viewer.add_image(image)
    assert widget._bar.button.isEnabled()
    assert widget.status == ""


# --- numbers


@pytest.fixture
def number(qtbot):
    """A number from 2 up, or None."""
    number = Number(min=1.0, least=2.0, max=30.0, none="auto")
    qtbot.addWidget(number.native)
    return number


def typed(number, text):
    number.native.lineEdit().setText(text)
    number.native.interpretText()
    number.native.editingFinished.emit()
    return number.value


def test_an_empty_field_stands_for_none(number):
    assert number.value is None
    assert [typed(number, text) for text in ("7.5", "", "7", " ")] == [
        7.5,
        None,
        7,
        None,
    ]
    assert number.native.text() == "auto"


def test_nothing_lies_between_none_and_the_least_number(number):
    assert typed(number, "1.5") == 2
    for wrong in (1, 1.5, 31, "2", True):
        with pytest.raises(InputError, match=r"not between 2 and 30|no number"):
            number.value = wrong
    assert number.value == 2


def test_arrows_lead_to_none_and_back(number):
    found = []
    for steps in (1, 1, -1, -1, -1, 10, -3):
        number.native.stepBy(steps)
        found.append(number.value)
    assert found == [2, 3, 2, None, None, 2, None]


def test_zero_is_not_none(form):
    for name, option in (("poisson-gaussian", "read_noise"), ("blur", "sigma")):
        form.fields["degradation"].value = name
        for value in (0, None, -0.0):
            form.degradation_options = {option: value}
            assert form.degradation_options[option] == value
    offset = form.degradations.rows["poisson-gaussian"].editors["offset"]
    offset.native.stepBy(1)
    assert offset.value == 0
    offset.native.stepBy(-1)
    assert offset.value == -1


# --- priors


def test_priors(form):
    assert choices(form.fields["prior"].choice)[: 1 + len(shipped_priors())] == [
        "auto",
        *shipped_priors(),
    ]


def test_auto_says_which_prior(viewer, form, image):
    viewer.add_image(image)
    assert form.fields["prior"].choice.native.itemText(0) == "auto (photo-gray)"
    viewer.layers.clear()
    colours = np.random.default_rng(0).integers(0, 255, (8, 8, 3)).astype(np.uint8)
    viewer.add_image(colours, rgb=True)
    assert form.fields["prior"].choice.native.itemText(0) == "auto (photo-rgb)"
    viewer.layers.clear()
    viewer.add_image(np.zeros((8, 8, 3), dtype=np.uint8), rgb=True)
    assert form.fields["prior"].choice.native.itemText(0) == "auto (photo-gray)"


def test_browse_for_a_prior(form, tiny_priors, monkeypatch):
    field = form.fields["prior"]
    field.value = "auto"
    path = str(tiny_priors[3])
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (path, ""))
    field.button.native.click()
    assert field.value == path
    assert field.choice.current_choice == "tiny3"
    assert "Dots\nLicence: CC0-1.0" in field.choice.tooltip


def test_browsing_can_be_left(form, monkeypatch):
    before = form.fields["prior"].value
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("", ""))
    form.fields["prior"].button.native.click()
    assert form.fields["prior"].value == before


def test_tip_of_a_file_that_is_no_prior(form, tmp_path):
    path = tmp_path / "text.safetensors"
    path.write_text("no prior")
    form.fields["prior"].value = path
    assert str(path) in form.fields["prior"].choice.tooltip


# --- kinds and their options


def test_options_of_the_chosen_kinds_are_shown(viewer, form, image):
    viewer.add_image(image)
    mask = form.degradations.rows["inpaint"].editors["mask"]
    steps = form.estimators.rows["latent-map"].editors["steps"]
    assert not mask.native.isVisibleTo(form)
    assert not steps.native.isVisibleTo(form.advanced.native)
    form.fields["degradation"].value = "inpaint"
    form.fields["estimator"].value = "latent-map"
    assert mask.native.isVisibleTo(form)
    assert steps.native.isVisibleTo(form.advanced.native)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_defaults_are_those_of_the_estimator(form, name):
    form.fields["estimator"].value = name
    assert ESTIMATORS[name](**form.estimator_options) == ESTIMATORS[name]()


def test_devices(form):
    best = available_devices()[0]
    assert choices(form.fields["device"])[:2] == [f"auto ({best})", best]
    assert form.fields["device"].value == "auto"


def test_none_stands_for_automatic(form):
    for name in ("tile", "overlap", "batch_size"):
        field = form.fields[name]
        assert field.value is None
        assert field.native.text() == "auto"
        field.value = 8
        assert (field.value, field.native.text()) == (8, "8")
        field.value = None
        assert field.value is None
    form.fields["overlap"].value = 0
    assert form.fields["overlap"].value == 0


def test_quality_of_jpeg_is_automatic_or_a_whole_number(viewer, form, image):
    viewer.add_image((255 * image).astype(np.uint8))
    form.fields["degradation"].value = "jpeg"
    assert form.degradation_options == {"quality": None}
    editor = form.degradations.rows["jpeg"].editors["quality"]
    assert (editor.native.text(), editor.native.isVisibleTo(form)) == ("auto", True)
    form.degradation_options = {"quality": 1}
    assert (form.degradation_options, editor.native.text()) == ({"quality": 1}, "1")
    assert form.job().degradation[0].options == {"quality": 1}


def test_steps_of_the_noise_level_suit_the_image(viewer, form, image):
    number = form.degradations.rows["noise"].editors["sigma"].number
    viewer.add_image(image, contrast_limits=(0, 1))
    assert number.step == pytest.approx(0.01)
    viewer.layers.clear()
    viewer.add_image(np.zeros((8, 8), dtype=np.uint16))
    assert number.step == 1


def test_advanced_section_unfolds(form):
    section = form._section
    assert section.content().isHidden()
    section.button.click()
    assert not section.content().isHidden()
    section.button.click()
    assert section.content().isHidden()
