"""The range of intensities of an image as its user wants it found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from napari_flowprior._errors import InputError
from napari_flowprior.data._intensity_range import UsedRange, image_range, surveyed

if TYPE_CHECKING:
    from collections.abc import Generator

    from napari_flowprior.data._view import PlaneView

__all__ = ["ChosenRange", "RangeKind"]

RangeKind = Literal["auto", "type", "percentiles", "min-max"]
"""How black and white are found: of the type of the image, or of its values."""

# What finds them of an image that was surveyed.
_RANGES: dict[RangeKind, str] = {
    "auto": "used",
    "type": "of_type",
    "percentiles": "percentiles",
    "min-max": "extremes",
}


@dataclass(frozen=True)
class ChosenRange:
    """How black and white are found, and where they lie if that is known.

    Parameters
    ----------
    kind : {"auto", "type", "percentiles", "min-max"}
        "auto" is as `image_range` finds it, or what is used of it; "type" all that the
        type can hold, [0, 1] for floating values; "percentiles" 0.1 and 99.9;
        "min-max" the least and the largest value.
    black, white : float, optional
        Ends of the range that are known, in the units of the image.

    Raises
    ------
    InputError
        If black is no less than white.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior import Run
    >>> from napari_flowprior.data import ChosenRange, PlaneView
    >>> view = PlaneView(np.arange(64.0).reshape(8, 8), "YX")
    >>> Run(ChosenRange("min-max", black=-10).find(view)).result
    UsedRange(low=-10.0, high=63.0, ends=(False, False))
    """

    kind: RangeKind = "auto"
    black: float | None = None
    white: float | None = None

    def __post_init__(self) -> None:
        known = self.black is not None and self.white is not None
        if known and not self.black < self.white:  # type: ignore[operator]
            raise InputError(
                f"Black is {self.black:g} and white {self.white:g}; black must be less."
            )

    def find(
        self, view: PlaneView, missing: PlaneView | None = None, *, used: bool = False
    ) -> Generator[None, None, UsedRange]:
        """Find the range of an image, a band of rows at a time.

        Parameters
        ----------
        view : PlaneView
            The image, without values that are no numbers where it is not missing.
        missing : PlaneView, optional
            True where a pixel is missing and does not count.
        used : bool
            Whether "auto" is what the image uses of the range of its type. A dim image
            of 8 bits uses a few of their levels, and a prior that sees it from black to
            white knows it better.

        Returns
        -------
        UsedRange
            Black and white, and whether noise is cut off there: a prior has to be told
            where a part of the pixels is at a limit of the type, such as 0.

        Yields
        ------
        None
            After each band of rows.

        Raises
        ------
        InputError
            If what was found lies on the wrong side of what is known.
        """
        if self.kind == "auto" and not used:
            low, high = yield from image_range(view, missing=missing)
            ends = False, False
        else:
            found = yield from surveyed(view, missing)
            low, high = getattr(found, _RANGES[self.kind])
            ends = found.cut_off(low, high)
        dark = low if self.black is None else float(self.black)
        bright = high if self.white is None else float(self.white)
        if not dark < bright:
            raise InputError(
                f"The image would be black at {dark:g} and white at {bright:g}; black "
                "must be less, so change what you chose, or choose both."
            )
        cut = ends[0] and dark == low, ends[1] and bright == high
        return UsedRange(dark, bright, cut)
