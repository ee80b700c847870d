"""Inpainting: pixels that are missing, and what fills them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from napari_flowprior._checks import as_array
from napari_flowprior._errors import InputError
from napari_flowprior._options import INTENSITY, Hint
from napari_flowprior.restoration.degradations._bad_pixels import find_bad_pixels
from napari_flowprior.restoration.degradations._base import (
    DefaultEstimator,
    Degradation,
)
from napari_flowprior.restoration.degradations._observation import Observation
from napari_flowprior.restoration.likelihoods import GaussianLikelihood
from napari_flowprior.restoration.operators import Mask

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_flowprior.data import PlaneView
    from napari_flowprior.priors import FlowPrior

__all__ = ["Inpaint"]

_ADVICE = "pass a mask that is True where a pixel is missing"


@dataclass(frozen=True, eq=False)
class Inpaint(Degradation):
    """Inpainting: ``y = m (x + n)``, where m is 0 in the holes and 1 elsewhere.

    Missing are the pixels that a mask marks, those that are NaN and, if asked for, dead
    and hot ones, which are found by how they stand out (`find_bad_pixels`).

    Holes of any size are filled by `Annealing`. `LatentMAP`, which keeps to images of
    the flow, is 0.3 dB worse even in squares of 24 pixels and takes 12 times as long
    (``benchmarks/tasks.py``, squares), so that it is chosen for priors that know no
    noise alone.

    Parameters
    ----------
    mask : array_like of bool, optional
        True where a pixel is missing. Of the image's shape, of that shape without the
        colour axis, or (Y, X) for all planes.
    sigma : float
        Standard deviation of the noise of the other pixels, in the image's own units;
        0 keeps them as they are.
    bad_pixels : bool
        Whether to look for dead and hot pixels, too.

    Raises
    ------
    InputError
        If the mask is not boolean, or marks everything, or sigma is negative.
    """

    mask: Annotated[
        Any,
        Hint(
            label="Mask",
            help="Image that is not zero where a pixel is missing; pixels that are "
            "NaN are missing without it.",
            array="mask",
        ),
    ] = None
    sigma: Annotated[
        float,
        Hint(
            label="Noise level",
            help="Standard deviation of the noise of the pixels that are not "
            "missing; 0 keeps them as they are.",
            least=0.0,
            unit=INTENSITY,
        ),
    ] = 0.0
    bad_pixels: Annotated[
        bool,
        Hint(
            label="Bad pixels",
            help="Look for dead and hot pixels, and restore them too.",
        ),
    ] = False
    name: ClassVar[str] = "inpaint"
    label: ClassVar[str] = "Inpainting"
    task: ClassVar[str] = "Inpaint"
    masks: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.mask is None:
            return
        if not hasattr(self.mask, "dtype"):
            object.__setattr__(self, "mask", as_array("The mask", self.mask))
        if self.mask.dtype != np.bool_:
            raise InputError(
                f"The mask has type {self.mask.dtype}; pass booleans, True where a "
                "pixel is missing (for labels: labels > 0)."
            )
        if bool(np.asarray(self.mask).all()):
            raise InputError(
                "The mask marks every pixel as missing; mark those to be filled only."
            )

    def observe(self, view: PlaneView, missing: PlaneView | None = None) -> Observation:
        holes = self.missing(view) if missing is None else missing
        said = self.summary() | {"missing": self._share(holes)}
        return Observation(
            level=self.sigma, planes={"missing": holes}, missing=holes, provenance=said
        )

    def missing(self, view: PlaneView) -> PlaneView:
        marks = [] if self.mask is None else [view.like(self.mask).array]
        if self.bad_pixels:
            marks.append(find_bad_pixels(view))
        image = view.array if view.dtype.kind == "f" else None
        if image is None and not marks:
            raise InputError(
                f"The image is of type {view.dtype}, which has no NaN to mark holes; "
                f"{_ADVICE}, or have dead and hot pixels looked for (bad_pixels)."
            )
        return view.like(_Holes(image, marks, tuple(view.array.shape)))

    def likelihood(
        self, y: Tensor, sigma: float, **planes: Tensor
    ) -> GaussianLikelihood:
        known = planes["missing"] < 0.5
        # What lies under a hole may be NaN, and NaN times zero is NaN.
        seen = torch.where(known, y, 0.0)
        return GaussianLikelihood(seen, Mask(known), sigma)

    def default_estimator(self, prior: FlowPrior) -> DefaultEstimator:
        return DefaultEstimator("annealing" if prior.sigma_max > 0 else "latent-map")

    def summary(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "sigma": self.sigma,
            "mask": self.mask is not None,
            "bad_pixels": self.bad_pixels,
        }

    def _share(self, holes: PlaneView) -> float:
        """Return the share of the holes; refuse none, unless a mask says so, or all."""
        seen = np.zeros(holes.samples, dtype=np.int64)
        total = 0
        for sample, ys in holes.bands():
            band = holes.read(sample, ys, slice(None), bool)
            seen[sample] += np.count_nonzero(~band)
            total += band.size
        missing = total - int(seen.sum())
        if not seen.all():
            empty = int(np.flatnonzero(seen == 0)[0]) + 1
            where = f"plane {empty} of {len(seen)}" if seen.any() else "the image"
            raise InputError(
                f"Every pixel of {where} is missing, so that nothing is known of it; "
                "leave it out, or pass one with fewer holes."
            )
        if missing == 0 and self.mask is None:
            also = " and none is dead or hot" if self.bad_pixels else ""
            raise InputError(
                f"The image has no holes: no pixel is NaN{also}; {_ADVICE}."
            )
        return missing / total


@dataclass(frozen=True, eq=False)
class _Holes:
    """A mask that is made when it is read, so that none of the image's size is held."""

    image: Any
    marks: list[Any]
    shape: tuple[int, ...]
    dtype: ClassVar[np.dtype[np.bool_]] = np.dtype(bool)

    def __getitem__(self, key: Any, /) -> NDArray[np.bool_]:
        found = [np.asarray(marks[key], dtype=bool) for marks in self.marks]
        if self.image is not None:
            found.append(np.isnan(np.asarray(self.image[key])))
        holes: NDArray[np.bool_] = np.logical_or.reduce(found)
        return holes
