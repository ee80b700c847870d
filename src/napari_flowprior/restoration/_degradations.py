"""What happened to an image, in the user's terms: names, units and masks."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from napari_flowprior._errors import InputError
from napari_flowprior.restoration._compression import JPEG
from napari_flowprior.restoration._degradation import Degradation
from napari_flowprior.restoration._likelihood import GaussianLikelihood
from napari_flowprior.restoration._noise_level import estimate_noise
from napari_flowprior.restoration._operators import Identity, Mask

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_flowprior.data import PlaneView
    from napari_flowprior.prior import FlowPrior

__all__ = ["DEGRADATIONS", "Inpaint", "Noise"]


def _check_sigma(sigma: float | None) -> None:
    if sigma is None:
        return
    if isinstance(sigma, bool) or not isinstance(sigma, int | float | np.number):
        raise InputError(f"sigma is {sigma!r}; it must be a number.")
    if not (math.isfinite(sigma) and sigma >= 0):
        raise InputError(f"sigma is {sigma}; it must be 0 or more, and finite.")


@dataclass(frozen=True)
class Noise(Degradation):
    """White Gaussian noise: ``y = x + n``, ``n ~ N(0, sigma^2)``.

    Parameters
    ----------
    sigma : float, optional
        Standard deviation in the image's own intensity units; None estimates it from
        the finest wavelet scale.

    Raises
    ------
    InputError
        If sigma is negative or not finite.
    """

    sigma: float | None = field(
        default=None,
        metadata={
            "label": "Noise level",
            "help": "Standard deviation of the noise, in the image's own units; "
            "estimated from the image if not given.",
            "min": 0.0,
        },
    )
    name: ClassVar[str] = "noise"
    label: ClassVar[str] = "Noise"

    def __post_init__(self) -> None:
        _check_sigma(self.sigma)

    def noise_level(self, view: PlaneView) -> float:
        return estimate_noise(view) if self.sigma is None else float(self.sigma)

    def likelihood(
        self, y: Tensor, sigma: float, **planes: Tensor
    ) -> GaussianLikelihood:
        return GaussianLikelihood(y, Identity(), sigma)

    def default_estimator(self, prior: FlowPrior) -> str:
        return "mmse" if prior.sigma_max > 0 else "map"

    def summary(self) -> dict[str, Any]:
        sigma = None if self.sigma is None else float(self.sigma)
        return {"name": self.name, "sigma": sigma}


@dataclass(frozen=True, eq=False)
class Inpaint(Degradation):
    """Holes: ``y = m (x + n)``, where the mask says which pixels are missing.

    Parameters
    ----------
    mask : array_like of bool
        True where a pixel is missing. Of the image's shape, of that shape without the
        colour axis, or (Y, X) for all planes.
    sigma : float
        Standard deviation of the noise of the other pixels, in the image's own units;
        0 keeps them as they are.

    Raises
    ------
    InputError
        If the mask is not boolean, or marks everything, or sigma is negative.
    """

    mask: Any
    sigma: float = field(
        default=0.0,
        metadata={
            "label": "Noise level",
            "help": "Standard deviation of the noise of the pixels that are not "
            "missing, in the image's own units; 0 keeps them as they are.",
            "min": 0.0,
        },
    )
    name: ClassVar[str] = "inpaint"
    label: ClassVar[str] = "Holes"

    def __post_init__(self) -> None:
        _check_sigma(self.sigma)
        if self.sigma is None:
            raise InputError("sigma is None; give the noise level, 0 for none.")
        if not hasattr(self.mask, "dtype"):
            object.__setattr__(self, "mask", np.asarray(self.mask))
        if self.mask.dtype != np.bool_:
            raise InputError(
                f"The mask has type {self.mask.dtype}; pass booleans, True where a "
                "pixel is missing (for labels: labels > 0)."
            )
        if bool(np.asarray(self.mask).all()):
            raise InputError(
                "The mask marks every pixel as missing; mark those to be filled only."
            )

    def noise_level(self, view: PlaneView) -> float:
        return float(self.sigma)

    def planes(self, view: PlaneView) -> dict[str, PlaneView]:
        return {"missing": self.missing(view)}

    def missing(self, view: PlaneView) -> PlaneView:
        return view.like(self.mask)

    def likelihood(
        self, y: Tensor, sigma: float, **planes: Tensor
    ) -> GaussianLikelihood:
        known = planes["missing"] < 0.5
        # What lies under a hole may be NaN, and NaN times zero is NaN.
        seen = torch.where(known, y, 0.0)
        return GaussianLikelihood(seen, Mask(known), sigma)

    def default_estimator(self, prior: FlowPrior) -> str:
        return "map" if prior.sigma_max > 0 else "latent-map"

    def summary(self) -> dict[str, Any]:
        holes = float(np.asarray(self.mask, dtype=bool).mean())
        return {"name": self.name, "sigma": float(self.sigma), "missing": holes}


DEGRADATIONS: Mapping[str, type[Degradation]] = MappingProxyType(
    {kind.name: kind for kind in (Noise, Inpaint, JPEG)}
)
"""Degradations by the name that the command line and the widget use."""
