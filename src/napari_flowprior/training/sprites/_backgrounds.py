"""Random textured backgrounds of sprites."""

from __future__ import annotations

import colorsys
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari_flowprior.training.sprites._shapes import Colour

__all__ = ["draw_background", "hsv"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class _Grid:
    """Where the pixels are, in units of the drawing, and how wide a pixel is."""

    x: Array
    y: Array
    extent: float
    pixel: float

    def turned(self, angle: float) -> tuple[Array, Array]:
        cosine, sine = math.cos(angle), math.sin(angle)
        return self.x * cosine + self.y * sine, self.y * cosine - self.x * sine


def hsv(hue: float, saturation: float, value: float) -> Colour:
    """Return a colour.

    Parameters
    ----------
    hue, saturation, value : float
        The hue in turns, the others in [0, 1].

    Returns
    -------
    ndarray of float64, shape (3,)
        Red, green and blue.
    """
    return np.array(colorsys.hsv_to_rgb(hue % 1, saturation, value))


def draw_background(rng: np.random.Generator, size: int, extent: float) -> Array:
    """Draw a pattern of some kind in two colours or more, with uneven light.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    size : int
        Width and height in pixels.
    extent : float
        Width and height in units of the drawing.

    Returns
    -------
    ndarray of float64, shape (size, size, 3)
        Red, green and blue, about in [0, 1].
    """
    places = (np.arange(size, dtype=np.float64) + 0.5) * (extent / size)
    grid = _Grid(places[None, :], places[:, None], extent, extent / size)
    kind = _KINDS[int(rng.integers(len(_KINDS)))]
    image = kind(rng, grid)
    light = 1 + rng.uniform(0, 0.25) * _ramp(rng, grid)
    grain = rng.uniform(0, 0.12) * _clouds(rng, size, int(rng.integers(4, 20)))
    return image * (light + grain)[..., None]


def _palette(rng: np.random.Generator) -> tuple[Colour, Colour]:
    """Return two colours that go together and are not alike."""
    hue, apart = rng.random(), rng.choice([0.0, 0.06, 0.12, 0.5])
    saturation = rng.uniform(0.1, 0.75, 2)
    value = rng.uniform(0.25, 0.95)
    other = value - 0.3 if value > 0.6 else value + 0.3
    return hsv(hue, saturation[0], value), hsv(hue + apart, saturation[1], other)


def _mix(first: Colour, second: Colour, fraction: Array) -> Array:
    return first + (second - first) * fraction[..., None]


def _wave(phase: Array, sharp: float) -> Array:
    """Return stripes of period 1, from 0 to 1, with edges of a given sharpness."""
    return np.clip(0.5 + sharp * (np.abs(phase % 1 - 0.5) - 0.25), 0, 1)


def _ramp(rng: np.random.Generator, grid: _Grid) -> Array:
    """Return values from -1 to 1 that rise in some direction."""
    across, _ = grid.turned(rng.uniform(0, 2 * math.pi))
    low, high = float(across.min()), float(across.max())
    return (2 * across - low - high) / (high - low)


def _clouds(rng: np.random.Generator, size: int, cells: int) -> Array:
    """Return smooth noise from -1 to 1."""
    places = np.linspace(0, cells - 1e-3, size)
    left = places.astype(np.intp)
    weight = places - left
    weight = weight * weight * (3 - 2 * weight)
    knots = rng.uniform(-1, 1, (cells + 1, cells + 1))
    rows = knots[left] + weight[:, None] * (knots[left + 1] - knots[left])
    columns: Array = rows[:, left] + weight * (rows[:, left + 1] - rows[:, left])
    return columns


def _gradient(rng: np.random.Generator, grid: _Grid) -> Array:
    return _mix(*_palette(rng), (1 + _ramp(rng, grid)) / 2)


def _glow(rng: np.random.Generator, grid: _Grid) -> Array:
    x, y = rng.uniform(0.2, 0.8, 2) * grid.extent
    distance = np.sqrt((grid.x - x) ** 2 + (grid.y - y) ** 2)
    reach = rng.uniform(0.6, 1) * grid.extent
    rings = int(rng.integers(4, 9)) if rng.random() < 0.5 else 0
    fraction = np.clip(distance / reach, 0, 1)
    if rings:
        fraction = np.floor(fraction * rings) / rings
    return _mix(*_palette(rng), fraction)


def _checks(rng: np.random.Generator, grid: _Grid) -> Array:
    period = rng.uniform(8, 26)
    angle = rng.choice([0.0, 0.0, math.pi / 4, rng.uniform(0, math.pi)])
    x, y = grid.turned(angle)
    sharp = period / grid.pixel
    across, down = _wave(x / period, sharp), _wave(y / period, sharp)
    return _mix(*_palette(rng), across + down - 2 * across * down)


def _stripes(rng: np.random.Generator, grid: _Grid) -> Array:
    period = rng.uniform(5, 20)
    x, y = grid.turned(rng.uniform(0, math.pi))
    bend = rng.choice([0.0, 0.0, rng.uniform(1, 4)])
    phase = (x + bend * np.sin(y * (2 * math.pi / rng.uniform(12, 40)))) / period
    return _mix(*_palette(rng), _wave(phase, period / grid.pixel))


def _plaid(rng: np.random.Generator, grid: _Grid) -> Array:
    first, second = _palette(rng)
    period = rng.uniform(8, 22)
    x, y = grid.turned(rng.choice([0.0, math.pi / 4]))
    sharp = period / grid.pixel
    both = _wave(x / period, sharp) + _wave(y / period, sharp)
    thin = _wave(x / period * 2 + 0.3, sharp / 2) * 0.2
    return _mix(first, second, both / 2 * 0.8 + thin)


def _bricks(rng: np.random.Generator, grid: _Grid) -> Array:
    height = rng.uniform(5, 11)
    width = height * rng.uniform(1.4, 2.4)
    joint = rng.uniform(0.7, 1.4)
    mortar, stone = _palette(rng)
    y = (grid.y + rng.uniform(0, height)) / height
    row = np.floor(y)
    x = (grid.x + rng.uniform(0, width)) / width + 0.5 * (row % 2)
    column = np.floor(x)
    inside = np.minimum(
        (0.5 - np.abs(x - column - 0.5)) * width,
        (0.5 - np.abs(y - row - 0.5)) * height,
    )
    tones = rng.uniform(0.75, 1.15, (32, 32))
    tone = tones[row.astype(int) % 32, column.astype(int) % 32]
    cover = np.clip(0.5 + (inside - joint / 2) / grid.pixel, 0, 1)
    edge = 1 + 0.15 * np.clip(1 - (y - row) * height / 2.5, 0, 1)
    shade: Array = 1 + cover * (tone * edge - 1)
    return _mix(mortar, stone, cover) * shade[..., None]


def _noise(rng: np.random.Generator, grid: _Grid) -> Array:
    size, cells = round(grid.extent / grid.pixel), int(rng.integers(3, 9))
    noise = _clouds(rng, size, cells) + 0.5 * _clouds(rng, size, 2 * cells)
    noise += 0.25 * _clouds(rng, size, 4 * cells)
    if rng.random() < 0.4:
        noise = np.round(2 * noise) / 2
    return _mix(*_palette(rng), np.clip(0.5 + 0.6 * noise, 0, 1))


def _stars(rng: np.random.Generator, grid: _Grid) -> Array:
    dark = hsv(rng.uniform(0.5, 0.85), rng.uniform(0.4, 0.9), rng.uniform(0.08, 0.3))
    glow = hsv(rng.uniform(0.5, 1), 0.6, rng.uniform(0.2, 0.5))
    image = _mix(dark, glow, (1 + _ramp(rng, grid)) / 2)
    number = int(rng.integers(25, 70))
    x, y = rng.uniform(0, grid.extent, (2, number))
    reach = rng.uniform(0.4, 1.1, number)
    # Separable spots: the sum over all stars is one product of matrices.
    across = np.exp(-(((grid.x.T - x) / reach) ** 2))
    down = np.exp(-(((grid.y - y) / reach) ** 2))
    light = np.clip(down @ across.T * 1.2, 0, 1)
    return _mix_image(image, hsv(rng.random(), 0.15, 1), light)


def _dots(rng: np.random.Generator, grid: _Grid) -> Array:
    period = rng.uniform(7, 18)
    x, y = grid.turned(rng.uniform(0, math.pi))
    x, y = (x / period) % 1 - 0.5, (y / period) % 1 - 0.5
    distance = (np.sqrt(x**2 + y**2) - rng.uniform(0.18, 0.42)) * period
    return _mix(*_palette(rng), np.clip(0.5 - distance / grid.pixel, 0, 1))


def _hills(rng: np.random.Generator, grid: _Grid) -> Array:
    sky, haze = _palette(rng)
    image = _mix(sky, haze, np.broadcast_to(grid.y / grid.extent, (grid.y.size,) * 2))
    hue, saturation, value = rng.random(), rng.uniform(0.2, 0.7), rng.uniform(0.4, 0.9)
    layers = int(rng.integers(2, 5))
    for layer in range(layers):
        level = (0.4 + 0.5 * layer / layers) * grid.extent
        ridge = _ridge(rng, grid, level)
        cover = np.clip(0.5 + (grid.y - ridge) / grid.pixel, 0, 1)
        image = _mix_image(image, hsv(hue, saturation, value), cover)
        value, hue = value * 0.8, hue + 0.03
    return image


def _ridge(rng: np.random.Generator, grid: _Grid, level: float) -> Array:
    phases, waves = rng.uniform(0, 2 * math.pi, 3), rng.uniform(0.5, 1.5, 3)
    ridge = np.full_like(grid.x, level)
    for octave, (phase, wave) in enumerate(zip(phases, waves, strict=True)):
        frequency = 2 * math.pi * wave * 2**octave / grid.extent
        ridge += 5 / 2**octave * np.sin(grid.x * frequency + phase)
    return ridge


def _mix_image(image: Array, colour: Colour, cover: Array) -> Array:
    mixed: Array = image + (colour - image) * cover[..., None]
    return mixed


_KINDS: tuple[Callable[[np.random.Generator, _Grid], Array], ...] = (
    _gradient,
    _glow,
    _checks,
    _stripes,
    _plaid,
    _bricks,
    _noise,
    _stars,
    _dots,
    _hills,
)
