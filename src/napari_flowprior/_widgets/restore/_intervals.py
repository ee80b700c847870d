"""Intervals of intensities: the field of their coverage, and their ends as images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np

from napari_flowprior._hints import Hint
from napari_flowprior._widgets.fields import OptionRows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from magicgui.widgets import Widget

    from napari_flowprior._widgets.fields import Rows
    from napari_flowprior.restoration import PosteriorResult

__all__ = ["INTERVAL", "Coverage", "IntervalResult", "with_interval"]

INTERVAL = "interval"
"""The output that is an image with the ends of an interval around it."""


@dataclass(frozen=True, kw_only=True)
class Interval:
    """What is to be said of an interval.

    Parameters
    ----------
    coverage : float
        Share of the true intensities that shall lie inside.
    """

    coverage: Annotated[
        float,
        Hint(
            label="Coverage",
            help="Share of the true intensities that the intervals shall hold; the "
            "higher it is, the wider they are",
            least=0.01,
            most=0.999,
            step=0.05,
        ),
    ] = 0.9


class Coverage:
    """The field of the coverage, with a row once it is wanted.

    Parameters
    ----------
    rows : Rows
        Where the row is added.
    output : Choice
        What is wanted; the row comes after it.
    """

    def __init__(self, rows: Rows, output: Widget) -> None:
        self._output = output
        self._rows = OptionRows(Interval, rows, after=output)
        output.changed.connect(self._follow)

    @property
    def value(self) -> float:
        """The share, above 0 and below 1."""
        return float(self._rows.kept.get("coverage", Interval().coverage))

    @value.setter
    def value(self, share: float) -> None:
        self._rows.value = {"coverage": share}

    @property
    def wanted(self) -> float | None:
        """The share; None if no intervals are wanted."""
        return self.value if self._output.value == INTERVAL else None

    @property
    def kept(self) -> dict[str, Any]:
        """What is to be remembered of it."""
        return self._rows.kept

    def recall(self, kept: Mapping[str, Any]) -> None:
        """Set it as it was kept; what makes no sense is passed over."""
        self._rows.recall(kept)

    def _follow(self) -> None:
        self._rows.set_visible(self._output.value == INTERVAL)


@dataclass(frozen=True, kw_only=True)
class IntervalResult:
    """A restored image, and between which intensities the true image should lie.

    Parameters
    ----------
    mean, lower, upper : ndarray
        Of one shape, in the image's own units.
    provenance : dict
        That of the mean, with ``coverage``.
    """

    mean: Any
    lower: Any
    upper: Any
    provenance: dict[str, Any]


def with_interval(result: PosteriorResult, coverage: float) -> IntervalResult:
    """Find the ends of the interval of each pixel.

    Parameters
    ----------
    result : PosteriorResult
        What was found out from samples.
    coverage : float
        Share of the true intensities that shall lie inside.

    Returns
    -------
    IntervalResult
        The ends are float32; those of RGB images, of which a viewer shows only what
        their type holds, of the type of the mean, rounded outwards.
    """
    lower, upper = result.interval(coverage)
    whole = result.mean.dtype.kind in "iu"
    if whole and "S" in result.provenance["axes"]:
        least, most = np.iinfo(result.mean.dtype).min, np.iinfo(result.mean.dtype).max
        rounded = np.floor(lower), np.ceil(upper)
        lower, upper = (
            end.clip(least, most).astype(result.mean.dtype) for end in rounded
        )
    return IntervalResult(
        mean=result.mean,
        lower=lower,
        upper=upper,
        provenance={**result.provenance, "coverage": coverage},
    )
