"""A tiny prior, so that a restoration takes a moment, and widgets without a window."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from napari.components import ViewerModel

from napari_flowprior import FlowPrior
from napari_flowprior._widgets import RestoreWidget
from napari_flowprior._widgets.fields import _known_priors, _memory, _preferences
from napari_flowprior.flow import FlowConfig, MultiscaleFlow
from napari_flowprior.priors import PriorInfo

PATIENCE = 20_000  # milliseconds


@pytest.fixture(scope="session")
def tiny_priors(tmp_path_factory):
    """Paths of a prior for grey images and one for colour images."""
    folder = tmp_path_factory.mktemp("priors")
    torch.manual_seed(0)
    return {channels: save_prior(folder, channels) for channels in (1, 3)}


def save_prior(folder, channels):
    config = FlowConfig(
        channels=channels, hidden=8, steps=1, levels=2, noise_conditional=True
    )
    flow = MultiscaleFlow(config)
    flow.initialize(torch.rand(4, channels, 16, 16), torch.full((4,), 0.1))
    info = PriorInfo(
        name=f"tiny{channels}",
        sigma_max=60 / 255,
        licence="CC0-1.0",
        description="Dots",
    )
    path = folder / f"tiny{channels}.safetensors"
    FlowPrior(flow, info).save(path)
    return path


@pytest.fixture(autouse=True)
def user_data(tmp_path, monkeypatch):
    """A folder in place of that of the user who runs the tests."""
    folder = tmp_path / "user"
    monkeypatch.setattr(_known_priors, "user_data_path", lambda *a, **k: folder)
    monkeypatch.setattr(_known_priors.KNOWN, "_added", [])
    monkeypatch.setattr(_memory, "user_config_path", lambda *a, **k: folder)
    monkeypatch.setattr(_memory, "_session", {})
    # napari knows of no preferences of this name, and so the defaults hold.
    monkeypatch.setattr(_preferences, "_PLUGIN", "of-no-user")
    return folder


@pytest.fixture
def viewer():
    """A viewer without a window."""
    return ViewerModel()


@pytest.fixture
def make_widget(qtbot, tiny_priors):
    """Make Restore widgets with a tiny prior and a known noise level."""

    def make(viewer, *, channels=1):
        widget = RestoreWidget(viewer)
        qtbot.addWidget(widget)
        widget.prior = tiny_priors[channels]
        widget.degradation_options = {"sigma": 0.1}
        return widget

    return make


@pytest.fixture
def run(qtbot):
    """Run a widget to its end and return the new layer, or None."""

    def run(widget):
        with qtbot.waitSignal(widget.finished, timeout=PATIENCE) as signal:
            widget.run()
        qtbot.waitUntil(lambda: not widget.running, timeout=PATIENCE)
        return signal.args[0]

    return run


@pytest.fixture
def image():
    """A smooth image with noise, 40 x 48 pixels, from 0 to 1."""
    rows, columns = np.mgrid[:40, :48]
    clean = 0.5 + 0.3 * np.sin(rows / 9) * np.cos(columns / 7)
    noise = np.random.default_rng(0).normal(0, 0.05, clean.shape)
    return np.clip(clean + noise, 0, 1).astype(np.float32)


@pytest.fixture
def restore(viewer, make_widget, run):
    """Restore a layer as a degradation says; return the new layer and the status."""

    def restore(layer, degradation, *, channels=1, estimator="auto", **options):
        widget = make_widget(viewer, channels=channels)
        widget.layer = layer
        widget.degradation = degradation
        widget.estimator = estimator
        widget.degradation_options = options
        messages = []
        widget.failed.connect(messages.append)
        result = run(widget)
        assert (result is None) == bool(messages)
        assert widget._bar.button.text() == "Run"
        assert widget._bar.button.isEnabled()
        return result, widget.status

    return restore
