"""Quantisation to few grey levels, which makes bands in what was smooth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import numpy as np

from napari_flowprior._options import Hint
from napari_flowprior.restoration.degradations._base import Degradation
from napari_flowprior.restoration.degradations._lattice import (
    MOST_BITS,
    Lattice,
    find_lattice,
)
from napari_flowprior.restoration.degradations._observation import Observation
from napari_flowprior.restoration.likelihoods import LEVEL_PER_CELL, RoundedLikelihood
from napari_flowprior.restoration.operators import Identity

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from napari_flowprior.data import PlaneView

__all__ = ["Levels", "Quantized"]

# Of neighbouring pixels that differ, the share that differ by one step. In photographs
# of 4 bits 0.46 to 0.98 do, in drawings whose edges are steep 0 to 0.15.
_BANDED = 0.25
_LOOKED_AT = 2048
# Of a grey level, and of a cell: what single precision may lose.
_SLACK, _SLACK_SHARE = 0.02, 1e-3


@dataclass(frozen=True)
class Levels:
    """The levels of an image, as a transform that puts values into their cells' middle.

    Parameters
    ----------
    lattice : Lattice
        The levels.
    middle : float
        From a level to the middle of its cell.
    room : float
        How far apart the ends of a cell are, less what the rounding of the result to
        the type of the image may add.
    """

    lattice: Lattice
    middle: float
    room: float

    def forward(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the middle of the cell of each value."""
        return self.lattice.nearest(values) + self.middle

    def inverse(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the values as they are."""
        return values

    @property
    def noise_level(self) -> float:
        """Noise level that the rounding looks like, in the image's own units."""
        return LEVEL_PER_CELL * self.room


@dataclass(frozen=True)
class Quantized(Degradation):
    """Quantisation: intensities were rounded, which shows as bands.

    What was rounded to a level lies in its cell, and so does the result: rounded again,
    also after it was rounded to the type of the image, it gives the same image. In the
    cells, it is the posterior mean of the image with its rounding taken for noise of a
    level in proportion to the step. (More steps of splitting, or noise added to break
    up the bands, came out worse on photographs, by 0.5 dB and more.)

    Drawings of few levels have none in between, and are left as they are: images in
    which less than a quarter of the neighbours that differ do so by one step, and, if
    the number of bits is not given, those of two values.

    Parameters
    ----------
    bits : int, optional
        How many bits the image has over the range of its type, 1 to 15; None finds the
        levels from the values of the pixels.
    rounding : {"nearest", "down"}
        Whether a level is the middle of what was rounded to it, or its lowest value, as
        when the last bits were cut off.

    Raises
    ------
    InputError
        If there is no such number of bits, or rounding.
    """

    bits: Annotated[
        int | None,
        Hint(
            label="Bits",
            help="Bits of the image over the range of its type; found from the pixels "
            "if not given.",
            least=1,
            most=MOST_BITS,
        ),
    ] = None
    rounding: Annotated[
        Literal["nearest", "down"],
        Hint(
            label="Rounding",
            help="Whether values were rounded to the nearest level, or down, as "
            "when the last bits are cut off.",
        ),
    ] = "nearest"
    name: ClassVar[str] = "quantized"
    label: ClassVar[str] = "Quantisation"
    only_noise: ClassVar[bool] = True
    rounds: ClassVar[bool] = True
    widenings: ClassVar[tuple[tuple[float, float], ...]] = (
        (2.6, 2.2),
        (5.7, 2.1),
        (12.7, 4.4),
    )

    def observe(self, view: PlaneView, missing: PlaneView | None = None) -> Observation:
        levels = self._levels(view, missing)
        said = self.summary() | {"step": levels.lattice.step}
        return Observation(level=levels.noise_level, transform=levels, provenance=said)

    def _levels(self, view: PlaneView, missing: PlaneView | None) -> Levels:
        """Find the levels of an image."""
        lattice = find_lattice(view, self.bits, missing)
        # A cell of integers from a to b ends there, and only values within are safe.
        apart, slack = 1.0, _SLACK
        if view.dtype.kind == "f":
            apart, slack = 0.0, _SLACK_SHARE * lattice.step
        middle = (lattice.step - apart) / 2 if self.rounding == "down" else 0.0
        levels = Levels(lattice, middle, lattice.step - apart - 2 * slack)
        if not self._banded(view, lattice):
            levels = Levels(lattice, 0.0, 0.0)
        return levels

    def _banded(self, view: PlaneView, lattice: Lattice) -> bool:
        """Tell whether values lie between levels, as far as neighbours can tell."""
        block = view.glimpse(_LOOKED_AT)
        places = np.rint((block - lattice.origin) / lattice.step)
        if self.bits is None and np.ptp(places) < 2:
            return False
        steps = [np.abs(np.diff(places, axis=axis)).ravel() for axis in (1, 2)]
        apart = np.concatenate(steps)
        return bool((apart == 1).sum() > _BANDED * (apart > 0).sum())

    def likelihood(
        self, y: Tensor, sigma: float, **planes: Tensor
    ) -> RoundedLikelihood:
        return RoundedLikelihood(y, Identity(), sigma)

    def summary(self) -> dict[str, Any]:
        return {"name": self.name, "bits": self.bits, "rounding": self.rounding}
