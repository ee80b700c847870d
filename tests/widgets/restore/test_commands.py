"""Commands of the menu and the palette, which restore the active layer at once."""

from __future__ import annotations

import numpy as np
import pytest
from napari._app_model import get_app_model
from napari.utils.notifications import notification_manager

from napari_flowprior._widgets import RestoreDock, denoise, inpaint
from napari_flowprior._widgets.jobs import _late_form
from napari_flowprior._widgets.restore import _commands

PATIENCE = 60_000  # milliseconds


@pytest.fixture
def settings(qtbot, viewer, tiny_priors):
    """Set the dock, and close it."""

    def settings(**values):
        dock = RestoreDock(viewer)
        qtbot.addWidget(dock)
        dock.prior = tiny_priors[1]
        estimates = values.pop("estimate_noise", False)
        for name, value in values.items():
            setattr(dock, name, value)
        if estimates:
            dock.estimate_noise().wait()
        dock.close()

    return settings


@pytest.fixture
def end(qtbot):
    return lambda: qtbot.waitUntil(lambda: not _commands._RUNNING, timeout=PATIENCE)


def test_the_active_layer_is_denoised(viewer, image, settings, end):
    first = viewer.add_image(image, name="first")
    viewer.add_image(image, name="second")
    settings(degradation_options={"sigma": 0.1}, tile=32)
    viewer.layers.selection.active = first
    denoise(viewer)
    end()
    assert viewer.layers[1].name == "first restored"
    made = viewer.layers[1].metadata["flowprior"]
    assert (made["given"], made["tile"]) == ("noise", [32, 32])
    assert made["degradation"]["sigma"] == 0.1
    assert viewer.status.startswith("Restored in")


def test_a_level_that_was_measured_is_not_that_of_another_layer(
    viewer, image, settings, end
):
    viewer.add_image(image)
    settings(prior="photo-gray", degradation="noise", estimate_noise=True)
    viewer.layers.clear()
    viewer.add_image(255 * image)
    denoise(viewer)
    end()
    assert viewer.layers[1].metadata["flowprior"]["sigma"] > 1


def test_the_last_kind_of_noise_is_taken(viewer, image, settings, end):
    viewer.add_image(image)
    camera = {"gain": 0.01, "offset": 0.0, "read_noise": 0.05}
    settings(degradation="poisson-gaussian", degradation_options=camera)
    denoise(viewer)
    end()
    assert viewer.layers[1].metadata["flowprior"]["given"] == "poisson-gaussian"


def test_another_task_was_chosen_last(viewer, image, settings, end, holes):
    viewer.add_labels(holes.astype(int))
    viewer.add_image(image)
    settings(degradation="noise")
    inpaint(viewer)
    end()
    assert viewer.layers[-1].metadata["flowprior"]["given"] == "inpaint"


def test_what_goes_wrong_is_said(viewer, image, settings, end):
    viewer.add_image((255 * image).astype(np.uint8))
    settings()
    count = len(notification_manager.records)
    inpaint(viewer)
    end()
    (said,) = notification_manager.records[count:]
    assert "no layer that marks the holes" in said.message
    assert len(viewer.layers) == 1


def test_torch_is_loaded_in_the_background(viewer, image, settings, end, monkeypatch):
    layer = viewer.add_image(image, name="first")
    settings(degradation_options={"sigma": 0.1})
    monkeypatch.setattr(_commands, "is_loaded", lambda: False)
    monkeypatch.setattr(_late_form, "is_loaded", lambda: False)
    denoise(viewer)
    viewer.add_image(image, name="another that is active by then")
    assert layer in viewer.layers
    end()
    assert viewer.layers[1].name == "first restored"


def test_menu_and_palette(make_napari_viewer_proxy, image, tiny_priors, settings, end):
    viewer = make_napari_viewer_proxy()
    settings(degradation_options={"sigma": 0.1})
    menus, commands = get_app_model().menus, get_app_model().commands
    items = menus.get_menu("napari-flowprior.filters")
    names = [item.command.id.split(".")[-1].split(":")[0] for item in items]
    assert {"denoise", "remove_jpeg", "inpaint"} < set(names)
    assert not any("train" in name.lower() for name in names)
    for name in ("denoise", "remove_jpeg", "inpaint"):
        command = commands[f"napari-flowprior.{name}"]
        assert command.title.endswith("(Flow prior restoration)")
    viewer.add_image(image, name="picture")
    commands.execute_command("napari-flowprior.denoise").result()
    end()
    assert [layer.name for layer in viewer.layers] == ["picture", "picture restored"]
