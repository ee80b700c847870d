"""What is copied is what would be trained."""

from __future__ import annotations

import shlex
from dataclasses import fields, replace

import numpy as np
import pytest
import tifffile
from napari.layers._source import layer_source
from napari.utils.notifications import notification_manager
from qtpy.QtGui import QGuiApplication
from qtpy.QtWidgets import QFileDialog

from napari_flowprior.cli import main
from napari_flowprior.data import read_image


def change(widget, tmp_path):
    widget.name, widget.place = "cells", tmp_path
    widget.steps, widget.batch_size, widget.seed = 70, 3, 5
    widget.learning_rate, widget.colour, widget.overwrite = 1e-3, "grey", True
    widget.device = "cpu"


def same(one, other):
    for field in fields(one):
        first, second = getattr(one, field.name), getattr(other, field.name)
        if field.name == "data":
            assert len(first) == len(second)
        elif field.name != "pictures":
            assert first == second, field.name


def executed(widget):
    scope = {"viewer": widget._viewer}
    exec(widget.copy("python").replace("result = train(job)", ""), scope)
    return scope["job"]


def commanded(widget, monkeypatch, folder=None):
    jobs = []
    place = "napari_flowprior.cli._train._drain"
    monkeypatch.setattr(place, lambda job, *others: jobs.append(job))
    name, *words = shlex.split(widget.copy("command", folder))
    assert name == "napari-flowprior"
    assert main([*words, "--quiet"]) == 130
    return jobs[0]


def test_layers(viewer, widget, image, tmp_path):
    change(widget, tmp_path)
    viewer.add_image([image, image[::2, ::2]], multiscale=True, name="levels")
    widget.layers = viewer.layers[:]
    job, wanted = executed(widget), widget.form.job()
    same(job, wanted)
    for one, other in zip(job.data, wanted.data, strict=True):
        assert (one.axes, one.name) == (other.axes, other.name)
        np.testing.assert_array_equal(one.array, other.array)
    assert QGuiApplication.clipboard().text().endswith("result = train(job)\n")


@pytest.mark.parametrize("start", ["auto", "photo-gray", "scratch:photo"])
def test_a_folder(widget, tmp_path, start, monkeypatch):
    change(widget, tmp_path)
    widget.source, widget.folder = "folder", tmp_path / "my data"
    widget.axes, widget.start = "ZYX", start
    wanted = widget.form.job()
    same(executed(widget), wanted)
    assert executed(widget).data == wanted.data
    command = commanded(widget, monkeypatch)
    same(command, wanted)
    assert command.data == (str(tmp_path / "my data"),)


def test_the_noise_level_of_noisy_images(widget, tmp_path, monkeypatch):
    widget.source, widget.folder = "folder", tmp_path
    widget.start, widget.images, widget.sigma = "scratch:small", "noisy", 12.5
    wanted = widget.form.job()
    assert wanted.sigma == 12.5
    same(executed(widget), wanted)
    same(commanded(widget, monkeypatch), wanted)
    widget.images = "clean"
    assert "sigma" not in widget.copy("command")


def test_drawn_images_need_no_data(widget, monkeypatch):
    widget.start = "scratch:sprites"
    same(executed(widget), widget.form.job())
    same(commanded(widget, monkeypatch), widget.form.job())


def test_layers_are_written_for_a_command(viewer, widget, image, tmp_path, monkeypatch):
    change(widget, tmp_path)
    path = tmp_path / "opened.tif"
    opened = np.round(image * 255).astype(np.uint8)
    tifffile.imwrite(path, opened)
    with layer_source(path=str(path)):
        viewer.add_image(opened, name="opened")
    viewer.add_image(image.astype(np.float32), name="made here")
    widget.layers = [viewer.layers["opened"], viewer.layers["made here"]]
    assert widget.copy("command") == ""
    said = notification_manager.records[-1].message
    assert "'made here' shows is in no file; name a folder" in said
    assert widget.state == "idle"
    wanted = widget.form.job()
    job = commanded(widget, monkeypatch, tmp_path)
    same(replace(job, axes=None), wanted)
    assert job.axes == "YX"
    for one, other in zip(job.data, wanted.data, strict=True):
        np.testing.assert_array_equal(read_image(one).array, other.array)
    assert job.data == (str(path), str(tmp_path / "made here.tif"))
    # The button asks for the folder.
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    QGuiApplication.clipboard().setText("")
    widget._bar.copy.menu().actions()[1].trigger()
    assert "made here.tif" in QGuiApplication.clipboard().text()


def test_layers_of_other_axes_have_no_command(viewer, widget, image, tmp_path):
    viewer.add_image(np.stack([image] * 3), name="stack")
    widget.layers = viewer.layers[:]
    assert widget.copy("command", tmp_path) == ""
    said = notification_manager.records[-1].message
    assert "The axes of the layers differ (CYX, YX)" in said


def test_what_cannot_be_trained_cannot_be_copied(widget):
    widget.name = ""
    assert widget.copy("python") == ""
    assert "has no name" in notification_manager.records[-1].message
