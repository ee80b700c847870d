"""Which image is returned: an estimator and its options, or those of samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject

from napari_flowprior._errors import InputError
from napari_flowprior._widgets.fields import OptionRows, kind_choice
from napari_flowprior._widgets.restore._intervals import INTERVAL
from napari_flowprior._widgets.restore._tips import ESTIMATOR_TIPS
from napari_flowprior.restoration import ESTIMATORS, Sampling

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_flowprior._widgets.fields import Choice, Rows
    from napari_flowprior._widgets.restore._degradations import Degradations

__all__ = ["UNCERTAINTY", "Estimators"]

UNCERTAINTY = "uncertainty"
"""The output that samples are drawn for, beside the image."""


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
    """

    sampling: OptionRows

    def __init__(self, degradations: Degradations, output: Choice) -> None:
        super().__init__()
        self._degradations = degradations
        self._output = output
        self.choice = kind_choice(
            ESTIMATORS,
            ESTIMATOR_TIPS,
            {"auto": "auto"},
            name="estimator",
            label="Estimator",
        )
        self.rows: dict[str, OptionRows] = {}
        self._folded = True

    def add_rows(self, form: Rows) -> None:
        """Prepare the rows of all estimators, in a part that is folded away at first.

        Those of the chosen one are shown.
        """
        self.rows |= {name: OptionRows(kind, form) for name, kind in ESTIMATORS.items()}
        self.sampling = OptionRows(Sampling, form)
        for choice in (self.choice, self._output):
            choice.changed.connect(self._follow)
        self._degradations.changed.connect(self._follow)
        self._degradations.changed.connect(self._leave_misfit)
        self._follow()

    def unfold(self) -> None:
        """Make the rows that are to be seen, now that they can be."""
        self._folded = False
        self._follow()

    @property
    def samples(self) -> bool:
        """Whether samples are drawn in place of an estimate."""
        return self._output.value in (UNCERTAINTY, INTERVAL)

    @property
    def options(self) -> dict[str, Any]:
        """Options of the chosen estimator, none for "auto"; or those of samples."""
        rows = self._shown()
        return rows.value if rows else {}

    @options.setter
    def options(self, values: Mapping[str, Any]) -> None:
        rows = self._shown()
        if rows is None:
            name = self.choice.value
            raise InputError(f"The estimator {name!r} has no options; choose another.")
        rows.value = values

    def _shown(self) -> OptionRows | None:
        return self.sampling if self.samples else self.rows.get(self.choice.value)

    def _follow(self) -> None:
        self._offer()
        self.choice.enabled = not self.samples
        shown = self._shown()
        for rows in (*self.rows.values(), self.sampling):
            rows.set_visible(rows is shown, folded=self._folded)

    def _leave_misfit(self) -> None:
        """Go back to "auto" if the estimator cannot restore another degradation."""
        if not self._item(self.choice.value).isEnabled():
            self.choice.value = "auto"

    def _offer(self) -> None:
        """Let only those be chosen that can restore the degradation."""
        fitting = self._degradations.fitting_estimators()
        for name in ESTIMATORS:
            self._item(name).setEnabled(name in fitting)

    def _item(self, name: str) -> Any:
        return self.choice.native.model().item(self.choice.place(name))
