"""Images that were compressed with loss: JPEG."""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np

from napari_flowprior._errors import InputError
from napari_flowprior._options import Hint
from napari_flowprior.restoration.degradations._base import (
    DefaultEstimator,
    Degradation,
)
from napari_flowprior.restoration.degradations._observation import Observation
from napari_flowprior.restoration.jpeg import JPEGTables, closest_subsampling
from napari_flowprior.restoration.likelihoods import GREY_LEVELS, CellLikelihood

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from napari_flowprior.data import PlaneView
    from napari_flowprior.priors import FlowPrior

__all__ = ["JPEG"]

# Levels of `SampledMean` for colours, whose chroma was rounded more coarsely than what
# the level is taken from, luma: as chosen on photographs that are not reported.
_COLOUR_LEVELS = MappingProxyType({"first": 2.0, "last": 1.0})


@dataclass(frozen=True)
class JPEG(Degradation):
    """JPEG artefacts: the DCT coefficients of blocks were rounded.

    The original lies in the cells of images that are compressed to the same file, and
    so does the result, by default the posterior mean as `SampledMean` has it. Rounded
    to 8 bits, the result compresses to the same coefficients up to a quality of about
    75; above, where steps are as small as the rounding, some differ. So may those of
    blocks with pixels that were cut off at black or white, and of blocks that are cut
    at the border, as nobody knows what is missing. Where an
    estimator asks what noise the artefacts look like, that is of the level
    ``3.1 s^0.41`` grey levels, where s is the standard deviation of the rounding of low
    frequencies; the formula is fitted to photographs. For colours, chains of the
    default estimator begin and end at higher multiples of it, as chroma is rounded more
    coarsely than luma.

    Parameters
    ----------
    quality : int, optional
        libjpeg's quality, 1 to 100; None estimates it from the pixels, which must lie
        as they were decoded: neither resized nor turned, and not cropped but by
        multiples of 16 pixels.
    tables : JPEGTables, optional
        What the file says, in place of the quality.

    Raises
    ------
    InputError
        If the quality is none, or given together with tables.
    """

    quality: Annotated[
        int | None,
        Hint(
            label="JPEG quality",
            flag="jpeg_quality",
            help="Quality at which the image was compressed; read from "
            "the file or estimated from the pixels if not given.",
            least=1,
            most=100,
        ),
    ] = None
    tables: JPEGTables | None = None
    name: ClassVar[str] = "jpeg"
    label: ClassVar[str] = "JPEG artefacts"
    task: ClassVar[str] = "JPEG artefacts"
    whole_planes: ClassVar[bool] = True
    rounds: ClassVar[bool] = True
    hides_noise: ClassVar[bool] = True
    told_by: ClassVar[str] = "JPEG"
    widenings: ClassVar[tuple[tuple[float, float], ...]] = (
        (5.2, 1.35),
        (7.0, 1.55),
        (11.0, 2.0),
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.tables, JPEGTables | None):
            raise InputError(
                f"The JPEG tables are {self.tables!r}; pass what JPEGTables.from_file "
                "reads from the file."
            )
        if self.quality is not None and self.tables is not None:
            raise InputError("Give the JPEG quality or the tables, not both.")

    def told_by_file(self, path: Path, shape: tuple[int, int]) -> JPEG:
        if self.quality is not None or self.tables is not None:
            return self
        return JPEG(tables=JPEGTables.from_file(path, shape=shape))

    def observe(self, view: PlaneView, missing: PlaneView | None = None) -> Observation:
        return Observation(level=self._level(view), provenance=self.summary())

    def _level(self, view: PlaneView) -> float:
        """Return how strong noise is that looks like the artefacts."""
        _check(view)
        whole = slice(None)
        plane = view.read(view.samples // 2, whole, whole, np.uint8)
        steps = self._tables(plane).steps[0]
        rows, columns = np.indices(steps.shape)
        rounding = steps[rows + columns < 5].mean() / math.sqrt(12)
        return float(3.1 * rounding**0.41)

    def likelihood(self, y: Tensor, sigma: float, **planes: Tensor) -> CellLikelihood:
        pixels = (y[0] * GREY_LEVELS).round().cpu().numpy().astype(np.uint8)
        return CellLikelihood(y, self._tables(pixels), sigma)

    def default_estimator(self, prior: FlowPrior) -> DefaultEstimator:
        levels = _COLOUR_LEVELS if prior.channels == 3 else {}
        return DefaultEstimator("sampled-mean", levels)

    def summary(self) -> dict[str, Any]:
        tables = "as given" if self.tables is not None else None
        return {"name": self.name, "quality": self.quality, "tables": tables}

    def _tables(self, pixels: np.ndarray[Any, Any]) -> JPEGTables:
        """Find the tables of a plane, (C, H, W)."""
        grey = len(pixels) == 1
        if self.tables is not None:
            # Of a grey image that is kept as colours, all is in Y.
            return JPEGTables(self.tables.luminance) if grey else self.tables
        if self.quality is not None and grey:
            return JPEGTables.from_quality(self.quality, grey=True)
        image = pixels[0] if grey else pixels.transpose(1, 2, 0)
        if self.quality is None:
            return JPEGTables.estimate(image)
        subsampling = closest_subsampling(image, self.quality)
        return JPEGTables.from_quality(
            self.quality, grey=False, subsampling=subsampling
        )


def _check(view: PlaneView) -> None:
    if view.dtype != np.uint8:
        raise InputError(
            f"JPEG artefacts are of images of 8 bits, and this one is {view.dtype}; "
            "open the JPEG file itself."
        )
    if view.apart:
        raise InputError(
            "JPEG compresses the three colours of an image together; choose a prior "
            "for colour images, such as photo-rgb."
        )
