"""What a training is for: a prior is adapted, or trained from nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qtpy.QtWidgets import QButtonGroup, QHBoxLayout, QWidget

from napari_flowprior._errors import InputError
from napari_flowprior._widgets.fields import Button, wrap
from napari_flowprior._widgets.train._rows import MINUTES, SCRATCH

__all__ = ["PRESETS", "PresetChoice"]

_HEIGHT = 26  # pixels


@dataclass(frozen=True)
class Preset:
    """Settings that go together.

    Parameters
    ----------
    title, tip : str
        What its button says, and when it is the right one.
    settings : dict
        Values of fields.
    """

    title: str
    tip: str
    settings: Mapping[str, Any]


PRESETS = {
    "adapt": Preset(
        "Adapt (minutes)",
        "A prior of photographs or of your own learns from your images, be they clean "
        "or noisy. Some images are enough; this is what you want as a rule.",
        {"start": "auto", "minutes": MINUTES, "steps": None},
    ),
    "nothing": Preset(
        "From nothing (hours)",
        "For images that are unlike everything that there is a prior for. It takes "
        "some hundred clean images, and on a processor a night or more.",
        {
            "start": f"{SCRATCH}photo",
            "images": "clean",
            "minutes": 480.0,
            "steps": None,
        },
    ),
}
"""Presets by name."""


class PresetChoice(QWidget):
    """A button for each preset; that of what is set is down.

    Parameters
    ----------
    fields : dict
        Fields of the form by name, as soon as there are some.

    Attributes
    ----------
    buttons : dict of str to Button
        By name of the preset.
    """

    def __init__(self, fields: Mapping[str, Any]) -> None:
        super().__init__()
        self._fields = fields
        self.buttons: dict[str, Button] = {}
        group, layout = QButtonGroup(self), QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for name, preset in PRESETS.items():
            button = self.buttons[name] = Button(preset.title)
            button.setCheckable(True)
            button.setToolTip(wrap(preset.tip))
            button.setMinimumHeight(_HEIGHT)
            group.addButton(button)
            layout.addWidget(button)
            button.clicked.connect(lambda _, name=name: self._set(name))

    @property
    def value(self) -> str:
        """Name of the preset that the start of the training is of."""
        scratch = str(self._fields["start"].value).startswith(SCRATCH)
        return "nothing" if scratch else "adapt"

    @value.setter
    def value(self, name: str) -> None:
        if name not in PRESETS:
            raise InputError(f"{name!r} is none of the presets {list(PRESETS)}.")
        self._set(name)

    @property
    def enabled(self) -> bool:
        """Whether a preset can be chosen."""
        return self.isEnabled()

    @enabled.setter
    def enabled(self, enabled: bool) -> None:
        self.setEnabled(enabled)

    def _set(self, name: str) -> None:
        for field, value in PRESETS[name].settings.items():
            self._fields[field].value = value

    def follow(self) -> None:
        """Show the preset that is set."""
        self.buttons[self.value].setChecked(True)
