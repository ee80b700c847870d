"""Line art: lines, polygons, round shapes, curves, plots, overlays."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from napari_flowprior.training.drawings._plane import (
    Plane,
    as_plane,
    chance,
    log_uniform,
)
from napari_flowprior.training.drawings._text import font, phrase
from napari_flowprior.training.drawings._textures import draw_cloud, draw_smooth

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "draw_curves",
    "draw_lines",
    "draw_overlay",
    "draw_plot",
    "draw_polygons",
    "draw_round",
]

_FINER = 4
"""Pixels that a pixel is the mean of, along each axis, where edges are grey."""


class _Canvas:
    """Draws in the units of pixels, with grey or with hard edges."""

    def __init__(self, rng: np.random.Generator, size: int, ground: int = 255) -> None:
        self.size = size
        self.scale = _FINER if chance(rng, 0.65) else 1
        self.image = Image.new("L", (size * self.scale,) * 2, ground)
        self.draw = ImageDraw.Draw(self.image)

    def points(self, rng: np.random.Generator, count: int) -> list[float]:
        """Return x and y of random points, some a little outside."""
        places = rng.uniform(-0.1, 1.1, 2 * count) * self.size * self.scale
        return [float(place) for place in places]

    def width(self, rng: np.random.Generator) -> int:
        """Return the width of a line, mostly thin."""
        return max(1, round(self.scale * log_uniform(rng, 0.6, 4)))

    def scaled(self, *places: float) -> list[float]:
        """Return places that are given in pixels."""
        return [place * self.scale for place in places]

    def write(self, x: float, y: float, text: str, height: int, ink: int) -> None:
        """Write text of some height at a place, all in pixels."""
        place = (x * self.scale, y * self.scale)
        self.draw.text(place, text, ink, font(height * self.scale))

    def plane(self) -> Plane:
        """Return what has been drawn."""
        image = self.image.reduce(self.scale) if self.scale > 1 else self.image
        return as_plane(np.asarray(image)) / np.float32(255)


def draw_lines(rng: np.random.Generator, size: int) -> Plane:
    """Draw straight lines, apart or joined."""
    canvas = _Canvas(rng, size)
    width = canvas.width(rng)
    if chance(rng, 0.3):
        canvas.draw.line(canvas.points(rng, int(rng.integers(3, 20))), 0, width)
        return canvas.plane()
    for _ in range(round(log_uniform(rng, 1, 25))):
        canvas.draw.line(canvas.points(rng, 2), _ink(rng), width)
    return canvas.plane()


def draw_polygons(rng: np.random.Generator, size: int) -> Plane:
    """Draw filled or empty polygons of three to six corners."""
    canvas = _Canvas(rng, size)
    for _ in range(int(rng.integers(1, 9))):
        corners = canvas.points(rng, int(rng.integers(3, 7)))
        fill = int(rng.integers(256)) if chance(rng, 0.6) else None
        canvas.draw.polygon(corners, fill, _ink(rng), canvas.width(rng))
    return canvas.plane()


def draw_round(rng: np.random.Generator, size: int) -> Plane:
    """Draw circles, rings, ellipses and arcs."""
    canvas = _Canvas(rng, size)
    for _ in range(int(rng.integers(1, 10))):
        x, y = canvas.points(rng, 1)
        a = canvas.scale * log_uniform(rng, 1.5, max(size / 1.5, 3))
        b = a if chance(rng, 0.6) else a * log_uniform(rng, 0.3, 1)
        box = (x - a, y - b, x + a, y + b)
        width = min(canvas.width(rng), math.ceil(b))
        if chance(rng, 0.2):
            first, length = rng.uniform(0, 360), rng.uniform(40, 320)
            canvas.draw.arc(box, first, first + length, _ink(rng), width)
            continue
        fill = int(rng.integers(256)) if chance(rng, 0.4) else None
        canvas.draw.ellipse(box, fill, _ink(rng), width)
    return canvas.plane()


def draw_curves(rng: np.random.Generator, size: int) -> Plane:
    """Draw smooth curves: ellipses whose radius varies, whole or in part."""
    canvas = _Canvas(rng, size)
    for _ in range(int(rng.integers(1, 8))):
        turn = np.linspace(0, rng.uniform(1, 2 * math.pi), 40)
        waves = turn[:, None] * np.arange(1, 5) + rng.uniform(0, 2 * math.pi, (2, 1, 4))
        reach = size / 3 / np.arange(1, 5) * rng.normal(size=(2, 1, 4))
        curve = (reach * np.cos(waves)).sum(2) + rng.uniform(0, size, (2, 1))
        points = canvas.scaled(*curve.T.ravel())
        canvas.draw.line(points, _ink(rng), canvas.width(rng), "curve")
    return canvas.plane()


def draw_plot(rng: np.random.Generator, size: int) -> Plane:
    """Draw part of a plot: axes with ticks, perhaps a grid and labels, and curves."""
    canvas = _Canvas(rng, size)
    left, bottom = size * rng.uniform(0.1, 0.5), size * rng.uniform(0.5, 0.9)
    step, thin = rng.uniform(4, 16), max(1, canvas.scale)
    length = size if chance(rng, 0.4) else 3
    for tick in np.arange(step, size, step):
        for line in (
            (left + tick, bottom + 3, left + tick, bottom - length),
            (left - 3, bottom - tick, left + length, bottom - tick),
        ):
            canvas.draw.line(canvas.scaled(*line), 160 if length > 3 else 0, thin)
    canvas.draw.line(canvas.scaled(left, 0, left, bottom, size, bottom), 0, thin)
    canvas.write(left - 4, bottom + 3, phrase(rng, 12), 9, 0)
    for _ in range(int(rng.integers(1, 4))):
        _curve(rng, canvas, left, bottom)
    return canvas.plane()


def _curve(
    rng: np.random.Generator, canvas: _Canvas, left: float, bottom: float
) -> None:
    """Draw a smooth or a rough curve above and beside a corner."""
    x = np.linspace(left, canvas.size, 40)
    swing = np.sin((x - left) * rng.uniform(0.02, 0.4) + rng.uniform(0, 6))
    swing = np.cumsum(rng.normal(0, 0.3, 40)) if chance(rng, 0.3) else swing
    y = bottom * (rng.uniform(0.2, 0.8) - 0.3 * swing)
    points = canvas.scaled(*np.stack([x, y], 1).ravel())
    canvas.draw.line(points, int(rng.integers(160)), canvas.width(rng), "curve")


def draw_overlay(rng: np.random.Generator, size: int) -> Plane:
    """Draw a scale bar, an arrow, a box or a label over a smooth or rough ground."""
    ground = draw_smooth(rng, size) if chance(rng, 0.5) else draw_cloud(rng, size)
    canvas = _Canvas(rng, size, 0)
    for _ in range(int(rng.integers(1, 4))):
        mark = _MARKS[rng.integers(len(_MARKS))]
        mark(rng, canvas)
    ink = canvas.plane()
    level = np.float32(chance(rng, 0.7))
    low, high = np.sort(rng.random(2)).astype(np.float32)
    return as_plane(ink * level + (1 - ink) * (low + (high - low) * ground))


def _bar(rng: np.random.Generator, canvas: _Canvas) -> None:
    x, y = rng.uniform(0.05, 0.7, 2) * canvas.size
    wide, high = canvas.size * rng.uniform(0.2, 0.6), rng.uniform(1, 5)
    canvas.draw.rectangle(canvas.scaled(x, y, x + wide, y + high), 255)


def _box(rng: np.random.Generator, canvas: _Canvas) -> None:
    x, y = rng.uniform(0, 0.7, 2) * canvas.size
    wide, high = canvas.size * rng.uniform(0.1, 0.6, 2)
    corners = canvas.scaled(x, y, x + wide, y + high)
    canvas.draw.rectangle(corners, None, 255, canvas.width(rng))


def _arrow(rng: np.random.Generator, canvas: _Canvas) -> None:
    tip, angle = rng.uniform(0.1, 0.9, 2) * canvas.size, rng.uniform(0, 2 * math.pi)
    long, wing = canvas.size * rng.uniform(0.2, 0.6), rng.uniform(3, 8)
    turns = angle + np.array([0, -0.4, 0.4])
    ends = tip + np.stack([np.cos(turns), np.sin(turns)], 1) * [[long], [wing], [wing]]
    tail, *wings = (canvas.scaled(*end) for end in ends)
    canvas.draw.line(canvas.scaled(*tip) + tail, 255, canvas.width(rng))
    canvas.draw.polygon(canvas.scaled(*tip) + wings[0] + wings[1], 255)


def _label(rng: np.random.Generator, canvas: _Canvas) -> None:
    x, y = rng.uniform(0, 0.6, 2) * canvas.size
    canvas.write(x, y, phrase(rng, 8), int(rng.integers(8, 20)), 255)


_MARKS: tuple[Callable[[np.random.Generator, _Canvas], None], ...]
_MARKS = (_bar, _box, _arrow, _label)


def _ink(rng: np.random.Generator) -> int:
    """Return black, or sometimes a grey."""
    return 0 if chance(rng, 0.8) else int(rng.integers(200))
