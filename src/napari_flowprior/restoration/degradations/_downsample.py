"""Images of too few pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from napari_flowprior._errors import InputError
from napari_flowprior._options import INTENSITY, Hint
from napari_flowprior.restoration.degradations._base import (
    DefaultEstimator,
    Degradation,
)
from napari_flowprior.restoration.degradations._observation import Observation
from napari_flowprior.restoration.noise import estimate_with_rounding
from napari_flowprior.restoration.operators import Decimation, output_geometry

if TYPE_CHECKING:
    from torch import Tensor

    from napari_flowprior.data import PlaneView
    from napari_flowprior.priors import FlowPrior

__all__ = ["Downsample"]

_LARGEST = 8


@dataclass(frozen=True, eq=False)
class Downsample(Degradation):
    """Super-resolution: ``y = S x + n``, where x has more pixels than y.

    S filters and takes every factor-th pixel, see `Decimation`. The result has `factor`
    times as many rows and columns. The first pixel of y lies in the middle of the first
    factor x factor pixels of the result or, where pixels were left out, it is the one
    of them that `phase` says.

    Parameters
    ----------
    factor : int
        How many pixels of the result one of the image is, along each axis: 2 to 8.
    antialias : bool
        Whether the image was filtered before (bicubically) or every factor-th pixel
        of a sharp one was taken.
    phase : int
        Which of `factor` pixels was taken, without `antialias`: the image is
        ``x[phase::factor, phase::factor]``, from 0, the first one, to factor - 1.
    sigma : float, optional
        Standard deviation of the noise in the image's own units; 0 makes the result
        agree with the image exactly, None estimates it.

    Raises
    ------
    InputError
        If the factor, the phase or sigma cannot be used.
    """

    factor: Annotated[
        int,
        Hint(
            label="Factor",
            help="How many times as many rows and columns the result gets.",
            least=2,
            most=_LARGEST,
        ),
    ] = 2
    antialias: Annotated[
        bool,
        Hint(
            label="Antialias",
            help="On: the image was filtered before it was made smaller, as cameras "
            "and good programs do. Off: pixels were left out.",
        ),
    ] = True
    phase: Annotated[
        int,
        Hint(
            label="Pixel kept",
            help="Which of the pixels was kept where others were left out (without "
            "antialias), of as many as the factor: 0 is the first.",
            least=0,
            most=_LARGEST - 1,
        ),
    ] = 0
    sigma: Annotated[
        float | None,
        Hint(
            label="Noise level",
            help="Standard deviation of the noise; 0 agrees with the image exactly.",
            least=0.0,
            unit=INTENSITY,
        ),
    ] = 0.0
    name: ClassVar[str] = "downsample"
    label: ClassVar[str] = "Super-resolution"
    task: ClassVar[str] = "Super-resolution"
    whole_planes: ClassVar[bool] = True
    enlarges: ClassVar[bool] = True
    linear: ClassVar[bool] = True
    widenings: ClassVar[tuple[tuple[float, float], ...]] = (
        (1.0, 1.5),
        (5.0, 2.1),
        (10.0, 2.6),
        (25.0, 3.4),
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.phase >= self.factor:
            raise InputError(
                f"phase is {self.phase}; it must be a whole number from 0 to "
                f"{self.factor - 1}, as the factor is {self.factor}."
            )
        if self.phase and self.antialias:
            raise InputError(
                f"phase is {self.phase}, but pixels that were filtered lie in the "
                "middle of their block; leave it out, or turn antialias off."
            )

    @property
    def enlargement(self) -> int:
        return self.factor

    def geometry(
        self, scale: tuple[float, ...], translate: tuple[float, ...]
    ) -> tuple[tuple[float, ...], tuple[float, ...]]:
        chosen = self.factor, self.antialias, self.phase
        return output_geometry(scale, translate, *chosen)

    @property
    def open(self) -> bool:
        return self.sigma is None

    def observe(self, view: PlaneView, missing: PlaneView | None = None) -> Observation:
        self._check_size(view)
        level = estimate_with_rounding(view) if self.sigma is None else self.sigma
        return Observation(level=level, provenance=self.summary())

    def observe_among(self, view: PlaneView, missing: PlaneView | None) -> Observation:
        self._check_size(view)
        return Observation(level=self.sigma or 0.0, provenance=self.summary())

    def _check_size(self, view: PlaneView) -> None:
        if min(view.shape) < self.factor:
            raise InputError(
                f"The factor is {self.factor}, which is more than the image of "
                f"{view.shape[0]}x{view.shape[1]} pixels has; choose a smaller one."
            )

    def operator(self, size: tuple[int, int], like: Tensor) -> Decimation:
        fine = size[0] * self.factor, size[1] * self.factor
        return Decimation(self.factor, fine, self.antialias, self.phase)

    def default_estimator(self, prior: FlowPrior) -> DefaultEstimator:
        # Pixels that were left out are holes in a grid.
        return DefaultEstimator("hqs" if self.antialias else "annealing")

    def summary(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "factor": self.factor,
            "antialias": self.antialias,
            "phase": self.phase,
            "sigma": self.sigma,
        }
