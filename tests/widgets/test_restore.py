"""The Restore widget: what it makes of layers, and how a run ends."""

from __future__ import annotations

import json
import subprocess
import sys
from time import monotonic

import dask.array as da
import numpy as np
import pytest
import torch
from napari.utils.notifications import notification_manager
from qtpy.QtCore import QTimer

from napari_flowprior._errors import InputError
from napari_flowprior._widgets import RestoreWidget, jobs
from napari_flowprior._widgets.jobs import _loading
from napari_flowprior._widgets.restore import _job
from napari_flowprior.restoration import MMSE, RestoreEvent

PATIENCE = 20_000  # milliseconds


def rgb(image):
    return (np.stack([image, image[::-1], 1 - image], axis=-1) * 255).astype(np.uint8)


# --- what comes out


IMAGES = {
    "float32": lambda image: image,
    "uint8": lambda image: (image * 255).astype(np.uint8),
    "uint16": lambda image: (image * 60_000).astype(np.uint16),
    "bool": lambda image: image > 0.5,
    "stack": lambda image: np.stack([image, image[::-1]]),
    "dask": lambda image: da.from_array(np.stack([image] * 2), chunks=(1, 16, 48)),
    "small": lambda image: image[:3, :5],
}


@pytest.mark.parametrize("kind", IMAGES)
def test_result_has_shape_and_type_of_the_layer(viewer, make_widget, run, image, kind):
    data = IMAGES[kind](image)
    viewer.add_image(data, name="picture")
    layer = run(make_widget(viewer))
    assert viewer.layers[-1] is layer
    assert layer.name == "picture restored"
    assert type(layer.data) is np.ndarray
    assert layer.data.shape == data.shape
    assert layer.data.dtype == data.dtype


@pytest.mark.parametrize("alpha", [False, True])
def test_colour(viewer, make_widget, run, image, alpha):
    data = rgb(image)
    if alpha:
        data = np.concatenate([data, np.full_like(data[..., :1], 200)], axis=-1)
    viewer.add_image(data, name="picture")
    widget = make_widget(viewer, channels=3)
    assert widget.axes == "YXS"
    layer = run(widget)
    assert layer.rgb
    assert layer.data.shape == data.shape
    assert (layer.data[..., 3:] == data[..., 3:]).all()


def test_multiscale(viewer, make_widget, run, image):
    viewer.add_image([image, image[::2, ::2]], multiscale=True, scale=(2, 2))
    layer = run(make_widget(viewer))
    assert not layer.multiscale
    assert layer.data.shape == image.shape
    assert tuple(layer.scale) == (2, 2)


def test_result_lies_and_looks_like_its_layer(viewer, make_widget, run, image):
    source = viewer.add_image(
        np.stack([image] * 2),
        scale=(3, 0.5, 0.25),
        translate=(1, 2, 3),
        rotate=(0, 0, 10),
        shear=(0, 0, 0.1),
        affine=np.diag([1, 2, 2, 1]),
        units=("s", "um", "um"),
        axis_labels=("t", "y", "x"),
        colormap="magma",
        contrast_limits=(0.1, 0.9),
        gamma=0.7,
        opacity=0.8,
        blending="additive",
        interpolation2d="linear",
    )
    layer = run(make_widget(viewer))
    np.testing.assert_allclose(layer.scale, source.scale)
    np.testing.assert_allclose(layer.translate, source.translate)
    np.testing.assert_allclose(layer.rotate, source.rotate)
    np.testing.assert_allclose(layer.shear, source.shear)
    np.testing.assert_allclose(layer.affine.affine_matrix, source.affine.affine_matrix)
    assert layer.units == source.units
    assert layer.axis_labels == source.axis_labels == ("t", "y", "x")
    assert layer.colormap.name == "magma"
    assert layer.contrast_limits == [0.1, 0.9]
    assert (layer.gamma, layer.opacity, layer.blending) == (0.7, 0.8, "additive")
    assert layer.interpolation2d == "linear"


def test_result_is_a_restoration(viewer, make_widget, run, image):
    viewer.add_image(image)
    layer = run(make_widget(viewer))
    assert np.isfinite(layer.data).all()
    assert 0 < np.abs(layer.data - image).max() < 1


def test_provenance(viewer, make_widget, run, image):
    viewer.add_image(image, name="picture")
    provenance = run(make_widget(viewer)).metadata["flowprior"]
    assert json.loads(json.dumps(provenance)) == provenance
    assert provenance["source"] == {"layer": "picture", "path": None}
    assert provenance["prior"]["name"] == "tiny1"
    assert provenance["sigma"] == pytest.approx(0.1)


def test_all_settings_from_a_script(viewer, make_widget, run, image):
    viewer.add_image(image[None], name="first")
    viewer.add_image(image, name="second")
    widget = make_widget(viewer)
    widget.layer = viewer.layers["first"]
    widget.axes = "cyx"
    widget.estimator = "map"
    widget.estimator_options = {"steps": 3}
    widget.device = "cpu"
    widget.tile, widget.margin, widget.batch_size = 32, 2, 1
    widget.dtype = "float32"
    provenance = run(widget).metadata["flowprior"]
    assert viewer.layers[-1].name == "first restored"
    assert provenance["axes"] == "CYX"
    assert provenance["estimator"]["steps"] == 3
    assert (provenance["tile"], provenance["margin"]) == ([32, 32], 2)


def test_wrong_settings_from_a_script(viewer, make_widget, image):
    viewer.add_image(image)
    labels = viewer.add_labels(np.ones((4, 4), dtype=int), name="cells")
    widget = make_widget(viewer)
    for name, value, says in [
        ("layer", labels, "'cells' \\(Labels\\) cannot be chosen"),
        ("estimator", "magic", "'magic' is none of the choices"),
        ("tile", "big", "'big' is no number"),
        ("tile", -8, "-8 is not between"),
        ("degradation_options", {"sigmas": 1}, "no option sigmas"),
        ("estimator_options", {"steps": 1}, "'auto' has no options"),
    ]:
        with pytest.raises(InputError, match=says):
            setattr(widget, name, value)


# --- holes


@pytest.fixture
def holes():
    mask = np.zeros((40, 48), dtype=bool)
    mask[10:14, 20:30] = True
    return mask


def add_labels(viewer, holes):
    return viewer.add_labels(holes.astype(np.uint8) * 7)


def add_boolean_image(viewer, holes):
    return viewer.add_image(holes)


def add_rectangle(viewer, holes):
    # Drawn in the world, where the pixels of the image are half as large.
    corners = [[4.9, 9.9], [4.9, 14.6], [6.6, 14.6], [6.6, 9.9]]
    return viewer.add_shapes([corners], shape_type="rectangle")


@pytest.mark.parametrize("add_mask", [add_labels, add_boolean_image, add_rectangle])
def test_holes(viewer, make_widget, run, image, holes, add_mask):
    damaged = np.where(holes, np.nan, image)
    picture = viewer.add_image(damaged, name="picture", scale=(0.5, 0.5))
    mask = add_mask(viewer, holes)
    widget = make_widget(viewer)
    widget.layer = picture
    widget.degradation = "inpaint"
    widget.degradation_options = {"mask": mask}
    layer = run(widget)
    assert np.isfinite(layer.data).all()
    np.testing.assert_array_equal(layer.data[~holes], damaged[~holes])


def test_holes_without_a_mask(viewer, make_widget, run, image):
    viewer.add_image(image)
    widget = make_widget(viewer)
    widget.degradation = "inpaint"
    fails(widget, run, "no pixel is NaN; pass a mask")


# --- input that is wrong


def complex_image(image):
    return image + 1j


def object_image(image):
    return image.astype(object)


def with_nan(image):
    return np.where(image > 0.7, np.nan, image)


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
    for place in ("restore._form", "layers._data"):
        name = f"napari_flowprior._widgets.{place}.image_data"
        monkeypatch.setattr(name, lambda layer: odd)
    fails(widget, run, says)


def fails(widget, run, says):
    """Run and check that there is a readable message and that Run is back."""
    messages = []
    widget.failed.connect(messages.append)
    count = len(notification_manager.records)
    assert run(widget) is None
    (message,) = messages
    assert says in message
    assert "Traceback" not in message
    assert widget.status == message
    assert [n.message for n in notification_manager.records[count:]] == [message]
    assert widget._bar.button.text() == "Run"
    assert widget._bar.button.isEnabled()
    assert not widget.running


def test_too_many_axes(viewer, make_widget, run, image):
    viewer.add_image(image[None, None, None, None])
    fails(make_widget(viewer), run, "lack Y or X")


def test_no_layer(viewer, make_widget, run):
    fails(make_widget(viewer), run, "open an image first")


def test_labels_are_no_image(viewer, make_widget, run):
    viewer.add_labels(np.ones((20, 20), dtype=int))
    fails(make_widget(viewer), run, "open an image first")


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
    fails(widget, run, 'The axes "ZYX" name 3 axes')


def test_estimator_that_does_not_fit(viewer, make_widget, run, image, holes):
    viewer.add_image(image)
    viewer.add_labels(holes.astype(int))
    widget = make_widget(viewer)
    widget.degradation, widget.estimator = "inpaint", "mmse"
    fails(widget, run, "restores noise only")


# --- errors of the computation


ERRORS = {
    "RuntimeError": (RuntimeError("shapes do not match"), "shapes do not match"),
    "out of memory": (torch.OutOfMemoryError("CUDA out of memory"), "smaller tile"),
    "MemoryError": (MemoryError(), "smaller tile"),
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
    monkeypatch.setattr(_job, "_restore", raise_error)
    fails(widget, run, str(error))


def test_failed_import_of_torch(viewer, qtbot, monkeypatch):
    def fail(name):
        raise ImportError("No module named 'torch'")

    monkeypatch.setattr(jobs, "is_loaded", lambda: False)
    monkeypatch.setattr(_loading, "import_module", fail)
    widget = RestoreWidget(viewer)
    qtbot.addWidget(widget)
    qtbot.waitUntil(lambda: "No module named 'torch'" in widget.status)


@pytest.mark.parametrize("place", ["_form.split_layers", "_widget.new_layer"])
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
    fails(widget, run, "open an image first")
    viewer.add_image(image)
    assert widget.status == ""


# --- while it runs


@pytest.fixture
def endless(viewer, make_widget, image):
    """A widget whose restoration takes minutes."""
    viewer.add_image(image, name="picture")
    widget = make_widget(viewer)
    widget.estimator = "map"
    widget.estimator_options = {"steps": 10_000}
    return widget


def wait_for_progress(qtbot, widget):
    qtbot.waitUntil(lambda: widget._bar.progress.value() > 0, timeout=PATIENCE)


def test_cancel(qtbot, viewer, endless, run):
    endless.run()
    assert endless._bar.button.text() == "Cancel"
    wait_for_progress(qtbot, endless)
    assert "left" in endless.status
    pressed = monotonic()
    with qtbot.waitSignal(endless.finished, timeout=PATIENCE) as signal:
        endless._bar.button.click()
        assert endless._bar.button.text() == "Cancelling…"
        assert not endless._bar.button.isEnabled()
    assert monotonic() - pressed < 1
    assert signal.args == [None]
    assert endless.status == "Cancelled."
    assert len(viewer.layers) == 1
    endless.estimator_options = {"steps": 1}
    assert run(endless) is not None


def test_run_twice_does_nothing(qtbot, endless):
    with qtbot.assertNotEmitted(endless.failed):
        endless.run()
        worker = endless._worker
        endless.run()
        assert endless._worker is worker
        endless.estimate_noise()
        assert endless._worker is worker
    endless.cancel()
    qtbot.waitUntil(lambda: not endless.running)


def test_layer_goes_while_it_runs(qtbot, viewer, endless):
    endless.estimator_options = {"steps": 100}
    with qtbot.waitSignal(endless.finished, timeout=PATIENCE) as signal:
        endless.run()
        viewer.layers.clear()
    assert [layer.name for layer in viewer.layers] == ["picture restored"]
    assert signal.args[0].data.shape == (40, 48)


def test_gui_is_never_blocked(qtbot, viewer, endless):
    beats = [monotonic()]
    timer = QTimer()
    timer.timeout.connect(lambda: beats.append(monotonic()))
    timer.start(10)
    endless.run()
    qtbot.wait(1500)
    timer.stop()
    endless.cancel()
    qtbot.waitUntil(lambda: not endless.running)
    assert max(np.diff(beats)) < 0.75


def test_closed_while_it_runs(qtbot, viewer, endless):
    endless.run()
    wait_for_progress(qtbot, endless)
    worker = endless._worker
    endless.close()
    qtbot.waitUntil(lambda: not worker.is_running, timeout=1000)
    assert len(viewer.layers) == 1


def test_deleted_while_it_runs(qtbot, viewer, image, tiny_priors):
    viewer.add_image(image)
    widget = RestoreWidget(viewer)
    widget.prior = tiny_priors[1]
    widget.estimator = "map"
    widget.estimator_options = {"steps": 10_000}
    widget.run()
    worker = widget._worker
    widget.deleteLater()
    qtbot.waitUntil(lambda: not worker.is_running, timeout=PATIENCE)
    viewer.add_image(image)


def test_two_widgets_take_turns(qtbot, viewer, endless, make_widget, image):
    second = make_widget(viewer)
    endless.run()
    wait_for_progress(qtbot, endless)
    second.run()
    qtbot.waitUntil(lambda: second.status.startswith("Waiting"), timeout=PATIENCE)
    with qtbot.waitSignal(second.finished, timeout=PATIENCE) as signal:
        endless.cancel()
    assert signal.args[0] is not None


def test_cancel_while_waiting_for_the_turn(qtbot, viewer, endless, make_widget):
    second = make_widget(viewer)
    endless.run()
    wait_for_progress(qtbot, endless)
    second.run()
    qtbot.waitUntil(lambda: second.status.startswith("Waiting"), timeout=PATIENCE)
    with qtbot.waitSignal(second.finished, timeout=1000):
        second.cancel()
    assert endless.running
    with qtbot.waitSignal(endless.finished, timeout=PATIENCE):
        endless.cancel()


def test_warnings_are_no_notifications(viewer, make_widget, run, image, monkeypatch):
    import warnings

    def warn_often(job):
        for line in range(100):
            warnings.warn_explicit("slow", UserWarning, "nn.py", line, "torch.nn")
            yield RestoreEvent(done=0, total=0, message="Working")
        return (yield from restore(job))

    restore = _job._restore
    monkeypatch.setattr(_job, "_restore", warn_often)
    viewer.add_image(image)
    count = len(notification_manager.records)
    assert run(make_widget(viewer)) is not None
    assert len(notification_manager.records) == count


# --- the noise level


def test_estimate_fills_in_the_noise_level(qtbot, viewer, make_widget, image):
    viewer.add_image(image)
    widget = make_widget(viewer)
    widget.degradation_options = {"sigma": None}
    widget.form.degradations.rows["noise"].editors["sigma"].button.click()
    qtbot.waitUntil(lambda: not widget.running, timeout=PATIENCE)
    assert widget.degradation_options["sigma"] == pytest.approx(0.05, rel=0.3)
    assert widget.status.startswith("The noise level is about 0.0")
    assert "not filled in" not in widget.status


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
    before = {
        name: rows.setting for name, rows in widget.form.degradations.rows.items()
    }
    with qtbot.assertNotEmitted(widget.failed):
        widget.estimate_noise()
        OTHERS[other](viewer, widget)
        qtbot.waitUntil(lambda: not widget.running, timeout=PATIENCE)
    after = {name: rows.setting for name, rows in widget.form.degradations.rows.items()}
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
    assert signal.args[0].startswith("Camera noise has no noise level")
    assert not widget.running


def test_no_noise_is_called_so(qtbot, viewer, make_widget, run):
    viewer.add_image(np.full((40, 48), 100, np.uint8))
    widget = make_widget(viewer)
    widget.degradation_options = {"sigma": None}
    assert run(widget) is not None
    assert widget.status.endswith("noise level 0.")
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


# --- torch is loaded late


def test_import_is_light():
    code = "import napari_flowprior._widgets, sys; print('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def test_form_appears_when_torch_is_loaded(viewer, qtbot, monkeypatch):
    monkeypatch.setattr(jobs, "is_loaded", lambda: False)
    widget = RestoreWidget(viewer)
    qtbot.addWidget(widget)
    assert widget._form is None
    assert not widget._bar.isEnabled()
    qtbot.waitUntil(lambda: widget._form is not None, timeout=PATIENCE)
    assert widget._bar.isEnabled()


def test_script_need_not_wait_for_the_form(
    viewer, make_widget, run, image, monkeypatch
):
    monkeypatch.setattr(jobs, "is_loaded", lambda: False)
    viewer.add_image(image)
    assert run(make_widget(viewer)) is not None
