"""What is wrong with an image, and the settings that are proposed to undo it."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from qtpy.QtCore import Qt
from skimage import data

from napari_flowprior._widgets import RestoreWidget
from napari_flowprior._widgets.restore import _looks
from napari_flowprior._widgets.restore._proposal import propose
from napari_flowprior._widgets.restore._tasks import kinds_of, task_of
from napari_flowprior.restoration import (
    DEGRADATIONS,
    Compose,
    Diagnosis,
    Finding,
    RestoreEvent,
)

PATIENCE = 60_000  # milliseconds
CAMERA = data.camera()[60:124, 176:240].astype(float)


@pytest.fixture
def noisy(viewer):
    noise = np.random.default_rng(0).normal(0, 12, CAMERA.shape)
    return viewer.add_image((50 + CAMERA / 2 + noise).astype(np.float32), name="noisy")


@pytest.fixture
def widget(qtbot, viewer):
    widget = RestoreWidget(viewer)
    qtbot.addWidget(widget)
    return widget


@pytest.fixture
def diagnose(qtbot):
    """Diagnose the layer of a widget; return the sentences, or None."""

    def diagnose(widget):
        with qtbot.waitSignal(widget.diagnosed, timeout=PATIENCE) as signal:
            widget.diagnose()
        return signal.args[0]

    return diagnose


# --- tasks


def test_each_degradation_belongs_to_a_task(widget):
    for kind in (*DEGRADATIONS, Compose.name):
        widget.degradation = kind
        down = [t for t, b in widget.form.task.buttons.items() if b.isChecked()]
        assert down == [task_of(kind)]


def test_a_degradation_that_no_task_names_is_among_the_others():
    assert task_of("fog") == "Other"
    assert kinds_of("Other", ["noise", "fog"]) == ["fog"]


@pytest.mark.parametrize(
    ("task", "kind"), [("Denoise", "noise"), ("Super-resolution", "downsample")]
)
def test_a_task_chooses_a_degradation(qtbot, widget, task, kind):
    qtbot.mouseClick(widget.form.task.buttons[task], Qt.MouseButton.LeftButton)
    assert widget.degradation == kind


def test_a_task_that_is_chosen_already_changes_nothing(qtbot, widget):
    widget.degradation = "poisson-gaussian"
    qtbot.mouseClick(widget.form.task.buttons["Denoise"], Qt.MouseButton.LeftButton)
    assert widget.degradation == "poisson-gaussian"


def test_only_degradations_of_the_task_are_listed(widget):
    choice = widget.form.degradations.choice
    box = choice.native

    def listed():
        box.showPopup()
        box.hidePopup()
        shown = [not box.view().isRowHidden(row) for row in range(box.count())]
        return [kind for kind, seen in zip(choice.choices, shown, strict=True) if seen]

    assert box.isHidden()
    widget.degradation = "noise"
    assert not box.isHidden()
    noises = ["noise", "poisson-gaussian", "signal-dependent", "correlated-noise"]
    assert listed() == noises
    widget.degradation = "blur"
    assert listed() == ["blur"]
    assert box.isHidden()


# --- diagnosis


def test_noise_is_found_and_filled_in(qtbot, widget, noisy, diagnose):
    sentences = diagnose(widget)
    assert any("There is noise of level 1" in sentence for sentence in sentences)
    assert widget.form.task.diagnosis.text() == "\n".join(sentences)
    assert not widget.form.task.diagnosis.isHidden()
    assert widget.degradation == "noise"
    assert widget.degradation_options["sigma"] == pytest.approx(12, rel=0.15)
    assert widget.form.task.buttons["Denoise"].isChecked()
    assert widget._bar.button.text() == "Run"
    assert not widget.form.task.plots.isHidden()


def test_what_was_proposed_can_be_overridden(widget, noisy, diagnose):
    diagnose(widget)
    widget.degradation_options = {"sigma": 3}
    assert widget.form.job().degradation[0].options["sigma"] == 3


def test_a_prior_of_ones_own_is_kept(widget, noisy, diagnose, tiny_priors):
    widget.prior = tiny_priors[1]
    assert diagnose(widget) is not None
    assert widget.prior == str(tiny_priors[1])


def test_holes_are_found(viewer, widget, image, diagnose):
    image[3:5, 6:8] = np.nan
    viewer.add_image(image)
    (sentence,) = diagnose(widget)
    assert sentence.startswith("4 values are NaN")
    assert widget.degradation == "inpaint"


def test_it_is_forgotten_with_the_data(viewer, widget, noisy, diagnose):
    diagnose(widget)
    noisy.data = noisy.data[::-1]
    assert widget.form.task.diagnosis.isHidden()
    assert widget.form.task.plots.isHidden()


OTHER_PIXELS = {
    "another layer": lambda widget, other: setattr(widget, "layer", other),
    "other data": lambda widget, other: setattr(widget.layer, "data", other.data),
}


@pytest.mark.parametrize("renew", OTHER_PIXELS.values(), ids=list(OTHER_PIXELS))
def test_its_numbers_hold_for_no_other_image(
    viewer, widget, noisy, diagnose, image, renew
):
    other = viewer.add_image(image)
    widget.layer = noisy
    diagnose(widget)
    assert widget.degradation_options["sigma"] is not None
    renew(widget, other)
    assert widget.degradation == "noise"
    assert widget.degradation_options["sigma"] is None


def test_what_was_typed_since_holds_for_others(viewer, widget, noisy, diagnose, image):
    other = viewer.add_image(image)
    widget.layer = noisy
    diagnose(widget)
    widget.degradation_options = {"sigma": 3}
    widget.layer = other
    assert widget.degradation_options["sigma"] == 3


def test_it_is_not_filled_in_for_another_layer(qtbot, viewer, widget, noisy, image):
    other = viewer.add_image(image, name="other")
    widget.layer = noisy
    with qtbot.waitSignal(widget.diagnosed, timeout=PATIENCE) as signal:
        widget.diagnose()
        widget.layer = other
    assert signal.args == [None]
    assert "another layer" in widget.status
    assert widget.degradation == "auto"


def test_it_can_be_cancelled(qtbot, widget, noisy, diagnose, monkeypatch):
    def endless(*args):
        while True:
            yield RestoreEvent(done=0, total=0, message="Looking")

    monkeypatch.setattr(_looks, "diagnose", endless)
    with qtbot.waitSignal(widget.diagnosed, timeout=PATIENCE) as signal:
        widget.diagnose()
        widget.cancel()
    assert signal.args == [None]
    assert widget.status == "Cancelled."


def test_without_a_layer_it_says_so(widget, diagnose):
    assert diagnose(widget) is None
    assert "no image layer" in widget.status


# --- proposals


def finding(**known):
    plain = {"place": {}, "planes": 1, "constant_planes": 0, "noise_level": 0.0}
    return Finding(**{**plain, "degradation": {"name": "noise"}, **known})


def proposal(*findings, axes="YX"):
    return propose(Diagnosis(axes=axes, prior="photo-gray", findings=findings))


def test_photons():
    numbers = {"gain": 2.0, "offset": 100.0, "read_noise": 1.23456}
    known = {"name": "poisson-gaussian", **numbers}
    proposed = proposal(finding(noise_level=9.0, degradation=known, **numbers))
    assert proposed.degradation == "poisson-gaussian"
    assert proposed.options == {"gain": 2.0, "offset": 100.0, "read_noise": 1.23}
    assert proposed.prior == "microscopy"


def test_jpeg():
    known = {"name": "jpeg", "quality": 30, "tables": None}
    proposed = proposal(finding(noise_level=9.0, degradation=known, jpeg_quality=30))
    assert (proposed.degradation, proposed.options) == ("jpeg", {"quality": 30})
    assert proposed.prior == "auto"


def test_a_level_takes_the_place_of_a_map():
    proposed = proposal(finding(noise_level=9.0))
    assert proposed.options == {"sigma": 9.0, "map": None}


def test_parts_that_differ_are_looked_at_one_by_one():
    parts = [finding(place={"C": n}, noise_level=n + 1.0) for n in range(2)]
    proposed = proposal(*parts, axes="CYX")
    assert (proposed.degradation, proposed.options) == ("auto", {})
    assert proposed.sentences[-1].startswith("Its parts differ")


@pytest.mark.parametrize(
    ("known", "kind"),
    [
        ({"bad_pixels": 3}, "inpaint"),
        ({"levels": 12}, "quantized"),
        ({}, "auto"),
        ({"constant_planes": 1}, "auto"),
    ],
)
def test_without_noise(known, kind):
    proposed = proposal(finding(**known))
    assert proposed.degradation == kind
    assert proposed.options == ({"bad_pixels": True} if kind == "inpaint" else {})
    assert proposed.sentences


def test_nothing_is_proposed_that_a_degradation_has_not():
    for kind in DEGRADATIONS.values():
        known = {field.name: 5.0 for field in fields(kind)}
        part = finding(noise_level=5.0, degradation={**known, "name": kind.name})
        proposed = proposal(part).options
        assert set(proposed) <= {field.name for field in fields(kind)}
