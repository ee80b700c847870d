"""Tool tips, whose lines Qt does not break by itself."""

from __future__ import annotations

from textwrap import fill

__all__ = ["wrap"]

_WIDTH = 60  # characters


def wrap(text: str) -> str:
    """Break long lines.

    Parameters
    ----------
    text : str
        A tool tip; the ends of its lines stay.

    Returns
    -------
    str
        The same with more ends of lines.
    """
    lines = (
        fill(line, _WIDTH, break_long_words=False, break_on_hyphens=False)
        for line in text.splitlines()
    )
    return "\n".join(lines)
