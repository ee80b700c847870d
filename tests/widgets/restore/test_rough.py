"""Rough pictures of a preview take few steps, so that they come soon."""

from __future__ import annotations

import numpy as np
import pytest

from napari_flowprior import FlowPrior
from napari_flowprior._widgets.preview import middle_region
from napari_flowprior._widgets.restore import _preview

SHAPE = 200, 200


@pytest.fixture
def rough(viewer, make_widget):
    """Return the job and the region of the rough picture for some settings."""
    viewer.add_image(np.zeros(SHAPE, np.uint8))
    viewer.add_labels(np.ones(SHAPE, np.uint8), name="holes")
    widget = make_widget(viewer)
    widget.prior = "photo-gray"
    prior = FlowPrior.load("photo-gray")

    def rough(**settings):
        widget.set(**settings)
        job = widget.form.job()
        job = _preview.replace(job, options={**job.options, "prior": prior})
        return _preview._rough(job, middle_region(SHAPE, "YX", 128))

    return rough


@pytest.mark.parametrize(
    ("settings", "estimator", "side"),
    [
        ({"degradation": "blur", "degradation_options": {"gaussian": 1}}, "hqs", 64),
        ({"degradation": "inpaint"}, "annealing", 64),
        ({"degradation": "jpeg"}, "sampled-mean", 64),
        ({"degradation": "downsample"}, "hqs", 32),
    ],
)
def test_few_steps_of_the_estimator_that_auto_takes(rough, settings, estimator, side):
    job, region = rough(**settings)
    assert job.estimator == estimator
    assert job.estimator_options["steps"] == 2
    assert job.estimator_options.get("chains", 1) == 1
    assert region.shape == (side, side)
    assert job.degradation[0].name == settings["degradation"]


def test_settings_of_ones_own_are_kept(rough):
    own = {"estimator": "hqs", "estimator_options": {"steps": 1, "prior_weight": 0.7}}
    blur = {"degradation": "blur", "degradation_options": {"gaussian": 1}}
    job, _ = rough(**blur, **own)
    assert job.estimator_options["steps"] == 1
    assert job.estimator_options["prior_weight"] == 0.7


def test_several_degradations(rough):
    parts = [{"name": "blur", "gaussian": 1.5}, {"name": "noise", "sigma": 4}]
    job, _ = rough(degradation="compose", degradation_options={"parts": parts})
    assert (job.estimator, job.estimator_options["steps"]) == ("hqs", 2)


def test_noise_is_taken_for_plain(rough):
    job, region = rough(degradation="poisson-gaussian")
    assert [part.name for part in job.degradation] == ["noise"]
    assert region.shape == (128, 128)
