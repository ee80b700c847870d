"""Estimating the noise level into its field."""

from __future__ import annotations

import numpy as np
import pytest
from restoring import PATIENCE, with_nan


def test_estimate_fills_in_the_noise_level(qtbot, viewer, make_widget, image):
    viewer.add_image(image)
    widget = make_widget(viewer)
    widget.degradation_options = {"sigma": None}
    widget.form.degradations.rows["noise"].editors["sigma"].button.native.click()
    qtbot.waitUntil(lambda: not widget.running, timeout=PATIENCE)
    assert widget.degradation_options["sigma"] == pytest.approx(0.05, rel=0.3)
    assert widget.status.startswith("The noise level is about 0.0")
    assert "not filled in" not in widget.status


def test_an_estimate_holds_for_no_other_layer(viewer, make_widget, image):
    viewer.add_image(image)
    other = viewer.add_image(image)
    widget = make_widget(viewer)
    widget.layer = viewer.layers[0]
    assert widget.estimate_noise().wait() == widget.degradation_options["sigma"]
    widget.layer = other
    assert widget.degradation_options["sigma"] is None


OTHERS = {
    "degradation": lambda viewer, widget: setattr(widget, "degradation", "blur"),
    "camera": lambda viewer, widget: setattr(widget, "degradation", "poisson-gaussian"),
    "holes": lambda viewer, widget: setattr(widget, "degradation", "inpaint"),
    "layer": lambda viewer, widget: setattr(widget, "layer", viewer.layers[0]),
    "no layer": lambda viewer, widget: viewer.layers.clear(),
}


@pytest.mark.parametrize("other", OTHERS)
def test_estimate_of_what_is_left_by_then(qtbot, viewer, make_widget, image, other):
    viewer.add_image(image)
    viewer.add_image(image)
    widget = make_widget(viewer)
    widget.degradation_options = {"sigma": None}
    before = {name: rows.value for name, rows in widget.form.degradations.rows.items()}
    with qtbot.assertNotEmitted(widget.failed):
        widget.estimate_noise()
        OTHERS[other](viewer, widget)
        qtbot.waitUntil(lambda: not widget.running, timeout=PATIENCE)
    after = {name: rows.value for name, rows in widget.form.degradations.rows.items()}
    assert after == before
    assert "it was not filled in" in widget.status
    assert widget._bar.button.text() == "Run"
    assert widget._bar.progress.isHidden()


def test_estimate_for_what_has_no_level(qtbot, viewer, make_widget, image):
    viewer.add_image(image)
    widget = make_widget(viewer)
    widget.degradation = "poisson-gaussian"
    with qtbot.waitSignal(widget.failed) as signal:
        widget.estimate_noise()
    assert signal.args[0].startswith("Poisson-Gaussian noise has no noise level")
    assert not widget.running


def test_no_noise_is_called_so(qtbot, viewer, make_widget, run):
    viewer.add_image(np.full((40, 48), 100, np.uint8))
    widget = make_widget(viewer)
    widget.degradation_options = {"sigma": None}
    assert run(widget) is not None
    assert widget.status.endswith("no noise.")
    widget.estimate_noise()
    qtbot.waitUntil(lambda: not widget.running, timeout=PATIENCE)
    assert widget.status == "The noise level is about 0."
    assert widget.degradation_options["sigma"] == 0


def test_estimate_of_a_wrong_image(qtbot, viewer, make_widget, image):
    viewer.add_image(with_nan(image))
    widget = make_widget(viewer)
    with qtbot.waitSignal(widget.failed, timeout=PATIENCE) as signal:
        widget.estimate_noise()
    assert "NaN" in signal.args[0]
    qtbot.waitUntil(lambda: not widget.running)


def test_estimate_without_a_layer(qtbot, viewer, make_widget):
    widget = make_widget(viewer)
    with qtbot.waitSignal(widget.failed) as signal:
        widget.estimate_noise()
    assert "open an image first" in signal.args[0]
