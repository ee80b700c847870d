"""A degradation that nobody else knows: all that a new one takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np

from napari_flowprior._options import INTENSITY
from napari_flowprior.restoration import Degradation, Hint, Observation, estimate_noise

if TYPE_CHECKING:
    from napari_flowprior.data import PlaneView

__all__ = ["Stripes"]


@dataclass(frozen=True)
class Stripes(Degradation):
    """Noise in some of the lines of a detector.

    Parameters
    ----------
    sigma : float, optional
        Standard deviation of the noise in these lines; None estimates it.
    period : int
        How far they are apart.
    along : {"rows", "columns"}
        Which lines are noisy.
    last : bool
        Whether it is the last of `period` lines, and not the first one.
    """

    sigma: Annotated[
        float | None,
        Hint(label="Noise level", help="Noise.", least=0, unit=INTENSITY),
    ] = None
    period: Annotated[
        int, Hint(label="Period", help="Distance of lines.", least=2, most=9)
    ] = 2
    along: Annotated[
        Literal["rows", "columns"], Hint(label="Along", help="Which lines.")
    ] = "rows"
    last: Annotated[bool, Hint(label="Last", help="Of a period.", flag="last_line")] = (
        False
    )
    name: ClassVar[str] = "stripes"
    label: ClassVar[str] = "Noisy lines"
    task: ClassVar[str] = "Denoise"
    only_noise: ClassVar[bool] = True

    @property
    def uneven(self) -> bool:
        return True

    @property
    def open(self) -> bool:
        return self.sigma is None

    def observe(self, view: PlaneView, missing: PlaneView | None = None) -> Observation:
        level = estimate_noise(view) if self.sigma is None else self.sigma
        levels = np.zeros(view.shape)
        lines = slice(self.period - 1 if self.last else 0, None, self.period)
        (levels if self.along == "rows" else levels.T)[lines] = level
        planes = {"levels": view.like(levels)}
        said = {**self.summary(), "period": self.period}
        return Observation(level=level, planes=planes, provenance=said)
