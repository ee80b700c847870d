"""The noise level of noisy images, where it can be told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari_flowprior._options import options
from napari_flowprior._widgets.fields import LateRows
from napari_flowprior._widgets.train._rows import SCRATCH
from napari_flowprior.training import TrainJob, load_recipe

if TYPE_CHECKING:
    from napari_flowprior._widgets.fields import Rows

__all__ = ["NoiseRow"]


class NoiseRow:
    """A row that is there where a prior is trained from nothing on noisy images.

    Where one is adapted, the noise is found out from the images alone.

    Parameters
    ----------
    rows : Rows
        Where the row goes, after ``images``.
    fields : dict
        Fields of the form by name, which ``sigma`` is added to.
    """

    def __init__(self, rows: Rows, fields: dict[str, Any]) -> None:
        self._fields = fields
        self._late = LateRows(rows, after=fields["images"])
        self._late.add_option(
            next(each for each in options(TrainJob) if each.name == "sigma")
        )
        fields |= self._late.fields
        for name in ("images", "start"):
            fields[name].changed.connect(self._follow)
        self._follow()

    @property
    def told(self) -> float | None:
        """The noise level; None if it is to be found, or does not matter."""
        sigma: float | None = self._fields["sigma"].value
        return sigma if self._matters() else None

    def _matters(self) -> bool:
        start = str(self._fields["start"].value)
        if self._fields["images"].value != "noisy" or not start.startswith(SCRATCH):
            return False
        return load_recipe(start.removeprefix(SCRATCH)).source == "images"

    def _follow(self) -> None:
        self._late.show_row("sigma", self._matters())
