"""Fields for the options of degradations and estimators."""

from __future__ import annotations

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QWidget

from napari_flowprior._widgets.fields import kind_choice, short_label
from napari_flowprior._widgets.restore._tips import DEGRADATION_TIPS, ESTIMATOR_TIPS
from napari_flowprior.restoration import DEGRADATIONS, ESTIMATORS


@pytest.fixture
def form(viewer, make_widget):
    widget = make_widget(viewer)
    yield widget.form
    widget.close()


def items(choice):
    box = choice.native
    model = box.model()
    return {box.itemText(i): model.item(i).isEnabled() for i in range(box.count())}


def test_tips_say_when_to_choose(form):
    choice = form.fields["degradation"]
    for name, tip in DEGRADATION_TIPS.items():
        choice.value = name
        assert choice.tooltip.replace("\n", " ") == tip
    estimator = form.fields["estimator"]
    box = estimator.native
    box.showPopup()
    box.hidePopup()
    for name, tip in ESTIMATOR_TIPS.items():
        shown = box.itemData(estimator.place(name), Qt.ItemDataRole.ToolTipRole)
        assert shown.replace("\n", " ") == tip


def test_every_field_has_a_tool_tip(form):
    for name, field in form.fields.items():
        parts = [field.native, *field.native.findChildren(QWidget)]
        assert any(part.toolTip() for part in parts), name


def test_what_has_no_tip_of_its_own_says_what_it_is(qtbot):
    choice = kind_choice({"noise": DEGRADATIONS["noise"]}, {})
    qtbot.addWidget(choice.native)
    assert choice.tooltip.startswith("White Gaussian noise: y = x + n")


@pytest.mark.parametrize("name", DEGRADATIONS)
def test_defaults_are_those_of_the_degradation(form, name):
    form.fields["degradation"].value = name
    options = form.degradation_options
    kind = DEGRADATIONS[name]
    for option, value in options.items():
        if (name, option) != ("noise", "sigma"):
            assert value == kind.__dataclass_fields__[option].default
    editors = form.degradations.rows[name].editors
    assert all(editor.native.isVisibleTo(form) for editor in editors.values())
    others = [rows for other, rows in form.degradations.rows.items() if other != name]
    assert not any(
        e.native.isVisibleTo(form) for rows in others for e in rows.editors.values()
    )


def test_what_is_no_estimate_is_called_none(form):
    editors = form.degradations.rows["blur"].editors
    words = [editors[name].native.text() for name in ("gaussian", "motion")]
    assert words == ["none", "none"]
    assert editors["sigma"].number.native.text() == "auto"
    level = form.degradations.rows["downsample"].editors["sigma"]
    assert level.number.native.text() == "0"


MISFITS = {
    "noise": set(),
    "jpeg": {"mmse", "map", "latent-map", "discrepancy"},
    "inpaint": {"mmse", "discrepancy"},
    "blind": {"mmse", "map"},
}


@pytest.mark.parametrize("name", MISFITS)
def test_estimators_that_do_not_fit_cannot_be_chosen(form, name):
    form.fields["degradation"].value = name
    offered = items(form.fields["estimator"])
    names = {short_label(ESTIMATORS[key]) for key in MISFITS[name]}
    assert {label for label, enabled in offered.items() if not enabled} == names


def test_an_estimator_that_no_longer_fits_is_left(form):
    form.fields["estimator"].value = "mmse"
    form.fields["degradation"].value = "poisson-gaussian"
    assert form.fields["estimator"].value == "mmse"
    form.fields["degradation"].value = "blur"
    assert form.fields["estimator"].value == "auto"
    form.fields["estimator"].value = "hqs"
    form.fields["degradation"].value = "downsample"
    assert form.fields["estimator"].value == "hqs"


def test_masks_are_taken_until_somebody_chooses(viewer, form, image):
    mask = form.degradations.rows["inpaint"].editors["mask"]
    assert mask.value is None
    first = viewer.add_labels(np.ones((4, 4), int))
    assert mask.value is first
    mask.value = None
    viewer.add_labels(np.ones((4, 4), int))
    assert mask.value is None
    mask.value = first
    viewer.layers.remove(first)
    assert mask.value is None


def test_other_arrays_are_taken_only_if_chosen(viewer, form, image):
    layer = viewer.add_image(image)
    viewer.add_image(np.stack([image] * 3, axis=-1), rgb=True, name="colour")
    noise, psf = (
        form.degradations.rows[name].editors[field]
        for name, field in (("noise", "map"), ("blur", "psf"))
    )
    assert list(items(noise)) == ["none", layer.name, "colour"]
    assert list(items(psf)) == ["none", layer.name]
    assert noise.value is psf.value is None
    psf.value = layer
    layer.name = "renamed"
    assert psf.value is layer
    assert psf.current_choice == "renamed"


def test_a_level_can_be_estimated_for_what_has_none(qtbot, viewer, make_widget, image):
    viewer.add_image(image)
    widget = make_widget(viewer)
    widget.degradation = "downsample"
    widget.form.degradations.rows["downsample"].editors["sigma"].button.native.click()
    qtbot.waitUntil(lambda: not widget.running, timeout=20_000)
    assert widget.degradation_options["sigma"] == pytest.approx(0.05, rel=0.3)
