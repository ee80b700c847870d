"""What can be done with a training, by the state it is in."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["ACTIONS", "READY", "State", "after", "can"]


class State(StrEnum):
    """State of a training."""

    IDLE = "idle"
    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"
    DONE = "done"
    FAILED = "failed"


READY = (State.IDLE, State.DONE, State.FAILED)
"""Those in which a training can be started."""

_AT_WORK = (State.RUNNING, State.STOPPING)

# From the states in which something can happen to what it leads to.
_TRANSITIONS: dict[str, dict[State, State]] = {
    "train": dict.fromkeys(READY, State.RUNNING),
    "resume": dict.fromkeys((State.IDLE, State.STOPPED, State.FAILED), State.RUNNING),
    "stop": {State.RUNNING: State.STOPPING},
    "reset": dict.fromkeys((State.STOPPED, State.DONE, State.FAILED), State.IDLE),
    "ended": dict.fromkeys(_AT_WORK, State.DONE),
    "ended early": dict.fromkeys(_AT_WORK, State.STOPPED),
    "ended before it began": dict.fromkeys(_AT_WORK, State.IDLE),
    "refused": dict.fromkeys((*READY, State.STOPPED, *_AT_WORK), State.FAILED),
}
ACTIONS = ("train", "stop", "resume", "reset")
"""What the user can do; the rest happens."""


def after(state: State, happening: str) -> State:
    """Return the state that something leads to.

    Parameters
    ----------
    state : State
        The state before.
    happening : str
        One of `ACTIONS`, or how a training ended.

    Returns
    -------
    State
        The state after; the same where it cannot happen.
    """
    return _TRANSITIONS[happening].get(state, state)


def can(state: State, action: str, *, resumable: bool = True) -> bool:
    """Tell whether an action makes sense.

    Parameters
    ----------
    state : State
        The present state.
    action : str
        One of `ACTIONS`.
    resumable : bool
        Whether there is a checkpoint to go on from.

    Returns
    -------
    bool
        Whether its button is to be enabled.
    """
    return state in _TRANSITIONS[action] and (action != "resume" or resumable)
