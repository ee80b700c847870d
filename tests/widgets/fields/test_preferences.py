"""Preferences that napari keeps."""

from __future__ import annotations

import napari.settings
import npe2
import pytest
import torch

from napari_flowprior._widgets import jobs
from napari_flowprior._widgets.fields import (
    _preferences,
    device_choice,
    device_here,
    preference,
    user_folder,
)

MANIFEST = npe2.PluginManifest.from_distribution("napari-flowprior")


class Preferred:
    """Stands for the settings of the plugin."""

    def __init__(self, **values):
        self.computing = self.results = self.priors = self
        self.__dict__.update(values)


@pytest.fixture
def prefer(monkeypatch):
    def prefer(**values):
        settings = Preferred(**values)
        monkeypatch.setattr(
            napari.settings, "get_plugin_settings", lambda name: settings
        )

    return prefer


def test_defaults_are_those_of_the_manifest():
    declared = {
        group: {name: each.default for name, each in found.properties.items()}
        for group, found in MANIFEST.contributions.configurations.items()
    }
    assert declared == _preferences._DEFAULTS


def test_without_the_plugin_there_are_defaults(monkeypatch):
    def fail(name):
        raise KeyError(name)

    monkeypatch.setattr(napari.settings, "get_plugin_settings", fail)
    assert preference("computing", "device") == "auto"


def test_napari_knows_them(npe2pm, plugin_settings, monkeypatch):
    monkeypatch.setattr(_preferences, "_PLUGIN", "napari-flowprior")
    npe2pm.register(MANIFEST)
    settings = napari.settings.get_plugin_settings("napari-flowprior")
    assert preference("computing", "threads") == 0
    settings.computing.threads = 3
    assert preference("computing", "threads") == 3


def test_folder_of_priors(prefer, tmp_path):
    prefer(folder=str(tmp_path / "mine"))
    assert user_folder() == tmp_path / "mine"


@pytest.mark.parametrize(("preferred", "chosen"), [("cpu", "cpu"), ("fpga", "auto")])
def test_device(qtbot, prefer, preferred, chosen):
    prefer(device=preferred)
    choice = device_choice()
    qtbot.addWidget(choice.native)
    assert choice.value == chosen


@pytest.mark.parametrize(("clusters", "offered"), [(True, True), (False, False)])
def test_cluster(qtbot, prefer, clusters, offered):
    prefer(device="auto", scheduler=" 10.0.0.1:8786 ")
    choice = device_choice(clusters=clusters)
    qtbot.addWidget(choice.native)
    assert ("tcp://10.0.0.1:8786" in choice.choices) == offered
    labels = [choice.native.itemText(n) for n in range(choice.native.count())]
    assert ("10.0.0.1:8786" in labels) == offered


def test_what_a_cluster_does_not_do_is_done_here():
    assert device_here("tcp://10.0.0.1:8786") == "auto"
    assert device_here("cuda:1") == "cuda:1"


def test_type_of_results(viewer, make_widget, prefer):
    prefer(dtype="float32", device="auto", folder="")
    assert make_widget(viewer).dtype == "float32"


def test_threads(prefer):
    before = torch.get_num_threads()
    prefer(threads=2, gpu_memory=1.0)
    jobs.obey_preferences()
    assert torch.get_num_threads() == 2
    prefer(threads=0, gpu_memory=1.0)
    jobs.obey_preferences()
    assert torch.get_num_threads() == before


@pytest.mark.parametrize(
    ("share", "awake", "told"),
    [(0.5, False, [0.5]), (1.0, False, []), (1.0, True, [1.0])],
)
def test_gpu_memory(prefer, monkeypatch, share, awake, told):
    heard = []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: awake)
    monkeypatch.setattr(torch.cuda, "set_per_process_memory_fraction", heard.append)
    prefer(threads=0, gpu_memory=share)
    jobs.obey_preferences()
    assert heard == told
