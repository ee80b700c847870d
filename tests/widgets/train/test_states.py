"""The state machine of a training."""

from __future__ import annotations

import pytest

from napari_flowprior._widgets.train._states import ACTIONS, State, after, can

ALLOWED = {
    State.IDLE: {"train", "resume"},
    State.RUNNING: {"stop"},
    State.STOPPING: set(),
    State.STOPPED: {"resume", "reset"},
    State.DONE: {"train", "reset"},
    State.FAILED: {"train", "resume", "reset"},
}


@pytest.mark.parametrize("state", State)
def test_what_can_be_done(state):
    assert {action for action in ACTIONS if can(state, action)} == ALLOWED[state]


@pytest.mark.parametrize("state", State)
def test_nothing_to_resume(state):
    assert not can(state, "resume", resumable=False)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("action", ACTIONS)
def test_what_cannot_be_done_changes_nothing(state, action):
    assert (after(state, action) == state) == (not can(state, action))


def test_a_training_from_beginning_to_end():
    state = State.IDLE
    for happening, becomes in [
        ("train", State.RUNNING),
        ("stop", State.STOPPING),
        ("ended early", State.STOPPED),
        ("resume", State.RUNNING),
        ("refused", State.FAILED),
        ("resume", State.RUNNING),
        ("ended", State.DONE),
        ("reset", State.IDLE),
        ("train", State.RUNNING),
        ("ended before it began", State.IDLE),
    ]:
        state = after(state, happening)
        assert state == becomes


def test_every_state_can_be_left():
    for state in State:
        happenings = (*ACTIONS, "ended", "ended early", "refused")
        assert any(after(state, happening) != state for happening in happenings)
