"""What happened to the image: a degradation and its options."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, Signal

from napari_flowprior._errors import InputError
from napari_flowprior._widgets._layer_arrays import SUITABLE, array_fields
from napari_flowprior._widgets._layers import LayerChoice
from napari_flowprior._widgets._numbers import NoiseLevel
from napari_flowprior._widgets._options import OptionRows, kind_choice
from napari_flowprior.restoration import DEGRADATIONS, fitting_estimators

if TYPE_CHECKING:
    from collections.abc import Mapping

    import napari
    from qtpy.QtWidgets import QFormLayout, QWidget

__all__ = ["Degradations"]


class Degradations(QObject):
    """A choice of degradations, and rows for the options of each.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        Whose layers can be chosen.
    layout : QFormLayout
        Where the rows go, at the end.

    Attributes
    ----------
    choice : Choice
        The choice, which is to be added to the layout before `add_rows`.
    rows : dict
        `OptionRows` by name.
    changed : Signal
        Emitted when another degradation is chosen.
    asked : Signal(object)
        Emitted with the `NoiseLevel` that an estimate is asked for.
    """

    changed = Signal()
    asked = Signal(object)

    def __init__(self, viewer: napari.viewer.Viewer, layout: QFormLayout) -> None:
        super().__init__()
        self._viewer = viewer
        self._layout = layout
        self.choice = kind_choice(DEGRADATIONS)
        self.rows: dict[str, OptionRows] = {}

    def add_rows(self) -> None:
        """Add the rows of all degradations; those of the chosen one are shown."""
        for name, kind in DEGRADATIONS.items():
            self.rows[name] = self._make_rows(kind)
        self.choice.currentIndexChanged.connect(self._follow)
        self._follow()

    def _make_rows(self, kind: type) -> OptionRows:
        return OptionRows(kind, self._layout, self._special(kind))

    def _special(self, kind: type) -> dict[str, QWidget]:
        """Make the input fields that are more than a number."""
        special: dict[str, QWidget] = {
            name: LayerChoice(
                self._viewer, SUITABLE[array], none="none", eager=array == "mask"
            )
            for name, array in array_fields(kind).items()
        }
        if "None" in str(kind.__annotations__.get("sigma")):
            default = getattr(kind, "sigma", None)
            level = NoiseLevel("auto" if default is None else "")
            level.asked.connect(lambda: self.asked.emit(level))
            special["sigma"] = level
        return special

    def _follow(self) -> None:
        for name, rows in self.rows.items():
            rows.set_visible(name == self.choice.setting)
        self.changed.emit()

    @property
    def options(self) -> dict[str, Any]:
        """Options of the chosen degradation; setting some leaves the others."""
        return self.rows[self.choice.setting].setting

    @options.setter
    def options(self, values: Mapping[str, Any]) -> None:
        self.rows[self.choice.setting].setting = values

    def chosen(self) -> list[tuple[str, OptionRows]]:
        """Return names and rows of what happened, the first one first."""
        return [(self.choice.setting, self.rows[self.choice.setting])]

    def fitting_estimators(self) -> list[str]:
        """Name the estimators that can restore what happened."""
        return fitting_estimators(DEGRADATIONS[self.choice.setting])

    def level(self) -> Any:
        """Return the field of the noise level.

        Raises
        ------
        InputError
            If there is none.
        """
        levels = [
            rows.editors["sigma"]
            for _, rows in self.chosen()
            if "sigma" in rows.editors
        ]
        if not levels:
            raise InputError(
                f"{self.choice.currentText()} has no noise level to be filled in; "
                "choose another degradation, such as noise."
            )
        return levels[-1]

    def set_step(self, step: float) -> None:
        """Let the arrows of the noise levels take steps that suit the image."""
        for rows in self.rows.values():
            level = rows.editors.get("sigma")
            number = getattr(level, "number", level)
            if number is not None:
                number.setSingleStep(step)
