"""What a training yields: what of it must be seen, and how far it says things are."""

from __future__ import annotations

from typing import Any

from napari_flowprior._widgets.train.figures._curves import Curves

__all__ = ["PHASES", "how_far", "is_vital"]

PHASES = {
    "reading": "Reading",
    "training": "Taking the first step",
    "validating": "Validating",
}
"""What to call a phase that says no more of itself."""


def is_vital(event: Any) -> bool:
    """Tell which events come once and must be seen.

    Parameters
    ----------
    event : TrainEvent or Curves or None
        What a training yields.

    Returns
    -------
    bool
        Whether it must not be dropped.
    """
    if isinstance(event, Curves):
        return True
    vital = ("held_out", "pictures", "data", "plan")
    return any(getattr(event, name, None) is not None for name in vital)


def how_far(event: Any) -> tuple[int, int] | None:
    """Count steps, or what is read before the first one.

    Parameters
    ----------
    event : TrainEvent or Curves or None
        What a training yields.

    Returns
    -------
    tuple of int or None
        Done and in all; None if the event says nothing of it.
    """
    if isinstance(event, Curves) or event is None:
        return None
    if event.step is not None:
        return event.step.step, event.step.steps
    return None if event.phase == "validating" else (event.done, event.total)
