"""Whatever goes wrong in a restoration is a sentence, and Run is back."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from restoring import fails, with_nan

from napari_flowprior._widgets.jobs._wording import NO_MEMORY
from napari_flowprior._widgets.restore import _job
from napari_flowprior.restoration import MMSE

# --- input that is wrong


def complex_image(image):
    return image + 1j


def object_image(image):
    return image.astype(object)


WRONG = {
    "complex": (complex_image, "complex"),
    "object": (object_image, "not numeric"),
    "NaN": (with_nan, "NaN"),
    "empty": (lambda image: image[:0], "empty"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_wrong_image(viewer, make_widget, run, image, kind, monkeypatch):
    make, says = WRONG[kind]
    viewer.add_image(image)
    widget = make_widget(viewer)
    odd = make(image)
    # napari itself refuses some of these.
    for place in ("restore._source.level_data", "layers._data.image_data"):
        name = f"napari_flowprior._widgets.{place}"
        monkeypatch.setattr(name, lambda layer, level=0: odd)
    fails(widget, run, says)


def test_too_many_axes(viewer, make_widget, run, image):
    viewer.add_image(image[None, None, None, None])
    fails(make_widget(viewer), run, "lack Y or X", ready=False)


def test_no_layer(viewer, make_widget, run):
    fails(make_widget(viewer), run, "open an image first", ready=False)


def test_labels_are_no_image(viewer, make_widget, run):
    viewer.add_labels(np.ones((20, 20), dtype=int))
    fails(make_widget(viewer), run, "open an image first", ready=False)


def test_one_pixel(viewer, make_widget, run):
    viewer.add_image(np.full((1, 1), 0.5, dtype=np.float32))
    widget = make_widget(viewer)
    assert run(widget).data.shape == (1, 1)
    widget.degradation_options = {"sigma": None}
    fails(widget, run, "cannot be estimated")


def test_missing_prior(viewer, make_widget, run, image, tmp_path):
    viewer.add_image(image)
    widget = make_widget(viewer)
    widget.prior = tmp_path / "gone.safetensors"
    fails(widget, run, "There is no prior")


def test_wrong_axes(viewer, make_widget, run, image):
    viewer.add_image(image)
    widget = make_widget(viewer)
    widget.axes = "ZYX"
    fails(widget, run, 'The axes "ZYX" name 3 axes', ready=False)


def test_estimator_that_does_not_fit(viewer, make_widget, run, image, holes):
    viewer.add_image(image)
    viewer.add_labels(holes.astype(int))
    widget = make_widget(viewer)
    widget.degradation, widget.estimator = "inpaint", "mmse"
    fails(widget, run, "restores noise only")


# --- errors of the computation


ERRORS = {
    "RuntimeError": (RuntimeError("shapes do not match"), "shapes do not match"),
    "out of memory": (torch.OutOfMemoryError("CUDA out of memory"), "smaller Tile"),
    "MemoryError": (MemoryError(), "smaller Tile"),
    "KeyError": (KeyError("weights"), "KeyError"),
}


@pytest.mark.parametrize("kind", ERRORS)
def test_error_in_the_computation(viewer, make_widget, run, image, kind, monkeypatch):
    error, says = ERRORS[kind]

    def run_badly(self, prior, likelihood):
        raise error
        yield

    viewer.add_image(image)
    widget = make_widget(viewer)
    with monkeypatch.context() as patch:
        patch.setattr(MMSE, "run", run_badly)
        fails(widget, run, says)
    assert run(widget) is not None


@pytest.mark.parametrize("kind", ["RuntimeError", "out of memory"])
def test_error_outside_of_the_engine(
    viewer, make_widget, run, image, kind, monkeypatch
):
    error, _ = ERRORS[kind]

    def raise_error(job):
        raise error
        yield

    viewer.add_image(image)
    widget = make_widget(viewer)
    monkeypatch.setattr(_job, "compute", raise_error)
    fails(widget, run, NO_MEMORY if kind == "out of memory" else str(error))


@pytest.mark.parametrize("place", ["_form.split_layers", "_widget.NewLayer"])
def test_error_before_the_computation(
    viewer, make_widget, run, image, place, monkeypatch
):
    def fail(*arguments):
        raise ValueError("shapes do not match")

    viewer.add_image(image)
    widget = make_widget(viewer)
    monkeypatch.setattr(f"napari_flowprior._widgets.restore.{place}", fail)
    fails(widget, run, "The computation failed (ValueError): shapes do not match")


def test_error_after_the_computation(viewer, make_widget, run, image, monkeypatch):
    def fail(*arguments):
        raise KeyError("layer")

    viewer.add_image(image)
    widget = make_widget(viewer)
    monkeypatch.setattr("napari_flowprior._widgets.restore._widget.add_layers", fail)
    fails(widget, run, "KeyError")


CHANGES = {
    "layer": lambda viewer, widget: setattr(widget, "layer", viewer.layers[0]),
    "data": lambda viewer, widget: setattr(viewer.layers[-1], "data", np.eye(20)),
    "degradation": lambda viewer, widget: setattr(widget, "degradation", "blur"),
    "option": lambda viewer, widget: setattr(
        widget, "degradation_options", {"sigma": 0.3}
    ),
    "prior": lambda viewer, widget: setattr(widget, "prior", "photo-gray"),
    "tile": lambda viewer, widget: setattr(widget, "tile", 64),
    "axes": lambda viewer, widget: setattr(widget, "axes", "XY"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_was_wrong_is_forgotten(viewer, make_widget, run, image, change):
    viewer.add_image(image)
    viewer.add_image(with_nan(image))
    widget = make_widget(viewer)
    assert run(widget) is None
    assert "NaN" in widget.status
    CHANGES[change](viewer, widget)
    assert widget.status == ""


def test_what_was_done_is_kept(viewer, make_widget, run, image):
    viewer.add_image(image)
    widget = make_widget(viewer)
    run(widget)
    widget.degradation = "blur"
    assert widget.status.startswith("Restored in")


def test_a_message_goes_when_a_layer_comes(viewer, make_widget, run, image):
    widget = make_widget(viewer)
    fails(widget, run, "open an image first", ready=False)
    viewer.add_image(image)
    assert widget.status == ""
