"""What the Train widget makes of its fields."""

from __future__ import annotations

import numpy as np
import pytest

from napari_flowprior._errors import InputError
from napari_flowprior._widgets.fields import user_folder


def test_job_by_default(widget, image):
    job = widget.form.job()
    assert job.out == user_folder() / "my-prior.safetensors"
    assert user_folder().is_dir()
    assert (job.recipe, job.start, job.minutes) == ("finetune", "auto", 5)
    assert (job.steps, job.batch_size, job.seed, job.colour) == (None,) * 4
    assert (job.images, job.insist) == ("clean", False)
    assert job.pictures
    assert not job.overwrite
    (picture,) = job.data
    assert (picture.axes, picture.name) == ("YX", "picture")
    assert picture.array is image


def test_all_settings_from_a_script(viewer, widget, image, tmp_path, tiny_priors):
    stack = viewer.add_image(np.stack([image] * 2), name="stack")
    colour = viewer.add_image(np.stack([image] * 3, axis=-1), name="colour", rgb=True)
    widget.layers = [stack, colour]
    widget.axes = "tyx"
    widget.start = tiny_priors[1]
    widget.name, widget.place = "cells.safetensors", tmp_path
    widget.minutes, widget.device = 0.5, "cpu"
    widget.steps, widget.batch_size = 70, 3
    widget.learning_rate, widget.seed = 1e-3, 0
    widget.colour, widget.overwrite, widget.insist = "grey", True, True
    job = widget.form.job()
    assert [(each.axes, each.name) for each in job.data] == [
        ("TYX", "stack"),
        ("YXS", "colour"),
    ]
    assert job.out == tmp_path / "cells.safetensors"
    assert (job.start, job.device) == (str(tiny_priors[1]), "cpu")
    # Steps are in place of a time.
    assert (job.steps, job.minutes) == (70, None)
    assert (job.batch_size, job.learning_rate, job.seed) == (3, 1e-3, 0)
    assert (job.colour, job.overwrite, job.insist) == ("grey", True, True)


def test_multiscale_layers_are_taken_at_full_resolution(viewer, make_widget, image):
    viewer.add_image([image, image[::2, ::2]], multiscale=True)
    (picture,) = make_widget(viewer).form.job().data
    assert picture.array.shape == image.shape


def test_a_folder(widget, tmp_path):
    widget.source, widget.folder = "folder", tmp_path
    job = widget.form.job()
    assert (job.data, job.axes) == ((tmp_path,), None)
    widget.axes = "zyx"
    assert widget.form.job().axes == "ZYX"


def test_recipes_from_scratch(widget, tmp_path):
    fields = widget.form.fields
    widget.start = "scratch:photo"
    job = widget.form.job()
    assert (job.recipe, job.start, len(job.data)) == ("photo", None, 1)
    widget.start = "scratch:sprites"
    assert widget.form.job().data == ()
    assert fields["source"].native.isHidden()
    assert fields["layers"].native.isHidden()
    widget.start, widget.folder = "scratch:mnist", tmp_path
    assert widget.form.job().data == (tmp_path,)
    assert not fields["folder"].native.isHidden()
    widget.start = "auto"
    assert not fields["layers"].native.isHidden()
    assert fields["folder"].native.isHidden()


def test_wrong_settings_from_a_script(viewer, widget):
    labels = viewer.add_labels(np.ones((4, 4), dtype=int), name="cells")
    for name, value, says in [
        ("layers", [labels], "'cells' is no image layer"),
        ("source", "web", "'web' is none of the choices"),
        ("minutes", -1, "-1 is not between"),
        ("steps", "many", "'many' is no number"),
    ]:
        with pytest.raises(InputError, match=says):
            setattr(widget, name, value)


def test_every_field_has_a_tool_tip(widget):
    for name, field in widget.form.fields.items():
        assert field.tooltip or field.line.tooltip, name
