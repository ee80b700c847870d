"""Whatever goes wrong in a training is a sentence, and Train is back."""

from __future__ import annotations

import pytest
from napari.utils.notifications import notification_manager
from trainings import enabled, stop, wait_for_step

from napari_flowprior import FlowPrior
from napari_flowprior._errors import InputError, TrainingError
from napari_flowprior._widgets.fields import user_folder
from napari_flowprior.adaptation import AdaptResult
from napari_flowprior.training import Noisiness, NoisyImagesError


def fails(widget, run, says):
    """Train, and check that there is a readable message and that Train is back."""
    count = len(notification_manager.records)
    assert run(widget) is None
    assert says in widget.status
    assert "Traceback" not in widget.status
    new = [each.message for each in notification_manager.records[count:]]
    assert new == [widget.status]
    assert widget.state == "failed"
    assert {"train", "reset"} <= enabled(widget)
    assert "stop" not in enabled(widget)
    assert widget.form.fields["name"].enabled


WRONG = {
    "name": ("", "has no name"),
    "layers": ([], "No layer is checked"),
    "place": ("", "No folder is chosen"),
    "axes": ("QX", "The axes of the layer picture: "),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_settings(widget, run, name):
    value, says = WRONG[name]
    setattr(widget, name, value)
    fails(widget, run, says)


def test_name_that_no_file_can_have(widget, run):
    widget.name = "a/b"
    fails(widget, run, "has / in it")


def test_no_layers(viewer, make_widget, run):
    fails(make_widget(viewer), run, "open images, or choose a folder")


def test_no_folder(widget, run):
    widget.source = "folder"
    fails(widget, run, "Choose a folder of images")


def test_folder_that_cannot_be_created(widget, run, user_data):
    user_data.write_text("in the way")
    fails(widget, run, "cannot be created")


ERRORS = {
    "of ours": (TrainingError("The loss is not finite."), "The loss is not finite."),
    "of torch": (RuntimeError("bad shape\nlong"), "(RuntimeError): bad shape"),
    "of memory": (MemoryError(), "choose a smaller Batch"),
}


@pytest.mark.parametrize("kind", ERRORS)
def test_error_in_the_training(widget, training, run, kind):
    training.error, says = ERRORS[kind]
    with_prior = run(widget)
    assert with_prior == user_folder() / "my-prior.safetensors"
    assert says in widget.status
    assert widget.state == "failed"
    # It has left a checkpoint.
    assert enabled(widget) == {"train", "resume", "reset"}
    training.error = None
    assert run(widget, "resume") is not None
    assert widget.state == "done"


def test_error_before_the_first_step(widget, training, run):
    training.error, training.error_at = InputError("These are dark."), 1
    training.error_at_end = None
    training.seconds = 0
    run(widget)
    assert widget.status == "These are dark."
    widget.reset()
    assert widget.state == "idle"


def test_checkpoint_that_cannot_be_saved(qtbot, endless, training):
    endless.train()
    wait_for_step(qtbot, endless)
    training.error_at_end = InputError("The disk is full.")
    assert stop(qtbot, endless) is None
    assert (endless.state, endless.status) == ("failed", "The disk is full.")


def test_taken_name(widget, run):
    user_folder().mkdir(parents=True)
    (user_folder() / "my-prior.safetensors").touch()
    fails(widget, run, "exists already")
    widget.reset()
    assert widget.name == "my-prior-2"
    assert run(widget) is not None


CHANGES = {
    "name": lambda widget: setattr(widget, "name", "cells"),
    "minutes": lambda widget: setattr(widget, "minutes", 3),
    "layers": lambda widget: setattr(widget, "layers", widget._viewer.layers[:]),
    "place": lambda widget: setattr(widget, "place", user_folder().parent),
    "axes": lambda widget: setattr(widget, "axes", "XY"),
    "overwrite": lambda widget: setattr(widget, "overwrite", True),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_was_wrong_is_forgotten(qtbot, widget, run, change):
    widget.layers = []
    fails(widget, run, "No layer is checked")
    CHANGES[change](widget)
    assert widget.status == ""
    qtbot.waitUntil(widget._bar.status.isHidden)
    widget.layers = widget._viewer.layers[:]
    assert run(widget) is not None
    assert widget.status.startswith("Done")


def test_what_was_done_is_kept(widget, run):
    run(widget)
    widget.minutes = 3
    assert widget.status.startswith("Done")


def test_noisy_images_are_taken_for_what_they_are(widget, training, run):
    found = Noisiness(looked_at=1, noisy=1, level=0.1, example="There is noise.")
    training.error, training.error_at = NoisyImagesError(found), 1
    run(widget)
    assert widget.state == "failed"
    assert widget.images == "noisy"
    assert widget.status.startswith("The images are noisy: noise shows in 1 of 1 plane")
    assert "The row My images are says noisy now: Train adapts" in widget.status
    training.error, widget.overwrite = None, True
    assert run(widget) is not None
    assert training.jobs[-1].images == "noisy"
    assert not training.jobs[-1].insist


def test_what_came_of_an_adaptation_is_said(widget, training, run, tiny_priors):
    prior = FlowPrior.load(tiny_priors[1])
    training.adapted = AdaptResult(prior=prior, improved=True, gain=0.31, steps=7)
    widget.images, widget.name = "noisy", "mine"
    assert run(widget) is not None
    assert widget.status == (
        "Done. After 7 steps the error on what was held out is about 0.31 dB smaller. "
        "The prior mine can be chosen in Restore."
    )
