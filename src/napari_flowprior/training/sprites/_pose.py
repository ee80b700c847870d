"""Skeletons of sprites in random poses."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from napari_flowprior.training.sprites._shapes import Point

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Limb", "Skeleton", "draw_pose", "step"]

SIDES = (-1, 1)
"""Left and right, as seen."""


@dataclass(frozen=True)
class Limb:
    """Joints of an arm or a leg, from the trunk outwards.

    Parameters
    ----------
    root, joint, tip : tuple of float
        Shoulder, elbow and hand, or hip, knee and ankle: x and y.
    """

    root: Point
    joint: Point
    tip: Point


@dataclass(frozen=True)
class Skeleton:
    """Joints of a figure, with the middle of the hips at the origin.

    Parameters
    ----------
    hips, neck, head : tuple of float
        Both ends of the trunk, and the centre of the head.
    tilt : float
        Angle of the head in radians, positive to the right.
    arms, legs : tuple of Limb
        The left one as seen, then the right one.
    """

    hips: Point
    neck: Point
    head: Point
    tilt: float
    arms: tuple[Limb, Limb]
    legs: tuple[Limb, Limb]

    def points(self) -> list[Point]:
        """Return all joints.

        Returns
        -------
        list of tuple of float
            x and y of each.
        """
        limbs = (*self.arms, *self.legs)
        ends = [point for limb in limbs for point in (limb.root, limb.joint, limb.tip)]
        return [self.hips, self.neck, self.head, *ends]


def step(start: Point, angle: float, length: float) -> Point:
    """Go some way in a direction.

    Parameters
    ----------
    start : tuple of float
        x and y.
    angle : float
        Direction in radians: 0 is down, positive to the right.
    length : float
        How far.

    Returns
    -------
    tuple of float
        x and y of the end.
    """
    return start[0] + length * math.sin(angle), start[1] + length * math.cos(angle)


def draw_pose(rng: np.random.Generator) -> Skeleton:
    """Draw a pose: standing, walking, or with joints at random.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    Skeleton
        A figure about 40 units high.
    """
    arms, legs, lean = _ANGLES[int(rng.integers(len(_ANGLES)))](rng)
    hips = (0.0, 0.0)
    neck = step(hips, math.pi - lean, rng.uniform(11.5, 13.5))
    tilt = lean + rng.uniform(-0.25, 0.25)
    chest = step(neck, -lean, 1.8)
    broad, wide = rng.uniform(4.6, 5.8), rng.uniform(2.5, 3.2)
    arm, leg = rng.uniform(6.2, 7.4), rng.uniform(6.6, 8.2)
    return Skeleton(
        hips=hips,
        neck=neck,
        head=step(neck, math.pi - tilt, 7.6),
        tilt=tilt,
        arms=_limbs(chest, lean, broad, arms, arm),
        legs=_limbs(hips, 0.0, wide, legs, leg),
    )


_Angles = tuple[tuple[float, float], tuple[float, float]]
"""Of the upper and of the lower part, on the left and on the right."""


def _limbs(
    middle: Point, lean: float, apart: float, angles: _Angles, length: float
) -> tuple[Limb, Limb]:
    left, right = (
        _limb(step(middle, side * math.pi / 2 - lean, apart), pair, length)
        for side, pair in zip(SIDES, angles, strict=True)
    )
    return left, right


def _limb(root: Point, angles: tuple[float, float], length: float) -> Limb:
    joint = step(root, angles[0], length)
    return Limb(root, joint, step(joint, angles[1], length))


def _standing(rng: np.random.Generator) -> tuple[_Angles, _Angles, float]:
    return (
        _spread(rng, (0.1, 0.7), (-0.6, 0.5)),
        _spread(rng, (0.0, 0.25), (-0.15, 0.1)),
        rng.uniform(-0.06, 0.06),
    )


def _walking(rng: np.random.Generator) -> tuple[_Angles, _Angles, float]:
    ahead = 1 if rng.random() < 0.5 else -1
    swing, leading = rng.uniform(0.25, 0.85), 1 if rng.random() < 0.5 else -1
    arms, legs = [], []
    for side in SIDES:
        thigh = swing * side * leading
        legs.append((ahead * thigh, ahead * (thigh - rng.uniform(0.05, 0.9))))
        upper = -1.1 * thigh
        arms.append((ahead * upper, ahead * (upper + rng.uniform(0.2, 1.5))))
    lean = ahead * rng.uniform(0, 0.2)
    return (arms[0], arms[1]), (legs[0], legs[1]), lean


def _acting(rng: np.random.Generator) -> tuple[_Angles, _Angles, float]:
    return (
        _spread(rng, (0.2, 2.5), (-1.2, 1.2)),
        _spread(rng, (0.05, 0.8), (-0.9, 0.1)),
        rng.uniform(-0.15, 0.15),
    )


def _cheering(rng: np.random.Generator) -> tuple[_Angles, _Angles, float]:
    return (
        _spread(rng, (1.5, 2.6), (-0.2, 0.9)),
        _spread(rng, (0.05, 0.9), (-1.3, 0.0)),
        rng.uniform(-0.08, 0.08),
    )


def _spread(
    rng: np.random.Generator, out: tuple[float, float], bend: tuple[float, float]
) -> _Angles:
    """Turn limbs away from the middle; one figure in three is symmetrical."""
    upper, lower = rng.uniform(*out, 2), rng.uniform(*bend, 2)
    if rng.random() < 1 / 3:
        upper[1], lower[1] = upper[0], lower[0]
    lower = upper + lower
    left = (-float(upper[0]), -float(lower[0]))
    return left, (float(upper[1]), float(lower[1]))


_ANGLES = (_standing, _walking, _walking, _acting, _acting, _cheering)
