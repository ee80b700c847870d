"""Tiles of noisy images, as a prior sees them: to train on, and held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from napari_flowprior._errors import InputError
from napari_flowprior.adaptation._batch import NoisyBatch
from napari_flowprior.adaptation._noise_model import NoiseModel
from napari_flowprior.data import evenly_spaced
from napari_flowprior.restoration.engine._intensity_curve import CurvedScale
from napari_flowprior.restoration.engine._parts import Part

if TYPE_CHECKING:
    from numpy.typing import NDArray


__all__ = ["SIDE", "NoisyTiles"]

SIDE = 64
"""Of a tile, pixels."""

# Of all tiles side by side one in so many is held out, but no more than `_MOST`.
_ONE_IN, _MOST, _FEWEST = 4, 48, 3
_TRIES = 10_000
# Tiles of a part whose noise is measured.
_MEASURED = 32
# How far the variance of noise may be from what it is taken for: where flat tiles show
# within a twentieth of what was found or told, and it is white; and else, as where it
# is that of a curve, which may be wrong at some intensities.
_SURE, _AGREES, _WHITE, _UNSURE = 0.1, 0.95, 0.1, 0.25


class _Place(NamedTuple):
    """Where a tile lies: part, plane, and its corner."""

    part: int
    plane: int
    y: int
    x: int


@dataclass(frozen=True, eq=False)
class NoisyTiles:
    """Where tiles of noisy images are drawn, and which ones are held out.

    What is held out shares no pixel with what is drawn.

    Parameters
    ----------
    parts : sequence of Part
        Parts of images, each with its noise and its scale.
    device : torch.device
        Where tiles go.
    correlation : tuple of float
        Of the noise of neighbours, along Y and along X.

    Raises
    ------
    InputError
        If there are too few pixels.
    """

    parts: Sequence[Part]
    device: torch.device
    correlation: tuple[float, float] = (0.0, 0.0)
    _held: tuple[_Place, ...] = field(init=False)
    _models: tuple[NoiseModel, ...] = field(init=False)

    def __post_init__(self) -> None:
        places = [place for n in range(len(self.parts)) for place in self._grid(n)]
        number = min(_MOST, len(places) // _ONE_IN)
        if number < _FEWEST:
            raise InputError(
                f"There are {len(places)} tiles of {SIDE}x{SIDE} pixels, too few to "
                f"learn from and hold some out; take {_FEWEST * _ONE_IN} or more, as "
                "there are in larger images, or in several."
            )
        # In the middles of equal parts of them all.
        chosen = (np.arange(number) + 0.5) * len(places) / number
        held = tuple(places[int(k)] for k in chosen)
        object.__setattr__(self, "_held", held)
        models = tuple(self._model(n, places) for n in range(len(self.parts)))
        object.__setattr__(self, "_models", models)

    def _model(self, number: int, places: list[_Place]) -> NoiseModel:
        """Measure the noise of a part in evenly spread tiles of it."""
        own = [place for place in places if place.part == number]
        tiles = (self._read(place) for place in _spread(own, _MEASURED))
        return NoiseModel.of(self.parts[number], tiles)

    def _grid(self, number: int) -> list[_Place]:
        view = self.parts[number].view
        rows, columns = (range(0, side - SIDE + 1, SIDE) for side in view.shape)
        planes = range(view.samples)
        return [_Place(number, p, y, x) for p in planes for y in rows for x in columns]

    def held_out(self) -> NoisyBatch:
        """Return the tiles that are held out.

        Returns
        -------
        NoisyBatch
            At least three tiles, and at most 48.
        """
        return self._unturned(self._held)

    def spread(self) -> NoisyBatch:
        """Return tiles that are spread evenly, some of those that are held out too.

        Returns
        -------
        NoisyBatch
            At most 32 tiles.
        """
        places = [place for n in range(len(self.parts)) for place in self._grid(n)]
        return self._unturned(_spread(places, _MEASURED))

    @property
    def doubt(self) -> float:
        """How far the variance of the noise may be from what it is taken for."""
        curved = any(isinstance(part.scale, CurvedScale) for part in self.parts)
        agree = all(model.share >= _AGREES for model in self._models)
        white = max(self.correlation) < _WHITE
        return _SURE if agree and white and not curved else _UNSURE

    def _unturned(self, places: Sequence[_Place]) -> NoisyBatch:
        return self._batch([(place, self._read(place), 0) for place in places])

    def draw(self, rng: np.random.Generator, number: int) -> NoisyBatch:
        """Draw tiles, turned and flipped.

        Parameters
        ----------
        rng : numpy.random.Generator
            The only source of randomness.
        number : int
            How many.

        Returns
        -------
        NoisyBatch
            Tiles that share no pixel with those that are held out.
        """
        drawn = []
        for _ in range(number):
            place, turns = self._draw_place(rng), int(rng.integers(4))
            tile = np.rot90(self._read(place), turns, axes=(1, 2))
            tile = tile[..., ::-1] if rng.random() < 0.5 else tile
            drawn.append((place, np.ascontiguousarray(tile), turns))
        return self._batch(drawn)

    def _draw_place(self, rng: np.random.Generator) -> _Place:
        weights = np.array([self._places(n) for n in range(len(self.parts))], float)
        for _ in range(_TRIES):
            number = int(rng.choice(len(self.parts), p=weights / weights.sum()))
            view = self.parts[number].view
            y, x = (int(rng.integers(side - SIDE + 1)) for side in view.shape)
            place = _Place(number, int(rng.integers(view.samples)), y, x)
            if not any(_overlap(place, held) for held in self._held):
                return place
        raise InputError("No tile can be drawn between those that are held out.")

    def _places(self, number: int) -> int:
        view = self.parts[number].view
        height, width = (max(0, side - SIDE + 1) for side in view.shape)
        return view.samples * height * width

    def _read(self, place: _Place) -> NDArray[np.float32]:
        part = self.parts[place.part]
        ys, xs = (slice(start, start + SIDE) for start in (place.y, place.x))
        values = part.view.read(place.plane, ys, xs, np.float64)
        return part.scale.normalise(values, np.float32)

    def _batch(
        self, tiles: list[tuple[_Place, NDArray[np.float32], int]]
    ) -> NoisyBatch:
        parts = [self.parts[place.part] for place, _, _ in tiles]
        models = [self._models[place.part] for place, _, _ in tiles]
        levels = [m.map(t) for m, (_, t, _) in zip(models, tiles, strict=True)]
        # A quarter turn makes rows of columns.
        alike = [self.correlation[:: 1 - 2 * (turns % 2)] for _, _, turns in tiles]
        ends = [part.degradation.cut_off(part.scale.ends) for part in parts]
        return NoisyBatch(
            seen=torch.from_numpy(np.stack([tile for _, tile, _ in tiles])).to(
                self.device
            ),
            level=torch.from_numpy(np.stack(levels)).to(self.device),
            told=torch.tensor([m.told for m in models], device=self.device),
            clipped=torch.tensor(ends, device=self.device, dtype=torch.float32),
            correlation=torch.tensor(alike, device=self.device),
        )


def _overlap(one: _Place, other: _Place) -> bool:
    if (one.part, one.plane) != (other.part, other.plane):
        return False
    return abs(one.y - other.y) < SIDE and abs(one.x - other.x) < SIDE


def _spread(places: Sequence[_Place], most: int) -> list[_Place]:
    return [places[k] for k in evenly_spaced(len(places), most)]
