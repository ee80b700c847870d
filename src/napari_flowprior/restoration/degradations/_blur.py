"""Images that are out of focus or shaken."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from napari_flowprior._errors import InputError
from napari_flowprior._options import INTENSITY, Hint
from napari_flowprior.restoration.degradations._base import (
    DefaultEstimator,
    Degradation,
)
from napari_flowprior.restoration.degradations._observation import Observation
from napari_flowprior.restoration.degradations._psf import (
    check_psf,
    gaussian_psf,
    motion_psf,
)
from napari_flowprior.restoration.noise import estimate_with_rounding, rounding_level
from napari_flowprior.restoration.operators import Convolution, richardson_lucy

if TYPE_CHECKING:
    from napari_flowprior.data import PlaneView
    from napari_flowprior.priors import FlowPrior

__all__ = ["Blur"]

# An image shows points if Richardson-Lucy makes it so many times brighter.
_POINTS, _STEPS_TO_POINTS = 3.0, 50
# Most of what is around them is darker than this share of the range.
_DARK = 0.1
# Half the side of what is looked at around the brightest pixel.
_AROUND = 64


@dataclass(frozen=True, eq=False)
class Blur(Degradation):
    """Blur and noise: ``y = psf * x + n``, ``n ~ N(0, sigma^2)``, plane by plane.

    The point spread function is one of three: an array, a Gaussian, or the path of a
    motion. Beyond its borders the scene is taken to be mirrored. The result has the
    light of the image, and is nowhere darker than black, or than a dark field that
    fills half of a plane.

    A point spread function that is too wide makes any deconvolution blow up. If the
    spectrum of the image says so, a narrower copy is used, and a warning tells how much
    narrower. If the result still has far more detail than 10 steps of Richardson-Lucy
    find, these are the result.

    Parameters
    ----------
    psf : array_like, optional
        Point spread function, (Y, X): sides of at most 65 pixels, sum 1. Its centre is
        the pixel ``side // 2``, as `numpy.fft.fftshift` has it; even sides get a row or
        column of zeros at their end.
    gaussian : float, optional
        Standard deviation of a Gaussian, pixels.
    motion : float, optional
        Length of a straight motion, pixels.
    angle : float
        Direction of the motion in degrees: 0 along rows, 90 along columns,
        counter-clockwise as seen on a screen.
    sigma : float, optional
        Standard deviation of the noise in the image's own units; None estimates it.
        Images of integers have that of their rounding at least, 0.29, which to undo a
        blur would blow up.

    Raises
    ------
    InputError
        If there is no point spread function or more than one, or a value makes no
        sense.
    """

    psf: Annotated[
        Any,
        Hint(
            label="PSF",
            help="Image of the point spread function: sides of up to 65 pixels, "
            "centred at half their length, with the sum 1.",
            array="psf",
        ),
    ] = None
    gaussian: Annotated[
        float | None,
        Hint(
            label="Gaussian",
            help="Standard deviation of a Gaussian blur.",
            unit="pixels",
            none="none",
            least=0.1,
            most=10.0,
        ),
    ] = None
    motion: Annotated[
        float | None,
        Hint(
            label="Motion",
            help="Length of a blur by straight motion.",
            unit="pixels",
            none="none",
            least=0.1,
            most=64.0,
        ),
    ] = None
    angle: Annotated[
        float,
        Hint(
            label="Angle",
            help="Direction of the motion, counter-clockwise; 0 is along rows.",
            unit="degrees",
            least=-360.0,
            most=360.0,
        ),
    ] = 0.0
    sigma: Annotated[
        float | None,
        Hint(
            label="Noise level",
            help="Standard deviation of the noise; estimated from the image if "
            "not given.",
            least=0.0,
            unit=INTENSITY,
        ),
    ] = None
    kernel: NDArray[np.float64] = field(init=False, repr=False)
    """The point spread function, (Y, X), of sum 1."""

    name: ClassVar[str] = "blur"
    label: ClassVar[str] = "Blur"
    task: ClassVar[str] = "Deblur"
    whole_planes: ClassVar[bool] = True
    linear: ClassVar[bool] = True
    widenings: ClassVar[tuple[tuple[float, float], ...]] = (
        (2.0, 2.1),
        (5.0, 2.7),
        (10.0, 3.1),
        (25.0, 4.1),
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        ways = ("psf", "gaussian", "motion")
        given = [way for way in ways if getattr(self, way) is not None]
        if len(given) != 1:
            said = " and ".join(given) if given else "none of them"
            raise InputError(
                "Say how the image was blurred by one of psf, gaussian (width) and "
                f"motion (length); given is {said}."
            )
        object.__setattr__(self, "kernel", self._kernel())

    @classmethod
    def example(cls) -> Blur:
        return cls(gaussian=1.0, sigma=1.0)

    def _kernel(self) -> NDArray[np.float64]:
        if self.gaussian is not None:
            return gaussian_psf(self.gaussian, "gaussian")
        if self.motion is not None:
            return motion_psf(self.motion, self.angle, "motion")
        return check_psf(self.psf)

    @property
    def open(self) -> bool:
        return self.sigma is None

    def observe(self, view: PlaneView, missing: PlaneView | None = None) -> Observation:
        if self.sigma is None:
            level = estimate_with_rounding(view)
        else:
            level = max(self.sigma, rounding_level(view))
        return Observation(level=level, provenance=self.summary())

    def observe_among(self, view: PlaneView, missing: PlaneView | None) -> Observation:
        # Without the noise of rounding, which comes in the end.
        return Observation(level=self.sigma or 0.0, provenance=self.summary())

    def scene_range(
        self, view: PlaneView, low: float, high: float
    ) -> tuple[float, float]:
        # Points of light are far brighter than what a blur makes of them.
        part = _brightest_part(view)
        brightest = low
        if np.median(part) - low < _DARK * (high - low) and part.max() > low:
            y = torch.from_numpy(part)[None, None]
            operator = self.operator(part.shape, y)
            sharp = richardson_lucy(y, operator, low, _STEPS_TO_POINTS)
            brightest = float(sharp.max())
        points = brightest - low > _POINTS * (high - low)
        return low, brightest if points else high

    def operator(self, size: tuple[int, int], like: Tensor) -> Convolution:
        kernel = torch.from_numpy(self.kernel).to(like.device, like.dtype)
        return Convolution(kernel, size)

    def default_estimator(self, prior: FlowPrior) -> DefaultEstimator:
        # Less weight lets the prior run away under motion, more smooths Gaussian blur.
        return DefaultEstimator("hqs", {"prior_weight": 0.4})

    def summary(self) -> dict[str, Any]:
        how: dict[str, Any] = {"psf": list(self.kernel.shape)}
        if self.gaussian is not None:
            how = {"gaussian": self.gaussian}
        if self.motion is not None:
            how = {"motion": self.motion, "angle": self.angle}
        return {"name": self.name, **how, "sigma": self.sigma}


def _brightest_part(view: PlaneView) -> NDArray[np.float64]:
    """Return the surroundings of the brightest pixel, (Y, X)."""
    best, place = -math.inf, (0, 0, 0)
    for sample, rows in view.bands():
        band = view.read(sample, rows, slice(None), np.float64).max(0)
        if band.max() > best:
            row, column = divmod(int(band.argmax()), band.shape[1])
            best, place = float(band.max()), (sample, rows.start + row, column)
    sample, *centre = place
    ys, xs = (slice(max(c - _AROUND, 0), c + _AROUND) for c in centre)
    return np.ascontiguousarray(view.read(sample, ys, xs, np.float64).max(0))
