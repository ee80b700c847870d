"""Choosing a prior: a shipped one, one that was trained here, or a file."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from magicgui.widgets.bases import ValuedContainerWidget
from qtpy.compat import isalive
from qtpy.QtWidgets import QFileDialog

from napari_flowprior._errors import FlowPriorError
from napari_flowprior._resources import shipped_priors
from napari_flowprior._widgets.fields._buttons import browse_button
from napari_flowprior._widgets.fields._choice import Choice
from napari_flowprior._widgets.fields._known_priors import KNOWN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_flowprior.priors import PriorInfo

__all__ = ["PriorChoice"]

# What files say of themselves, and when they were written: reading one takes as long as
# the rest of a dock.
_described: dict[Path, tuple[float, str]] = {}
_AUTO_TIP = "photo-rgb for colour images, photo-gray for all others"


class PriorChoice(ValuedContainerWidget[str]):
    """The shipped priors, the user's own, and files that are named here.

    It follows what is trained in this session.

    Parameters
    ----------
    more : mapping, optional
        Other values to choose from, each with its label and its tool tip.
    **kwargs : object
        As of all widgets of magicgui.

    Attributes
    ----------
    choice : Choice
        All of them.
    button : PushButton
        Asks for a file.
    """

    def __init__(
        self, *, more: Mapping[str, tuple[str, str]] | None = None, **kwargs: Any
    ) -> None:
        self._named: list[str] = []
        self._auto = "auto"
        more, shipped = more or {}, shipped_priors()
        self._fixed = {name: name for name in shipped}
        self._fixed |= {value: label for value, (label, _) in more.items()}
        tips: dict[str, Any] = {value: tip for value, (_, tip) in more.items()}
        tips |= {name: partial(_describe, path) for name, path in shipped.items()}
        self.choice = Choice(choices=self._listed, tips={"auto": _AUTO_TIP} | tips)
        self.button = browse_button("Choose the file of another prior (.safetensors)")
        super().__init__(
            **kwargs
            | {"widgets": [self.choice, self.button]}
            | {"layout": "horizontal", "labels": False}
        )
        self.margins = (0, 0, 0, 0)
        self.native.layout().setSpacing(2)
        self.native.layout().setStretch(0, 1)
        self.choice.changed.connect(lambda: self.changed.emit(self.value))
        self.button.changed.connect(self._browse)
        KNOWN.changed.connect(self._refresh)
        self._refresh()

    def get_value(self) -> str:
        """Return the name of a shipped prior, the path of a file, or "auto"."""
        return str(self.choice.value)

    def set_value(self, prior: str | Path) -> None:
        """Choose a prior; a file that is not listed yet is."""
        value = str(prior)
        if value not in self.choice.choices:
            self._named.append(value)
            self._refresh()
        self.choice.value = value

    def can_be(self, prior: str) -> bool:
        """Tell whether a prior is listed, or a file that is there.

        Parameters
        ----------
        prior : str
            Its name or path.

        Returns
        -------
        bool
            Whether there is anything to choose.
        """
        return prior in self.choice.choices or Path(prior).is_file()

    @property
    def is_shipped(self) -> bool:
        """Whether a shipped prior is chosen, or "auto", which is one."""
        return self._is_fixed(self.value)

    def name_auto(self, colour: bool) -> None:
        """Say which prior "auto" stands for."""
        self._auto = f"auto ({'photo-rgb' if colour else 'photo-gray'})"
        self.choice.native.whole = self._auto
        self.choice.reset_choices()
        self.choice.native.updateGeometry()

    def _refresh(self) -> None:
        """List the user's own priors anew, and keep what is chosen."""
        # The list of priors outlives the widget, and Python's part that of Qt.
        if isalive(self.native):
            self.choice.reset_choices()
            self.choice.show_tip()

    def _listed(self, choice: Choice) -> list[tuple[str, str]]:
        own = [str(path) for path in KNOWN.own()]
        listed = [*own, *(value for value in self._named if value not in own)]
        # A prior may be chosen whose file is gone; only the user chooses another.
        before = choice.get_value()
        if before is not None and before not in listed and not self._is_fixed(before):
            listed.append(before)
        for value in listed:
            choice.tips[value] = partial(self._tell, Path(value).expanduser())
        fixed = [(label, value) for value, label in self._fixed.items()]
        files = [(Path(value).expanduser().stem, value) for value in listed]
        return [(self._auto, "auto"), *fixed, *files]

    def _is_fixed(self, value: str) -> bool:
        return value == "auto" or value in self._fixed

    def _tell(self, path: Path) -> str:
        return f"{path}\n{_describe(path)}"

    def _browse(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self.native, "Choose a prior", "", "Priors (*.safetensors)"
        )
        if path:
            self.value = path


def _describe(path: Path) -> str:
    """Read a file only if it has changed."""
    try:
        changed = path.stat().st_mtime
    except OSError:
        return describe(path)
    known = _described.get(path)
    if known is None or known[0] != changed:
        known = _described[path] = changed, describe(path)
    return known[1]


def describe(path: Path) -> str:
    """Return what a prior file says of itself, or what is wrong with it."""
    from napari_flowprior.priors import PriorInfo, read_header

    try:
        return _summary(PriorInfo.from_card(read_header(path).card))
    except FlowPriorError as error:
        return str(error)


def _summary(info: PriorInfo) -> str:
    licence = info.licence or "not stated"
    lines = [info.description or info.name, info.restriction, f"Licence: {licence}"]
    return "\n".join(filter(None, lines))
