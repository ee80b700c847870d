"""Layers are restored by the cluster that the preferences name."""

from __future__ import annotations

import numpy as np
import pytest
from clusters import local_cluster
from restoring import fails

from napari_flowprior._widgets.fields import _preferences


@pytest.fixture
def named(monkeypatch):
    def name(address):
        computing = _preferences._DEFAULTS["computing"]
        monkeypatch.setitem(computing, "scheduler", address)

    return name


def test_a_layer_is_restored_by_it(viewer, make_widget, run, image, named):
    viewer.add_image(image)
    here = run(make_widget(viewer)).data
    with local_cluster() as cluster:
        named(cluster.scheduler_address)
        widget = make_widget(viewer)
        widget.layer = viewer.layers[0]
        widget.device = cluster.scheduler_address
        layer = run(widget)
    np.testing.assert_array_equal(layer.data, here)
    assert layer.metadata["flowprior"]["device"] == cluster.scheduler_address


def test_nobody_answers(viewer, make_widget, run, image, named):
    named("127.0.0.1:1")
    viewer.add_image(image)
    widget = make_widget(viewer)
    widget.device = "tcp://127.0.0.1:1"
    fails(widget, run, "No scheduler of Dask answers at tcp://127.0.0.1:1")
