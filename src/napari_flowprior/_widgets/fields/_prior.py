"""Choosing a prior: a shipped one, one that was trained here, or a file."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtWidgets import QFileDialog, QHBoxLayout, QWidget

from napari_flowprior._errors import FlowPriorError
from napari_flowprior._resources import shipped_priors
from napari_flowprior._widgets.fields._buttons import BROWSE, Button
from napari_flowprior._widgets.fields._choice import Choice
from napari_flowprior._widgets.fields._known_priors import KNOWN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_flowprior.priors import PriorInfo

__all__ = ["PriorChoice"]

_AUTO_TIP = "photo-rgb for colour images, photo-gray for all others"


class PriorChoice(QWidget):
    """The shipped priors, the user's own, and files that are named here.

    It follows what is trained in this session.

    Parameters
    ----------
    more : mapping, optional
        Other values to choose from, each with its label and its tool tip.
    """

    def __init__(self, more: Mapping[str, tuple[str, str]] | None = None) -> None:
        super().__init__()
        self._described: dict[str, tuple[float, str]] = {}
        self._named: list[str] = []
        self.choice = Choice({"auto": "auto"}, {"auto": _AUTO_TIP})
        for name, path in shipped_priors().items():
            self.choice.add_late(name, name, partial(describe, path))
        for value, (label, tip) in (more or {}).items():
            self.choice.add(value, label, tip)
        self.button = Button("…")
        self.button.setToolTip("Choose the file of another prior (.safetensors)")
        self.button.setFixedWidth(BROWSE)
        self.button.clicked.connect(self._browse)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.choice, 1)
        layout.addWidget(self.button)
        self._fixed = self.choice.count()
        KNOWN.changed.connect(self._refresh)
        self._refresh()

    @property
    def setting(self) -> str:
        """Name of a shipped prior, path of a file, or "auto"."""
        return str(self.choice.setting)

    @setting.setter
    def setting(self, prior: str | Path) -> None:
        value = str(prior)
        if not self.choice.has(value):
            self._named.append(value)
            self._add(value)
        self.choice.setting = value

    @property
    def is_shipped(self) -> bool:
        """Whether a shipped prior is chosen, or "auto", which is one."""
        return self._is_fixed(self.setting)

    def name_auto(self, colour: bool) -> None:
        """Say which prior "auto" stands for."""
        self.choice.whole = f"auto ({'photo-rgb' if colour else 'photo-gray'})"
        self.choice.setItemText(0, self.choice.whole)
        self.choice.updateGeometry()

    def _refresh(self) -> None:
        """List the user's own priors anew, and keep what is chosen."""
        own = [str(path) for path in KNOWN.own()]
        listed = [*own, *(value for value in self._named if value not in own)]
        before = self.setting
        # A prior may be chosen whose file is gone; only the user chooses another.
        if before not in listed and not self._is_fixed(before):
            listed.append(before)
        self.choice.blockSignals(True)
        self.choice.keep_first(self._fixed)
        for value in listed:
            self._add(value)
        self.choice.setting = before
        self.choice.blockSignals(False)
        self.choice.show_tip()

    def _is_fixed(self, value: str) -> bool:
        return self.choice.has(value) and self.choice.place(value) < self._fixed

    def _add(self, value: str) -> None:
        path = Path(value).expanduser()
        self.choice.add(value, path.stem, f"{path}\n{self._describe(path)}")

    def _describe(self, path: Path) -> str:
        """Read a file only if it has changed."""
        try:
            changed = path.stat().st_mtime
        except OSError:
            return describe(path)
        known = self._described.get(str(path))
        if known is None or known[0] != changed:
            known = self._described[str(path)] = changed, describe(path)
        return known[1]

    def _browse(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self, "Choose a prior", "", "Priors (*.safetensors)"
        )
        if path:
            self.setting = path


def describe(path: Path) -> str:
    """Return what a prior file says of itself, or what is wrong with it."""
    from napari_flowprior.priors import PriorInfo, read_header

    try:
        return _summary(PriorInfo.from_card(read_header(path).card))
    except FlowPriorError as error:
        return str(error)


def _summary(info: PriorInfo) -> str:
    licence = info.licence or "not stated"
    return f"{info.description or info.name}\nLicence: {licence}"
