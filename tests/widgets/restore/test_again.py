"""Settings that a layer remembers make the same layer again, byte by byte."""

from __future__ import annotations

import json

import numpy as np
import pytest

from napari_flowprior._errors import InputError
from napari_flowprior._widgets.restore import _again


def sampled(widget):
    widget.output = "uncertainty"
    widget.estimator_options = {"samples": 2, "seed": 3, "steps": 2}


def filled(widget):
    mask = np.zeros((40, 48), np.uint8)
    mask[5:9, 7:12] = 1
    layer = widget._viewer.add_labels(mask, name="holes")
    widget.degradation = "inpaint"
    widget.degradation_options = {"mask": layer}
    widget.estimator, widget.estimator_options = "annealing", {"steps": 3, "seed": 5}


def several(widget):
    widget.degradation = "compose"
    parts = [{"name": "blur", "gaussian": 1.5}, {"name": "noise", "sigma": 0.02}]
    widget.degradation_options = {"parts": parts}
    widget.tile, widget.dtype, widget.keep_source = 32, "float32", True


def drawn(widget):
    shapes = widget._viewer.add_shapes([[[2, 2], [9, 9]]], shape_type="rectangle")
    widget.degradation = "inpaint"
    widget.degradation_options = {"mask": shapes}
    widget.estimator, widget.estimator_options = "annealing", {"steps": 2}


@pytest.fixture
def widget(viewer, make_widget, image):
    viewer.add_image(image, name="picture")
    return make_widget(viewer)


@pytest.fixture
def other(viewer, make_widget, image):
    """A widget that is set to something else, on another layer."""
    layer = viewer.add_image(image[::-1], name="another")
    other = make_widget(viewer)
    other.set(layer=layer, degradation="jpeg", degradation_options={"quality": 40})
    other.set(output="log-likelihood", batch_size=1, overlap=8)
    return other


@pytest.mark.parametrize("case", [sampled, filled, several, drawn])
def test_the_same_bytes_again(widget, run, case, viewer, make_widget, image):
    case(widget)
    first = run(widget)
    other = make_widget(viewer)
    other.layer = viewer.add_image(image[::-1], name="another")
    other.set(degradation="jpeg", degradation_options={"quality": 40}, overlap=8)
    viewer.layers["picture"].name = "picture of another name"
    assert other.set_as_for(first) == []
    assert other.status == "Set as for 'picture restored'; Run makes it again."
    again = run(other)
    assert again.data.tobytes() == first.data.tobytes()
    assert again.dtype == first.dtype
    before, after = (layer.metadata["flowprior"] for layer in (first, again))
    different = {"settings", "source", "seconds", "started"}
    assert {n: v for n, v in before.items() if n not in different} == {
        n: v for n, v in after.items() if n not in different
    }


def test_json_can_hold_them(widget, run):
    filled(widget)
    settings = run(widget).metadata["flowprior"]["settings"]
    assert json.loads(json.dumps(settings)) == settings
    assert settings["degradation_options"]["mask"]["layer"] == "holes"


def test_what_is_gone_is_said(widget, other, run, viewer):
    filled(widget)
    first = run(widget)
    for name in ("picture", "holes"):
        viewer.layers.remove(name)
    said = other.set_as_for(first)
    assert said == [
        "The layer 'picture' is gone; choose another.",
        "The layer 'holes' is gone; choose another.",
    ]
    assert other.status == " ".join(said)
    assert other.layer.name == "another"
    assert other.degradation_options["mask"] is None
    assert other.estimator_options["seed"] == 5


def test_a_layer_of_the_same_name_in_another_session(widget, run, viewer, image):
    first = run(widget)
    viewer.layers.remove("picture")
    new = viewer.add_image(image, name="picture")
    assert widget.set_as_for(first) == []
    assert widget.layer is new


def test_another_prior_and_machine_are_said(widget, run):
    first = run(widget)
    story = first.metadata["flowprior"]
    story["prior"]["checksum"] = "of another file"
    story["torch"] = "0.0"
    prior, torch = widget.set_as_for(first)
    assert prior == (
        "The prior tiny1 is not the same as then, and so the result will differ."
    )
    assert torch == (
        "PyTorch 0.0 computed it on cpu; here, the last digits may differ."
    )


def test_a_prior_that_is_gone(widget, run, tmp_path, tiny_priors):
    copy = tmp_path / "mine.safetensors"
    copy.write_bytes(tiny_priors[1].read_bytes())
    widget.prior = copy
    first = run(widget)
    copy.unlink()
    assert any("is not the same as then" in each for each in widget.set_as_for(first))


def test_a_device_that_is_not_there(widget, run):
    first = run(widget)
    first.metadata["flowprior"]["settings"]["device"] = "cuda:9"
    (said,) = widget.set_as_for(first)
    assert "'cuda:9' is none of the choices" in said


def test_a_layer_that_was_not_restored(widget, viewer):
    with pytest.raises(InputError, match="'picture' does not say how it was made"):
        widget.set_as_for(viewer.layers["picture"])


def test_the_button_is_there_for_restored_layers(widget, run, viewer):
    button = widget._bar.again
    assert button.isHidden()
    first = run(widget)
    assert not button.isHidden()
    widget.degradation_options = {"sigma": 0.3}
    button.click()
    assert widget.degradation_options["sigma"] == 0.1
    viewer.layers.selection.active = viewer.layers["picture"]
    assert button.isHidden()
    assert _again.has_settings(first)


def test_settings_by_keyword(widget):
    widget.set(
        estimator_options={"steps": 3}, estimator="map", degradation="noise", tile=32
    )
    assert (widget.estimator, widget.estimator_options["steps"]) == ("map", 3)
    assert widget.tile == 32
    with pytest.raises(InputError, match="no setting tiles; choose of"):
        widget.set(tiles=32)
