"""What happened to the image: one degradation and its options, or several."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, Signal

from napari_flowprior._errors import InputError
from napari_flowprior._options import INTENSITY, options
from napari_flowprior._widgets.fields import NoiseLevel, OptionRows, kind_choice
from napari_flowprior._widgets.layers import SUITABLE, LayerChoice
from napari_flowprior._widgets.restore._steps import Steps
from napari_flowprior._widgets.restore._tips import DEGRADATION_TIPS
from napari_flowprior.restoration import (
    DEGRADATIONS,
    ESTIMATORS,
    PREFERRED,
    Compose,
    fitting_estimators,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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
        Where the rows go, after the choice.

    Attributes
    ----------
    choice : Choice
        The choice, which is to be added to the layout before `add_rows`.
    rows : dict
        `OptionRows` by name, and `Steps` for several degradations.
    changed : Signal
        Emitted when another degradation, or another one of several, is chosen.
    asked : Signal(object)
        Emitted with the `NoiseLevel` that an estimate is asked for.
    grown : Signal
        Emitted when there are more fields.
    """

    changed = Signal()
    asked = Signal(object)
    grown = Signal()

    def __init__(self, viewer: napari.viewer.Viewer, layout: QFormLayout) -> None:
        super().__init__()
        self._viewer = viewer
        self._layout = layout
        self.choice = kind_choice(
            {**DEGRADATIONS, Compose.name: Compose}, DEGRADATION_TIPS
        )
        self._step: float | None = None
        self.rows: dict[str, OptionRows | Steps] = {}

    def add_rows(self) -> None:
        """Prepare the rows of all degradations; those of the chosen one are shown."""
        for name, kind in DEGRADATIONS.items():
            self.rows[name] = self._make_rows(kind)
        steps = Steps(self._layout, self._make_rows, self.choice)
        self.rows[Compose.name] = steps
        self.choice.currentIndexChanged.connect(self._follow)
        steps.changed.connect(self._follow)
        steps.changed.connect(self.grown)
        self._follow()

    def _make_rows(self, kind: type, after: QWidget | None = None) -> OptionRows:
        return OptionRows(
            kind,
            self._layout,
            partial(self._special, kind),
            after=self.choice if after is None else after,
            made=self._take_in,
        )

    def _take_in(self, rows: OptionRows) -> None:
        self._set_step(rows)
        self.grown.emit()

    def _special(self, kind: type) -> dict[str, QWidget]:
        """Make the input fields that are more than a number."""
        special: dict[str, QWidget] = {}
        for option in options(kind):
            if option.array is not None:
                mask = option.array == "mask"
                special[option.name] = LayerChoice(
                    self._viewer, SUITABLE[option.array], none="none", eager=mask
                )
            elif option.unit == INTENSITY and option.optional:
                special[option.name] = self._level(option.default)
        return special

    def _level(self, default: float | None) -> NoiseLevel:
        level = NoiseLevel("auto" if default is None else "")
        level.asked.connect(lambda: self.asked.emit(level))
        return level

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
        # As on the command line, options choose if what is chosen has none.
        if values and not self.rows[self.choice.setting].editors:
            self.choice.setting = PREFERRED.name
        self.rows[self.choice.setting].setting = values

    def chosen(self) -> list[tuple[str, OptionRows]]:
        """Return names and rows of what happened, the first one first."""
        rows = self.rows[self.choice.setting]
        if isinstance(rows, Steps):
            return rows.chosen()
        return [(self.choice.setting, rows)]

    def fitting_estimators(self) -> list[str]:
        """Name the estimators that can restore what happened."""
        if not isinstance(self.rows[self.choice.setting], Steps):
            return fitting_estimators(DEGRADATIONS[self.choice.setting])
        try:
            kinds = (DEGRADATIONS[name] for name, _ in self.chosen())
            several = Compose(*(kind.example() for kind in kinds))
        except InputError:
            # What is wrong with the order is said when it is run.
            return list(ESTIMATORS)
        return fitting_estimators(several)

    def level(self) -> Any:
        """Return the field of the noise level; of several, that of the last.

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
        self._step = step
        for rows in self._all_rows():
            if rows.exist:
                self._set_step(rows)

    def _set_step(self, rows: OptionRows) -> None:
        level = rows.editors.get("sigma")
        number = getattr(level, "number", level)
        if number is not None and self._step is not None:
            number.setSingleStep(self._step)

    def _all_rows(self) -> Iterator[OptionRows]:
        for rows in self.rows.values():
            yield from rows.all_rows() if isinstance(rows, Steps) else [rows]
