"""Heads of sprites: face, hair and hats."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from napari_flowprior.training.sprites._backgrounds import hsv
from napari_flowprior.training.sprites._hair import BACKS, HATS, RADIUS, TOPS, Cut, cap
from napari_flowprior.training.sprites._shapes import Capsule, Colour, Frame, Point

__all__ = ["Head", "draw_head", "head_shapes"]

_BACKS = ("", "", "long", "long", "tail", "bunches", "bun", "cloud")
_TOPS = ("cap", "cap", "parted", "parted", "spikes", "mohawk", "bald")
_HATS = ("", "", "", "", "", "", "", "helmet", "pointed", "brim", "crown", "band")
_WHITE = np.ones(3)
_DARK = np.array((0.12, 0.09, 0.12))


@dataclass(frozen=True, eq=False)
class Head:
    """Looks of a head.

    Parameters
    ----------
    skin, hair, hat, eyes : ndarray, shape (3,)
        Colours.
    top, back, headwear : str
        Cut of the hair above and behind, and what is worn on it ("" for nothing).
    beard : bool
        Whether it has one.
    turn : float
        Where it looks, from -1, left, to 1, right.
    away : bool
        Whether it is seen from behind.
    """

    skin: Colour
    hair: Colour
    hat: Colour
    eyes: Colour
    top: str
    back: str
    headwear: str
    beard: bool
    turn: float
    away: bool


def draw_head(rng: np.random.Generator, skin: Colour) -> Head:
    """Draw how a head looks.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    skin : ndarray, shape (3,)
        Colour of the face.

    Returns
    -------
    Head
        Its looks.
    """
    return Head(
        skin=skin,
        hair=_hair_colour(rng),
        hat=hsv(rng.random(), rng.uniform(0.2, 0.9), rng.uniform(0.4, 0.95)),
        eyes=hsv(rng.random(), rng.uniform(0.2, 0.8), rng.uniform(0.15, 0.5)),
        top=_TOPS[int(rng.integers(len(_TOPS)))],
        back=_BACKS[int(rng.integers(len(_BACKS)))],
        headwear=_HATS[int(rng.integers(len(_HATS)))],
        beard=rng.random() < 0.15,
        turn=float(rng.choice([-1.0, -0.5, 0.0, 0.0, 0.5, 1.0])),
        away=rng.random() < 0.1,
    )


def _hair_colour(rng: np.random.Generator) -> Colour:
    """Return brown, blond, red or black, or in every third case any colour."""
    if rng.random() < 1 / 3:
        return hsv(rng.random(), rng.uniform(0.3, 0.9), rng.uniform(0.45, 0.95))
    value = rng.uniform(0.12, 0.95)
    return hsv(rng.uniform(0.03, 0.13), rng.uniform(0.3, 0.85), value)


def head_shapes(
    head: Head, centre: Point, tilt: float
) -> tuple[list[Capsule], list[Capsule]]:
    """Return what a head is drawn with.

    Parameters
    ----------
    head : Head
        Its looks.
    centre : tuple of float
        x and y of its centre.
    tilt : float
        Its angle in radians, positive to the right.

    Returns
    -------
    behind, front : list of Capsule
        What is drawn before the body, and what is drawn after it.
    """
    frame = Frame(centre, math.cos(tilt), math.sin(tilt))
    back = (
        []
        if head.top == "bald"
        else _worn(BACKS, head.back, frame, head.hair, head.turn)
    )
    hat = _worn(HATS, head.headwear, frame, head.hat, head.turn)
    skull = [
        frame.blob((0, 0.8), (0.5 * head.turn, -1.2), (RADIUS, 6.6), head.skin),
        *_ears(frame, head),
    ]
    if head.away:
        return [], [*skull, *_hair_behind(frame, head), *back, *hat]
    hair = _worn(TOPS, head.top, frame, head.hair, head.turn)
    return back, [*skull, *_face(frame, head), *hair, *hat]


def _worn(
    choice: dict[str, Cut], name: str, frame: Frame, colour: Colour, turn: float
) -> list[Capsule]:
    return choice[name](frame, colour, turn) if name in choice else []


def _hair_behind(frame: Frame, head: Head) -> list[Capsule]:
    if head.top in ("bald", "mohawk"):
        return _worn(TOPS, head.top, frame, head.hair, 0)
    return [cap(frame, head.hair, 5.5)]


def _ears(frame: Frame, head: Head) -> list[Capsule]:
    places = [x for x in (-7.4, 7.4) if x * head.turn <= 0]
    return [
        frame.blob((x + head.turn, -0.8), (x + head.turn, -1.6), (1.5, 1.3), head.skin)
        for x in places
    ]


def _face(frame: Frame, head: Head) -> list[Capsule]:
    shift = 2.4 * head.turn
    shapes = []
    if head.beard:
        chin = (shift / 2, -5.4)
        shapes.append(frame.blob((shift / 2, -4.2), chin, (5.0, 3.6), head.hair, 0.6))
        shapes.append(frame.spot(shift, -3.0, 1.6, head.skin))
    for side in (-1, 1):
        x = shift + 2.9 * side * (1 - 0.15 * abs(head.turn))
        shapes += [
            frame.blob((x, 0.2), (x, -1.2), (1.55, 1.5), _WHITE, 0.0, flat=True),
            frame.blob(
                (x + 0.4 * head.turn, 0.0),
                (x + 0.4 * head.turn, -1.3),
                (1.05, 1.05),
                head.eyes,
                0.0,
                flat=True,
            ),
            frame.blob(
                (x - 1.3, 2.3), (x + 1.3, 2.3), (0.55, 0.55), _DARK, 0.0, flat=True
            ),
        ]
    mouth = (shift - 1.3, -4.4), (shift + 1.3, -4.4)
    shapes.append(frame.blob(*mouth, (0.6, 0.6), 0.45 * head.skin, 0.0, flat=True))
    return shapes
