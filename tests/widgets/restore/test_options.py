"""Fields for the options of degradations and estimators."""

from __future__ import annotations

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QWidget

from napari_flowprior._widgets.fields import kind_choice
from napari_flowprior._widgets.restore._tips import DEGRADATION_TIPS, ESTIMATOR_TIPS
from napari_flowprior.restoration import DEGRADATIONS, ESTIMATORS


@pytest.fixture
def form(viewer, make_widget):
    widget = make_widget(viewer)
    yield widget.form
    widget.close()


def items(box):
    model = box.model()
    return {box.itemText(i): model.item(i).isEnabled() for i in range(box.count())}


def test_tips_say_when_to_choose(form):
    choice = form.fields["degradation"]
    for name, tip in DEGRADATION_TIPS.items():
        choice.setting = name
        assert choice.toolTip().replace("\n", " ") == tip
    estimator = form.fields["estimator"]
    for name, tip in ESTIMATOR_TIPS.items():
        shown = estimator.itemData(estimator.place(name), Qt.ItemDataRole.ToolTipRole)
        assert shown.replace("\n", " ") == tip


def test_every_field_has_a_tool_tip(form):
    for name, field in form.fields.items():
        parts = [field, *field.findChildren(QWidget)]
        assert any(part.toolTip() for part in parts), name


def test_what_has_no_tip_of_its_own_says_what_it_is(qtbot):
    choice = kind_choice({"noise": DEGRADATIONS["noise"]}, {})
    qtbot.addWidget(choice)
    assert choice.toolTip().startswith("White Gaussian noise: y = x + n")


@pytest.mark.parametrize("name", DEGRADATIONS)
def test_defaults_are_those_of_the_degradation(form, name):
    form.fields["degradation"].setting = name
    options = form.degradation_options
    kind = DEGRADATIONS[name]
    for option, value in options.items():
        if (name, option) != ("noise", "sigma"):
            assert value == kind.__dataclass_fields__[option].default
    editors = form.degradations.rows[name].editors
    assert all(editor.isVisibleTo(form) for editor in editors.values())
    others = [rows for other, rows in form.degradations.rows.items() if other != name]
    assert not any(
        e.isVisibleTo(form) for rows in others for e in rows.editors.values()
    )


def test_what_is_no_estimate_is_called_none(form):
    editors = form.degradations.rows["blur"].editors
    assert [editors[name].text() for name in ("gaussian", "motion")] == ["none", "none"]
    assert editors["sigma"].number.text() == "auto"
    assert form.degradations.rows["downsample"].editors["sigma"].number.text() == "0"


MISFITS = {
    "noise": set(),
    "jpeg": {"mmse", "map", "latent-map", "discrepancy"},
    "inpaint": {"mmse", "discrepancy"},
    "blind": {"mmse", "map", "latent-map"},
}


@pytest.mark.parametrize("name", MISFITS)
def test_estimators_that_do_not_fit_cannot_be_chosen(form, name):
    form.fields["degradation"].setting = name
    offered = items(form.fields["estimator"])
    names = {ESTIMATORS[key].label for key in MISFITS[name]}
    assert {label for label, enabled in offered.items() if not enabled} == names


def test_an_estimator_that_no_longer_fits_is_left(form):
    form.fields["estimator"].setting = "mmse"
    form.fields["degradation"].setting = "poisson-gaussian"
    assert form.fields["estimator"].setting == "mmse"
    form.fields["degradation"].setting = "blur"
    assert form.fields["estimator"].setting == "auto"
    form.fields["estimator"].setting = "hqs"
    form.fields["degradation"].setting = "downsample"
    assert form.fields["estimator"].setting == "hqs"


def test_masks_are_taken_until_somebody_chooses(viewer, form, image):
    mask = form.degradations.rows["inpaint"].editors["mask"]
    assert mask.setting is None
    first = viewer.add_labels(np.ones((4, 4), int))
    assert mask.setting is first
    mask.setting = None
    viewer.add_labels(np.ones((4, 4), int))
    assert mask.setting is None
    mask.setting = first
    viewer.layers.remove(first)
    assert mask.setting is None


def test_other_arrays_are_taken_only_if_chosen(viewer, form, image):
    layer = viewer.add_image(image)
    viewer.add_image(np.stack([image] * 3, axis=-1), rgb=True, name="colour")
    noise, psf = (
        form.degradations.rows[name].editors[field]
        for name, field in (("noise", "map"), ("blur", "psf"))
    )
    assert list(items(noise)) == ["none", layer.name, "colour"]
    assert list(items(psf)) == ["none", layer.name]
    assert noise.setting is psf.setting is None
    psf.setting = layer
    layer.name = "renamed"
    assert psf.setting is layer
    assert psf.currentText() == "renamed"


def test_a_level_can_be_estimated_for_what_has_none(qtbot, viewer, make_widget, image):
    viewer.add_image(image)
    widget = make_widget(viewer)
    widget.degradation = "downsample"
    widget.form.degradations.rows["downsample"].editors["sigma"].button.click()
    qtbot.waitUntil(lambda: not widget.running, timeout=20_000)
    assert widget.degradation_options["sigma"] == pytest.approx(0.05, rel=0.3)
