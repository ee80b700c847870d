"""Choosing a prior: a shipped one, or a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QWidget

from napari_flowprior._errors import FlowPriorError
from napari_flowprior._resources import shipped_priors
from napari_flowprior._widgets._fields import Choice

if TYPE_CHECKING:
    from napari_flowprior.prior import PriorInfo

__all__ = ["PriorChoice"]

_AUTO_TIP = "photo-rgb for colour images, photo-gray for all others"


class PriorChoice(QWidget):
    """The shipped priors, and files that the user adds."""

    def __init__(self) -> None:
        super().__init__()
        self.choice = Choice({"auto": "auto"}, {"auto": _AUTO_TIP})
        for name, path in shipped_priors().items():
            self.choice.add(name, name, describe(path))
        self.button = QPushButton("…")
        self.button.setToolTip("Choose the file of another prior (.safetensors)")
        self.button.setFixedWidth(28)
        self.button.clicked.connect(self._browse)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.choice, 1)
        layout.addWidget(self.button)

    @property
    def setting(self) -> str:
        """Name of a shipped prior, path of a file, or "auto"."""
        return str(self.choice.setting)

    @setting.setter
    def setting(self, prior: str | Path) -> None:
        if self.choice.has(str(prior)):
            self.choice.setting = str(prior)
            return
        path = Path(prior).expanduser()
        self.choice.add(str(prior), path.stem, f"{path}\n{describe(path)}")
        self.choice.setting = str(prior)

    def name_auto(self, colour: bool) -> None:
        """Say which prior "auto" stands for."""
        self.choice.setItemText(0, f"auto ({'photo-rgb' if colour else 'photo-gray'})")

    def _browse(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self, "Choose a prior", "", "Priors (*.safetensors)"
        )
        if path:
            self.setting = path


def describe(path: Path) -> str:
    """Return what a prior file says of itself, or what is wrong with it."""
    from napari_flowprior._priorfile import read_header
    from napari_flowprior.prior import PriorInfo

    try:
        return _summary(PriorInfo.from_card(read_header(path).card))
    except FlowPriorError as error:
        return str(error)


def _summary(info: PriorInfo) -> str:
    licence = info.licence or "not stated"
    return f"{info.description or info.name}\nLicence: {licence}"
