"""Colours that say something, and can be told apart in every theme of napari."""

from __future__ import annotations

__all__ = ["EMPTY_BOX", "FIELDS", "FOCUS_COLOUR", "WRONG", "WRONG_GROUND", "WRONG_TEXT"]

WRONG_TEXT = "#ffffff"
"""Colour of text that says what is wrong."""

WRONG_GROUND = "#a32020"
"""Ground of that text, so that it can be read whatever the theme is."""

WRONG = (
    f"color: {WRONG_TEXT}; background-color: {WRONG_GROUND}; "
    "border-radius: 3px; padding: 2px;"
)
"""Style of what is wrong."""

FOCUS_COLOUR = "#1f80d8"
"""Colour of the frame around the field that has the focus."""

_KINDS = (
    "QPushButton",
    "QToolButton",
    "QComboBox",
    "QLineEdit",
    "QAbstractSpinBox",
    "QCheckBox",
    "QListWidget",
)

EMPTY_BOX = "border: 1px solid gray; width: 14px; height: 14px;"
"""Style of a box that is not checked, which hardly differs from what is behind it."""

FIELDS = (
    ", ".join(f"{kind}:focus" for kind in _KINDS)
    + f" {{ border: 2px solid {FOCUS_COLOUR}; }}\n"
    f"QCheckBox::indicator:unchecked {{ {EMPTY_BOX} }}\n"
    "QComboBox::drop-down { width: 16px; }"
)
"""Style sheet of a widget whose fields show the focus, boxes that are empty, and more
of what is chosen."""
