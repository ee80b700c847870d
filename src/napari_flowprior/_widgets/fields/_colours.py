"""Colours that say something."""

from __future__ import annotations

__all__ = ["WRONG", "WRONG_COLOUR"]

WRONG_COLOUR = "#e4574c"
"""Colour of what is wrong; it can be read on dark and on light ground."""

WRONG = f"color: {WRONG_COLOUR};"
"""Style of what is wrong."""
