"""Time for people."""

from __future__ import annotations

__all__ = ["duration"]


def duration(seconds: float) -> str:
    """Say how long something takes, in a unit that suits.

    Parameters
    ----------
    seconds : float
        The time.

    Returns
    -------
    str
        Such as "12 s" or "3 min".
    """
    if seconds < 90:
        return f"{max(1, seconds):.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
