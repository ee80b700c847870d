"""Which image is returned: an estimator and its options, or those of samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, Signal

from napari_flowprior._errors import InputError
from napari_flowprior._widgets.fields import OptionRows, kind_choice
from napari_flowprior._widgets.restore._tips import ESTIMATOR_TIPS
from napari_flowprior.restoration import ESTIMATORS, Sampling

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qtpy.QtWidgets import QFormLayout

    from napari_flowprior._widgets.fields import Choice
    from napari_flowprior._widgets.restore._degradations import Degradations

__all__ = ["UNCERTAINTY", "Estimators"]

UNCERTAINTY = "uncertainty"
"""The output that is the mean of samples, in place of an estimate."""


class Estimators(QObject):
    """A choice of those estimators that fit, and rows for the options of each.

    Parameters
    ----------
    degradations : Degradations
        What happened to the image.
    output : Choice
        What is wanted.

    Attributes
    ----------
    choice : Choice
        The choice, with "auto".
    rows : dict
        `OptionRows` by name.
    sampling : OptionRows
        Options of samples.
    grown : Signal
        Emitted when there are more fields.
    """

    grown = Signal()
    sampling: OptionRows

    def __init__(self, degradations: Degradations, output: Choice) -> None:
        super().__init__()
        self._degradations = degradations
        self._output = output
        self.choice = kind_choice(ESTIMATORS, ESTIMATOR_TIPS, {"auto": "auto"})
        self.rows: dict[str, OptionRows] = {}

    def add_rows(self, layout: QFormLayout) -> None:
        """Prepare the rows of all estimators; those of the chosen one are shown."""
        self.rows |= {
            name: self._make_rows(kind, layout) for name, kind in ESTIMATORS.items()
        }
        self.sampling = self._make_rows(Sampling, layout)
        for choice in (self.choice, self._output):
            choice.currentIndexChanged.connect(self._follow)
        self._degradations.changed.connect(self._follow)
        self._degradations.changed.connect(self._leave_misfit)
        self._follow()

    def _make_rows(self, kind: type, layout: QFormLayout) -> OptionRows:
        return OptionRows(kind, layout, made=lambda rows: self.grown.emit())

    @property
    def samples(self) -> bool:
        """Whether samples are drawn in place of an estimate."""
        return bool(self._output.setting == UNCERTAINTY)

    @property
    def options(self) -> dict[str, Any]:
        """Options of the chosen estimator, none for "auto"; or those of samples."""
        rows = self._shown()
        return rows.setting if rows else {}

    @options.setter
    def options(self, values: Mapping[str, Any]) -> None:
        rows = self._shown()
        if rows is None:
            name = self.choice.setting
            raise InputError(f"The estimator {name!r} has no options; choose another.")
        rows.setting = values

    def _shown(self) -> OptionRows | None:
        return self.sampling if self.samples else self.rows.get(self.choice.setting)

    def _follow(self) -> None:
        self._offer()
        self.choice.setEnabled(not self.samples)
        shown = self._shown()
        for rows in (*self.rows.values(), self.sampling):
            rows.set_visible(rows is shown)

    def _leave_misfit(self) -> None:
        """Go back to "auto" if the estimator cannot restore another degradation."""
        if not self.choice.model().item(self.choice.currentIndex()).isEnabled():
            self.choice.setting = "auto"

    def _offer(self) -> None:
        """Let only those be chosen that can restore the degradation."""
        fitting = self._degradations.fitting_estimators()
        for name in ESTIMATORS:
            place = self.choice.place(name)
            self.choice.model().item(place).setEnabled(name in fitting)
