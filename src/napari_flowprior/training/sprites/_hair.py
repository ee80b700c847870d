"""Hair and hats of sprites."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from napari_flowprior.training.sprites._shapes import Capsule, Colour, Frame

__all__ = ["BACKS", "HATS", "RADIUS", "TOPS", "cap"]

RADIUS = 7.6
"""Of a head."""


def cap(frame: Frame, colour: Colour, below: float, grow: float = 0.8) -> Capsule:
    """Cover the head down to some way below its centre."""
    radius = RADIUS + grow
    return frame.blob((0, 2), (0, 1), (radius, radius), colour, cut=below)


def _short(frame: Frame, colour: Colour, turn: float) -> list[Capsule]:
    return [cap(frame, colour, -2.2), *_locks(frame, colour)]


def _locks(frame: Frame, colour: Colour) -> list[Capsule]:
    return [
        frame.blob((7.4 * side, 2.5), (7.2 * side, -2.2), (1.7, 0.9), colour, 0.6)
        for side in (-1, 1)
    ]


def _parted(frame: Frame, colour: Colour, turn: float) -> list[Capsule]:
    side = 1 if turn >= 0 else -1
    part = (2.5 * side, 6.4)
    return [
        cap(frame, colour, -3.4),
        *_locks(frame, colour),
        frame.blob(part, (-6.0 * side, 2.2), (2.8, 1.6), colour, 0.7),
        frame.blob(part, (6.6 * side, 3.0), (2.4, 1.4), colour, 0.7),
    ]


def _spikes(frame: Frame, colour: Colour, turn: float) -> list[Capsule]:
    spikes = [
        frame.blob(
            (5.5 * math.sin(angle), 1.5 + 5.5 * math.cos(angle)),
            (12 * math.sin(angle), 1.5 + 11 * math.cos(angle)),
            (2.8, 0.4),
            colour,
        )
        for angle in (-1.4, -0.85, -0.3, 0.3, 0.85, 1.4)
    ]
    fringe = [
        frame.blob((x, 5.0), (x + 0.8, 1.9), (1.9, 0.4), colour, 0.5)
        for x in (-4.5, -1.5, 1.5, 4.5)
    ]
    return [*spikes, cap(frame, colour, -3.2, 0.3), *fringe]


def _mohawk(frame: Frame, colour: Colour, turn: float) -> list[Capsule]:
    x = turn
    return [frame.blob((x, 5.5), (-x, 10.5), (2.6, 2.0), colour)]


def _long(frame: Frame, colour: Colour, turn: float) -> list[Capsule]:
    fall = frame.blob((0, 1), (0, -8.5), (9.2, 6.8), colour)
    strands = [
        frame.blob((x, -3), (0.9 * x, -12.5), (2.2, 1.2), colour, 0.5)
        for x in (-6.0, 6.0, -2.2, 2.2)
    ]
    return [fall, *strands]


def _tail(frame: Frame, colour: Colour, turn: float) -> list[Capsule]:
    side = -1 if turn > 0 else 1
    root = (7.0 * side, 5.0)
    return [frame.blob(root, (11.5 * side, -6), (2.8, 1.4), colour)]


def _bunches(frame: Frame, colour: Colour, turn: float) -> list[Capsule]:
    return [
        frame.blob((8.2 * side, 2.5), (11.0 * side, -6.5), (2.8, 2.2), colour)
        for side in (-1, 1)
    ]


def _bun(frame: Frame, colour: Colour, turn: float) -> list[Capsule]:
    return [frame.blob((0, 10.2), (0, 10.8), (3.4, 3.2), colour)]


def _cloud(frame: Frame, colour: Colour, turn: float) -> list[Capsule]:
    return [frame.blob((0, 2.2), (0, 1.2), (11.0, 10.0), colour)]


def _helmet(frame: Frame, colour: Colour, turn: float) -> list[Capsule]:
    return [
        cap(frame, colour, -2.6, 1.5),
        frame.blob((0, 5), (0, 11), (1.3, 1.5), 0.75 * colour),
        frame.blob((-8, 2.9), (8, 2.9), (1.2, 1.2), 0.8 * colour, 0.7, flat=True),
    ]


def _pointed(frame: Frame, colour: Colour, turn: float) -> list[Capsule]:
    bend = 4.5 if turn <= 0 else -4.5
    return [
        frame.blob((0, 5), (bend, 17), (6.8, 0.8), colour),
        frame.blob((-9.5, 4.6), (9.5, 4.6), (1.7, 1.7), colour),
    ]


def _brim(frame: Frame, colour: Colour, turn: float) -> list[Capsule]:
    reach = 3.0 * turn
    return [
        cap(frame, colour, -3.0, 1.3),
        frame.blob((reach - 6, 3.2), (reach + 6, 3.2), (1.6, 1.6), 0.8 * colour),
    ]


def _crown(frame: Frame, colour: Colour, turn: float) -> list[Capsule]:
    gold = np.array((1.0, 0.82, 0.25))
    points = [
        frame.blob((x, 7), (1.15 * x, 11.5), (1.7, 0.5), gold) for x in (-4.5, 0, 4.5)
    ]
    return [
        *points,
        frame.blob((-5, 7), (5, 7), (1.8, 1.8), gold, 0.7, flat=True),
        frame.spot(0, 7, 0.9, colour),
    ]


def _band(frame: Frame, colour: Colour, turn: float) -> list[Capsule]:
    return [frame.blob((-7.6, 4), (7.6, 4), (1.2, 1.2), colour, 0.7, flat=True)]


Cut = Callable[[Frame, Colour, float], list[Capsule]]
"""Shapes from coordinates of the head, a colour, and where the head looks."""

TOPS: dict[str, Cut] = {
    "cap": _short,
    "parted": _parted,
    "spikes": _spikes,
    "mohawk": _mohawk,
}
BACKS: dict[str, Cut] = {
    "long": _long,
    "tail": _tail,
    "bunches": _bunches,
    "bun": _bun,
    "cloud": _cloud,
}
HATS: dict[str, Cut] = {
    "helmet": _helmet,
    "pointed": _pointed,
    "brim": _brim,
    "crown": _crown,
    "band": _band,
}
