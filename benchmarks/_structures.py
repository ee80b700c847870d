"""Pictures of structures as microscopes show them, without noise: for training.

Each is a float image of values from 0 to about 1, drawn from a random generator, with
the blur of a point spread function of random width.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, map_coordinates, sobel
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    from collections.abc import Callable

Plane = NDArray[np.float64]
Generator = np.random.Generator
SIDE = 256
_MARGIN = 16
_FULL = SIDE + 2 * _MARGIN


def texture(rng: Generator, width: float) -> Plane:
    """Draw smooth noise of the scale `width` (pixels), spread over 0 to 1."""
    noise = gaussian_filter(rng.standard_normal((_FULL, _FULL)), width, mode="wrap")
    low, high = np.percentile(noise, (1, 99))
    return np.clip((noise - low) / (high - low), 0, 1)


def haze(rng: Generator) -> Plane:
    """Light from out of focus."""
    return texture(rng, rng.uniform(15, 60))


def _warped(rng: Generator, field: Plane, strength: float) -> Plane:
    """Bend a picture smoothly by about `strength` pixels."""
    grid = np.mgrid[:_FULL, :_FULL].astype(float)
    shifts = [strength * (2 * texture(rng, 12) - 1) for _ in range(2)]
    return map_coordinates(field, grid + np.array(shifts), order=1, mode="reflect")


def _splat(points: Plane, weights: Plane) -> Plane:
    """Add points (n, 2) to an image, each shared out to its four pixels."""
    image = np.zeros((_FULL, _FULL))
    inside = np.all((points >= 0) & (points < _FULL - 1), axis=1)
    points, weights = points[inside], weights[inside]
    corner = points.astype(int)
    part = points - corner
    for dy in (0, 1):
        for dx in (0, 1):
            share = np.abs(1 - dy - part[:, 0]) * np.abs(1 - dx - part[:, 1])
            np.add.at(image, (corner[:, 0] + dy, corner[:, 1] + dx), weights * share)
    return image


def filaments(rng: Generator) -> Plane:
    """Microtubules, actin, neurites: curves of some stiffness, with a width."""
    count, length = rng.integers(5, 70), rng.integers(150, 900)
    stiffness = rng.uniform(0.002, 0.03)
    turn = stiffness * rng.standard_normal((count, length)).cumsum(1)
    angle = rng.uniform(0, 2 * np.pi, (count, 1))
    if rng.random() < 0.4:
        angle = angle[0] + 0.3 * rng.standard_normal((count, 1))
    heading = angle + gaussian_filter(turn, (0, 10)) * 0.3
    step = 0.5 * np.stack([np.sin(heading), np.cos(heading)], -1)
    points = rng.uniform(0, _FULL, (count, 1, 2)) + step.cumsum(1)
    bright = rng.gamma(3, 1 / 3, (count, 1)) * np.ones((1, length))
    bright *= 0.6 + 0.8 * rng.random(bright.shape) * rng.integers(0, 2)
    image = _splat(points.reshape(-1, 2), bright.ravel())
    return gaussian_filter(image, rng.uniform(0.5, 2.5))


def spots(rng: Generator) -> Plane:
    """Vesicles, foci, beads: points of varying brightness, in clusters or not."""
    count = int(10 ** rng.uniform(1.3, 3.3))
    density = texture(rng, rng.uniform(5, 30)) ** 3 + 1e-3
    place = rng.choice(_FULL**2, count, p=(density / density.sum()).ravel())
    points = np.stack(np.unravel_index(place, (_FULL, _FULL)), -1) + rng.random(
        (count, 2)
    )
    image = np.zeros((_FULL, _FULL))
    for width in rng.uniform(0.7, 3, 2):
        chosen = rng.random(count) < 0.5
        image += width**2 * gaussian_filter(
            _splat(points[chosen], rng.gamma(1.5, 1, chosen.sum())), width
        )
    return image


def _outlines(rng: Generator, radius: float, count: int) -> tuple[Plane, Plane]:
    """Draw bodies with wobbly outlines: signed depth (pixels), and a value for each."""
    depth = np.full((_FULL, _FULL), -1e3)
    value = np.zeros((_FULL, _FULL))
    ys, xs = np.mgrid[:_FULL, :_FULL].astype(float)
    for cy, cx in rng.uniform(0, _FULL, (count, 2)):
        y, x = ys - cy, xs - cx
        turn, stretch = rng.uniform(0, np.pi), rng.uniform(1, 1.9)
        u = (y * np.cos(turn) + x * np.sin(turn)) * stretch
        v = x * np.cos(turn) - y * np.sin(turn)
        angle = np.arctan2(u, v)
        waves = rng.normal(0, 0.05, 4) * rng.integers(0, 2)
        phases = rng.uniform(0, 2 * np.pi, 4)
        wobble = sum(
            a * np.cos(k * angle + p)
            for k, (a, p) in enumerate(zip(waves, phases, strict=True), start=2)
        )
        this = radius * rng.uniform(0.7, 1.2) * (1 + wobble) - np.hypot(u, v)
        above = this > np.maximum(depth, 0)
        value[above] = rng.gamma(4, 0.25)
        depth = np.maximum(depth, this)
    return depth, value


def nuclei(rng: Generator) -> Plane:
    """Bodies with a texture, a rim or bright foci inside."""
    radius = rng.uniform(5, 32)
    count = max(3, int(rng.uniform(0.1, 0.7) * (_FULL / radius) ** 2 / 4))
    depth, value = _outlines(rng, radius, count)
    inside = np.clip(depth + 0.5, 0, 1)
    contrast = rng.uniform(0, 0.9)
    grain = texture(rng, rng.uniform(0.8, 5)) ** rng.uniform(0.7, 3)
    image = inside * value * (1 - contrast + contrast * grain)
    if rng.random() < 0.3:
        image += 0.7 * inside * value * np.exp(-((depth / rng.uniform(1, 3)) ** 2))
    if rng.random() < 0.3:
        image += 0.5 * inside * spots(rng)
    return gaussian_filter(image, rng.uniform(0.5, 2))


def membranes(rng: Generator) -> Plane:
    """Walls between cells: bright lines, with a fill of another level for each cell."""
    side = rng.uniform(10, 60)
    grid = np.mgrid[: _FULL + 60 : side, : _FULL + 60 : side].reshape(2, -1).T - 30
    centres = grid + rng.uniform(-0.5, 0.5, grid.shape) * side
    where = np.stack(np.mgrid[:_FULL, :_FULL], -1).reshape(-1, 2)
    distance, index = cKDTree(centres).query(where, k=2)
    gap = (distance[:, 1] - distance[:, 0]).reshape(_FULL, _FULL)
    fill = rng.random(len(centres))[index[:, 0]].reshape(_FULL, _FULL)
    wall = np.exp(-((gap / rng.uniform(1, 3.5)) ** 2))
    wall *= 0.5 + texture(rng, rng.uniform(3, 30))
    image = wall + rng.uniform(0, 0.8) * rng.integers(0, 2) * fill
    return gaussian_filter(_warped(rng, image, rng.uniform(0, 8)), rng.uniform(0.5, 2))


def grains(rng: Generator) -> Plane:
    """Phases of a material or a tissue: flat levels with sharp, wavy borders."""
    field = texture(rng, rng.uniform(3, 20))
    levels = np.sort(rng.random(rng.integers(2, 6)))
    parts = np.digitize(field, np.linspace(0, 1, len(levels) + 1)[1:-1])
    image = rng.permutation(levels)[parts]
    if rng.random() < 0.5:
        image = image + rng.uniform(0, 0.3) * texture(rng, rng.uniform(0.8, 4))
    return gaussian_filter(image, rng.uniform(0.3, 1.2))


def ultrastructure(rng: Generator) -> Plane:
    """Stained membranes in electron micrographs: dark walls, grey bodies, cristae."""
    image = 1 - 0.7 * membranes(rng) - 0.3 * texture(rng, rng.uniform(0.8, 2.5))
    depth, _ = _outlines(rng, rng.uniform(6, 20), rng.integers(3, 25))
    inside = np.clip(depth + 0.5, 0, 1)
    ridges = np.abs(2 * texture(rng, rng.uniform(1.5, 3)) - 1)
    image -= inside * rng.uniform(0.1, 0.4) * (1 + 0.5 * ridges)
    image -= 0.5 * np.exp(-((depth / 1.2) ** 2))
    return gaussian_filter(image, rng.uniform(0.5, 1.5))


def relief(rng: Generator) -> Plane:
    """Draw slopes, as differential interference contrast shows them."""
    height = gaussian_filter(nuclei(rng) + 0.3 * filaments(rng), rng.uniform(0.7, 2))
    slope = np.cos(turn := rng.uniform(0, np.pi)) * sobel(height, 0)
    return slope + np.sin(turn) * sobel(height, 1) + 0.2 * haze(rng)


DARK_FIELD = (filaments, spots, nuclei, membranes)
BRIGHT_FIELD = (grains, ultrastructure, relief)


def _scaled(image: Plane) -> Plane:
    low, high = np.percentile(image, (0.1, 99.8))
    return (image - low) / max(high - low, 1e-6)


def _fluorescence(rng: Generator) -> Plane:
    chosen = rng.choice(len(DARK_FIELD), rng.integers(1, 3), replace=False)
    image = sum(
        (rng.uniform(0.3, 1) * _scaled(DARK_FIELD[k](rng)) for k in chosen),
        np.zeros((_FULL, _FULL)),
    )
    return image + rng.uniform(0, 0.35) * haze(rng) * rng.integers(0, 2)


def _absorption(rng: Generator) -> Plane:
    draw: Callable[[Generator], Plane] = BRIGHT_FIELD[rng.integers(len(BRIGHT_FIELD))]
    return _scaled(draw(rng)) + rng.uniform(0, 0.3) * haze(rng)


def structure(seed: int) -> NDArray[np.uint8]:
    """Draw a picture, two in three of fluorescence, of 8 bits and side `SIDE`."""
    rng = np.random.default_rng(seed)
    image = _scaled((_fluorescence if rng.random() < 0.67 else _absorption)(rng))
    black, white = rng.uniform(0, 30), rng.uniform(120, 255)
    inner = image[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN]
    return np.clip(np.rint(black + (white - black) * inner), 0, 255).astype(np.uint8)
