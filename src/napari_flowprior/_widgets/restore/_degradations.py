"""What happened to the image: one degradation and its options, or several."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, Signal

from napari_flowprior._errors import InputError
from napari_flowprior._options import INTENSITY, Option
from napari_flowprior._widgets.fields import (
    Level,
    NoiseLevel,
    OptionRows,
    kind_choice,
    option_field,
)
from napari_flowprior._widgets.layers import SUITABLE, ChosenLayer
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
    from magicgui.widgets import Widget

    from napari_flowprior._widgets.fields import Rows

__all__ = ["Degradations"]


class Degradations(QObject):
    """A choice of degradations, and rows for the options of each.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        Whose layers can be chosen.
    form : Rows
        Where the rows go, after the choice.

    Attributes
    ----------
    choice : Choice
        The choice, which is to be added to the form before `add_rows`.
    rows : dict
        `OptionRows` by name, and `Steps` for several degradations.
    changed : Signal
        Emitted when another degradation, or another one of several, is chosen.
    asked : Signal(object)
        Emitted with the `NoiseLevel` that an estimate is asked for.
    """

    changed = Signal()
    asked = Signal(object)

    def __init__(self, viewer: napari.viewer.Viewer, form: Rows) -> None:
        super().__init__()
        self._viewer = viewer
        self._form = form
        self.choice = kind_choice(
            {**DEGRADATIONS, Compose.name: Compose},
            DEGRADATION_TIPS,
            name="degradation",
            label="Degradation",
        )
        self._step: float | None = None
        self._estimable = True
        self.rows: dict[str, OptionRows | Steps] = {}

    def add_rows(self) -> None:
        """Prepare the rows of all degradations; those of the chosen one are shown."""
        for name, kind in DEGRADATIONS.items():
            self.rows[name] = self._make_rows(kind)
        steps = Steps(self._form, self._make_rows, self.choice)
        self.rows[Compose.name] = steps
        self.choice.changed.connect(self._follow)
        steps.changed.connect(self._follow)
        self._follow()

    def _make_rows(
        self, kind: type, after: Widget | None = None, **how: int
    ) -> OptionRows:
        return OptionRows(
            kind,
            self._form,
            self._field,
            after=self.choice if after is None else after,
            made=self._set_step,
            **how,
        )

    def _field(self, option: Option) -> Any:
        """Make the field of an option, which may be more than a number."""
        if option.array is not None:
            return option_field(
                option,
                ChosenLayer,
                viewer=self._viewer,
                suits=SUITABLE[option.array],
                none="none",
                eager=option.array == "mask",
            )
        if option.unit != INTENSITY or not option.optional:
            return option_field(option)
        none = "auto" if option.default is None else ""
        level = option_field(option, Level, none=none)
        level.asked.connect(self.asked.emit)
        level.button.visible = self._estimable
        return level

    def hide_estimates(self) -> None:
        """Offer no estimates of noise levels, where there is no image to look at."""
        self._estimable = False
        for rows in self._all_rows():
            for editor in rows.editors.values() if rows.exist else ():
                if isinstance(editor, NoiseLevel):
                    editor.button.hide()

    def _follow(self) -> None:
        for name, rows in self.rows.items():
            rows.set_visible(name == self.choice.value)
        self.changed.emit()

    @property
    def options(self) -> dict[str, Any]:
        """Options of the chosen degradation; setting some leaves the others."""
        return self.rows[self.choice.value].value

    @options.setter
    def options(self, values: Mapping[str, Any]) -> None:
        # As on the command line, options choose if what is chosen has none.
        if values and not self.rows[self.choice.value].editors:
            self.choice.value = PREFERRED.name
        self.rows[self.choice.value].value = values

    def chosen(self) -> list[tuple[str, OptionRows]]:
        """Return names and rows of what happened, the first one first."""
        rows = self.rows[self.choice.value]
        if isinstance(rows, Steps):
            return rows.chosen()
        return [(self.choice.value, rows)]

    def fitting_estimators(self) -> list[str]:
        """Name the estimators that can restore what happened."""
        if not isinstance(self.rows[self.choice.value], Steps):
            return fitting_estimators(DEGRADATIONS[self.choice.value])
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
            kinds = {**DEGRADATIONS, Compose.name: Compose}
            raise InputError(
                f"{kinds[self.choice.value].label} has no noise level to be filled in; "
                "choose another degradation, such as noise."
            )
        return levels[-1]

    def default_of(self, field: Any) -> Any:
        """Return the value of an option's field as long as nobody has set it."""
        for rows in self._all_rows():
            if rows.exist and rows.editors.get(field.name) is field:
                return rows.defaults[field.name]
        raise ValueError(f"There is no field {field.name} of a degradation.")

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
            number.step = self._step

    def _all_rows(self) -> Iterator[OptionRows]:
        for rows in self.rows.values():
            yield from rows.all_rows() if isinstance(rows, Steps) else [rows]
