"""What a training is for: settings that go together."""

from __future__ import annotations

import pytest

from napari_flowprior._errors import InputError


def down(widget):
    buttons = widget.form.presets.buttons
    return [name for name, button in buttons.items() if button.isChecked()]


def test_a_prior_is_adapted_by_default(widget):
    assert widget.preset == "adapt"
    assert down(widget) == ["adapt"]


def test_from_nothing_takes_hours_and_no_prior(widget):
    widget.steps, widget.images = 70, "noisy"
    widget.form.presets.buttons["nothing"].click()
    assert (widget.preset, down(widget)) == ("nothing", ["nothing"])
    job = widget.form.job()
    assert (job.recipe, job.start) == ("photo", None)
    assert (job.minutes, job.steps, job.images) == (480, None, "clean")


def test_and_back(widget):
    widget.preset = "nothing"
    widget.preset = "adapt"
    job = widget.form.job()
    assert (job.recipe, job.start, job.minutes) == ("finetune", "auto", 5)
    assert down(widget) == ["adapt"]


def test_the_buttons_follow_the_start(widget):
    widget.start = "scratch:div2k-short"
    assert (widget.preset, down(widget)) == ("nothing", ["nothing"])
    assert widget.minutes == 5
    widget.start = "photo-gray"
    assert (widget.preset, down(widget)) == ("adapt", ["adapt"])


def test_what_is_no_preset_is_a_sentence(widget):
    with pytest.raises(InputError, match="'quick' is none of the presets"):
        widget.preset = "quick"


def test_none_is_chosen_while_it_trains(qtbot, endless):
    endless.train()
    qtbot.waitUntil(lambda: endless.running)
    assert not endless.form.presets.isEnabled()


def test_the_tab_key_reaches_them_first(widget):
    buttons = list(widget.form.presets.buttons.values())
    assert buttons[0].nextInFocusChain() is buttons[1]
    reached = buttons[1]
    source = widget.form.fields["source"].native
    for _ in range(5):
        reached = reached.nextInFocusChain()
        if reached is source:
            return
    pytest.fail("The first field does not come soon after the buttons.")
