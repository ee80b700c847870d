"""Where in a set of images patches may lie, and what is held out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Place", "Region", "Regions", "Split", "splits"]

# Numbers of images, or planes, from which whole ones are held out.
_MANY, _SOME = 10, 4
# Heights, in patches, from which strips are.
_HIGH, _LOWEST = 4, 2


@dataclass(frozen=True)
class Place:
    """Where a patch lies.

    Parameters
    ----------
    image, sample, y, x : int
        Number of the image, of its plane, and the corner in pixels.
    """

    image: int
    sample: int
    y: int
    x: int


@dataclass(frozen=True, eq=False)
class Region:
    """Part of an image: some of its planes, and rows of them.

    Parameters
    ----------
    image : int
        Number of the image.
    samples : ndarray of int
        The planes.
    rows : range
        The rows.
    width : int
        Columns.
    """

    image: int
    samples: NDArray[np.int64]
    rows: range
    width: int

    def places(self, size: int) -> int:
        """Count the places for a patch."""
        fitting = (len(self.rows) - size + 1) * (self.width - size + 1)
        return len(self.samples) * max(0, fitting)

    @property
    def pixels(self) -> int:
        """Area in pixels."""
        return len(self.samples) * len(self.rows) * self.width


@dataclass(frozen=True, eq=False)
class Split:
    """What is trained on and what is held out.

    Parameters
    ----------
    training, held_out : list of Region
        The same ones if nothing is held out.
    words : str
        What is held out, for a person; empty if nothing is.
    """

    training: list[Region]
    held_out: list[Region]
    words: str


class Regions:
    """Regions to draw from, uniformly over all places of a patch.

    Parameters
    ----------
    regions : sequence of Region
        The regions.
    size : int
        Side of a patch in pixels.
    """

    def __init__(self, regions: Sequence[Region], size: int) -> None:
        self.regions = [region for region in regions if region.places(size)]
        self.size = size
        places = np.array([region.places(size) for region in self.regions], float)
        self._cumulated = np.cumsum(places) / max(1.0, places.sum())

    def __len__(self) -> int:
        return len(self.regions)

    @property
    def pixels(self) -> int:
        """Area in pixels."""
        return sum(region.pixels for region in self.regions)

    def draw(self, rng: np.random.Generator) -> Place:
        """Draw a place.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of randomness.

        Returns
        -------
        Place
            The place.
        """
        chosen = int(np.searchsorted(self._cumulated, rng.random(), side="right"))
        region = self.regions[min(chosen, len(self.regions) - 1)]
        sample = int(region.samples[rng.integers(len(region.samples))])
        y = region.rows.start + int(rng.integers(len(region.rows) - self.size + 1))
        x = int(rng.integers(region.width - self.size + 1))
        return Place(region.image, sample, y, x)


def splits(regions: Sequence[Region], size: int, fraction: float) -> Iterator[Split]:
    """Propose what to hold out, best first.

    Whole images where there are many, or else a strip of rows of every plane, since
    planes of a stack resemble their neighbours, or else whole planes. A strip is never
    lower than a patch, and so not for low images, where it would take too much.

    Parameters
    ----------
    regions : sequence of Region
        All there is, an image each.
    size : int
        Side of a patch in pixels.
    fraction : float
        How much to hold out.

    Yields
    ------
    Split
        Never one that leaves nothing to train on. The last one holds nothing out.
    """
    for many, patches_high in ((_MANY, _HIGH), (_SOME, _LOWEST), (2, None)):
        if len(regions) >= many:
            yield _whole_images(regions, fraction)
        if patches_high and any(len(r.rows) >= patches_high * size for r in regions):
            least = patches_high * size
            yield _strips(regions, size, fraction, least, lowest=True)
            yield _strips(regions, size, fraction, least, lowest=False)
        if any(len(region.samples) >= many for region in regions):
            yield _planes(regions, many, fraction)
    yield Split(list(regions), list(regions), "")


def _whole_images(regions: Sequence[Region], fraction: float) -> Split:
    chosen = set(_spread(len(regions), fraction).tolist())
    left = [region for i, region in enumerate(regions) if i not in chosen]
    held = [regions[i] for i in sorted(chosen)]
    return Split(left, held, f"{len(held)} of {len(regions)} images")


def _strips(
    regions: Sequence[Region], size: int, fraction: float, least: int, *, lowest: bool
) -> Split:
    left, held = [], []
    for region in regions:
        height = len(region.rows)
        if height < least:
            left.append(region)
            continue
        strip = min(height - size, max(size, round(fraction * height)))
        cut = height - strip if lowest else strip
        parts = [replace(region, rows=rows) for rows in _cut(region.rows, cut)]
        left.append(parts[0 if lowest else 1])
        held.append(parts[1 if lowest else 0])
    return Split(left, held, f"the {'lowest' if lowest else 'uppermost'} rows")


def _cut(rows: range, cut: int) -> tuple[range, range]:
    return rows[:cut], rows[cut:]


def _planes(regions: Sequence[Region], least: int, fraction: float) -> Split:
    left, held = [], []
    for region in regions:
        if len(region.samples) < least:
            left.append(region)
            continue
        chosen = _spread(len(region.samples), fraction)
        left.append(replace(region, samples=np.delete(region.samples, chosen)))
        held.append(replace(region, samples=region.samples[chosen]))
    return Split(left, held, f"{sum(len(r.samples) for r in held)} planes")


def _spread(number: int, fraction: float) -> NDArray[np.int64]:
    """Choose evenly spaced ones of two or more, and leave some."""
    held = min(number - 1, max(1, round(fraction * number)))
    return np.linspace(0, number, held + 2)[1:-1].round().astype(np.int64)
