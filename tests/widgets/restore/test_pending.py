"""Scripts that wait for what a widget computes."""

from __future__ import annotations

import numpy as np
import pytest

from napari_flowprior._errors import RestoreError


def test_wait_for_a_layer(viewer, make_widget, image):
    viewer.add_image(image, name="picture")
    pending = make_widget(viewer).run()
    assert not pending.done
    layer = pending.wait()
    assert pending.done
    assert layer.name == "picture restored"
    assert pending.wait() is layer


def test_one_after_the_other(viewer, make_widget, image):
    widget = make_widget(viewer)
    found = []
    for name in ("first", "second"):
        widget.layer = viewer.add_image(image, name=name)
        found.append(widget.run().wait())
    assert [layer.name for layer in found] == ["first restored", "second restored"]


def test_what_goes_wrong_is_raised(viewer, make_widget, image):
    viewer.add_image(image)
    widget = make_widget(viewer)
    widget.prior = "gone.safetensors"
    with pytest.raises(RestoreError, match="There is no prior"):
        widget.run().wait()


def test_what_is_wrong_before_it_is_run(viewer, make_widget):
    with pytest.raises(RestoreError, match="no image layer"):
        make_widget(viewer).run().wait()
    with pytest.raises(RestoreError, match="no image layer"):
        make_widget(viewer).diagnose().wait()
    with pytest.raises(RestoreError, match="no image layer"):
        make_widget(viewer).estimate_noise().wait()


def test_cancelled(endless):
    pending = endless.run()
    endless.cancel()
    assert pending.wait() is None
    assert pending.done


def test_it_goes_on_after_a_time(endless):
    pending = endless.run()
    with pytest.raises(TimeoutError, match=r"within 0\.05 s"):
        pending.wait(timeout=0.05)
    assert endless.running
    endless.cancel()
    assert pending.wait() is None


def test_estimate_and_diagnosis(viewer, make_widget, image):
    rng = np.random.default_rng(0)
    viewer.add_image(image + rng.normal(0, 0.1, image.shape).astype(np.float32))
    widget = make_widget(viewer)
    assert widget.estimate_noise().wait() == widget.degradation_options["sigma"]
    assert widget.diagnose().wait() == tuple(
        widget.form.task.diagnosis.text().splitlines()
    )
