"""Figures of sprites: body, clothing and what they hold."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from napari_flowprior.training.sprites._backgrounds import hsv
from napari_flowprior.training.sprites._head import Head, draw_head, head_shapes
from napari_flowprior.training.sprites._pose import Limb, Skeleton, draw_pose, step
from napari_flowprior.training.sprites._shapes import Capsule, Colour, Point

if TYPE_CHECKING:
    from napari_flowprior.training.sprites._shapes import Canvas

__all__ = ["draw_figure"]

_SKIN = np.array(
    [
        (1.00, 0.86, 0.74),
        (0.96, 0.78, 0.62),
        (0.88, 0.66, 0.48),
        (0.74, 0.52, 0.35),
        (0.56, 0.37, 0.24),
        (0.40, 0.26, 0.17),
    ],
    np.float64,
)
_LEGWEAR = ("trousers", "trousers", "shorts", "skirt", "robe")
_ITEMS = ("", "", "", "", "sword", "staff", "shield")


@dataclass(frozen=True, eq=False)
class _Outfit:
    """Colours and cuts of the clothing."""

    skin: Colour
    top: Colour
    bottom: Colour
    shoes: Colour
    accent: Colour
    sleeves: int
    legwear: str
    boots: bool
    belt: bool
    stripe: bool
    cape: bool
    item: str


def draw_figure(rng: np.random.Generator, canvas: Canvas) -> None:
    """Draw a figure in the middle of an image.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    canvas : Canvas
        Image with the background, drawn over.
    """
    pose, outfit = draw_pose(rng), _draw_outfit(rng)
    head = draw_head(rng, outfit.skin)
    shapes = _shapes(pose, outfit, head)
    extent = len(canvas.image) / canvas.scale
    shapes, ground = _centred(shapes, extent, rng.uniform(0.92, 1.12))
    canvas.shadow((extent / 2, ground), (extent / 5, extent / 20), rng.uniform(0, 0.5))
    for shape in shapes:
        canvas.draw(shape)


def _draw_outfit(rng: np.random.Generator) -> _Outfit:
    skin = _SKIN[int(rng.integers(len(_SKIN)))]
    return _Outfit(
        skin=skin * rng.uniform(0.95, 1.03),
        top=_cloth(rng),
        bottom=_cloth(rng),
        shoes=_cloth(rng, 0.6),
        accent=hsv(rng.random(), rng.uniform(0.5, 1), rng.uniform(0.7, 1)),
        sleeves=int(rng.integers(3)),
        legwear=_LEGWEAR[int(rng.integers(len(_LEGWEAR)))],
        boots=rng.random() < 0.5,
        belt=rng.random() < 0.5,
        stripe=rng.random() < 0.35,
        cape=rng.random() < 0.2,
        item=_ITEMS[int(rng.integers(len(_ITEMS)))],
    )


def _cloth(rng: np.random.Generator, brightest: float = 0.95) -> Colour:
    grey = rng.random() < 0.15
    saturation = rng.uniform(0, 0.1) if grey else rng.uniform(0.35, 0.9)
    return hsv(rng.random(), saturation, rng.uniform(0.25, brightest))


def _centred(
    shapes: list[Capsule], extent: float, scale: float
) -> tuple[list[Capsule], float]:
    """Put shapes into the middle, smaller if they would not fit; and find the feet."""
    boxes = np.array([shape.bounds() for shape in shapes])
    low, high = boxes[:, :2].min(0), boxes[:, 2:].max(0)
    scale = min(scale, (extent - 3) / float((high - low).max()))
    x, y = extent / 2 - scale * (low + high) / 2

    def place(point: Point) -> Point:
        return float(scale * point[0] + x), float(scale * point[1] + y)

    placed = [
        replace(
            shape,
            start=place(shape.start),
            end=place(shape.end),
            radii=(scale * shape.radii[0], scale * shape.radii[1]),
            cut=scale * shape.cut,
        )
        for shape in shapes
    ]
    return placed, float(scale * high[1] + y) - 1.5


def _shapes(pose: Skeleton, outfit: _Outfit, head: Head) -> list[Capsule]:
    behind, front = head_shapes(head, pose.head, pose.tilt)
    cape = _cape(pose, outfit)
    shapes = behind if head.away else cape + behind
    for leg in pose.legs:
        shapes += _leg(leg, outfit)
    shapes += _trunk(pose, outfit)
    shapes += _weapon(pose, outfit)
    for arm in pose.arms:
        shapes += _arm(arm, outfit)
    shapes += _shield(pose, outfit)
    return shapes + cape + front if head.away else shapes + front


def _leg(leg: Limb, outfit: _Outfit) -> list[Capsule]:
    bare = outfit.legwear in ("shorts", "skirt")
    cloth = outfit.skin if outfit.legwear == "skirt" else outfit.bottom
    side = 1 if leg.tip[0] > leg.root[0] else -1
    toe = (leg.tip[0] + 1.6 * side, leg.tip[1] + 0.6)
    lower = outfit.skin if bare else cloth
    shapes = [
        Capsule(leg.joint, leg.tip, (2.7, 2.2), lower),
        Capsule(leg.root, leg.joint, (3.4, 2.8), cloth),
        Capsule(leg.tip, toe, (2.4, 2.1), outfit.shoes),
    ]
    if outfit.boots:
        top = _between(leg.joint, leg.tip, 0.45)
        shapes.append(Capsule(top, leg.tip, (2.8, 2.5), outfit.shoes))
    return shapes


def _trunk(pose: Skeleton, outfit: _Outfit) -> list[Capsule]:
    chest = _between(pose.neck, pose.hips, 0.3)
    shapes = [
        Capsule(pose.neck, pose.head, (2.2, 2.2), 0.85 * outfit.skin),
        *_skirt(pose, outfit),
        Capsule(chest, pose.hips, (5.2, 4.3), outfit.top, cut=1.0),
    ]
    if outfit.stripe:
        middle = _between(pose.neck, pose.hips, 0.45)
        shapes.append(_across(middle, pose, 3.9, 1.3, outfit.accent))
    if outfit.belt:
        waist = _between(pose.neck, pose.hips, 0.92)
        shapes.append(_across(waist, pose, 4.0, 1.1, 0.7 * outfit.shoes))
        shapes.append(Capsule(waist, waist, (1.0, 1.0), outfit.accent, 0.0))
    return shapes


def _skirt(pose: Skeleton, outfit: _Outfit) -> list[Capsule]:
    if outfit.legwear not in ("skirt", "robe"):
        return []
    knees = [leg.joint for leg in pose.legs]
    ends = [leg.tip for leg in pose.legs]
    robe = outfit.legwear == "robe"
    left, right = ends if robe else knees
    low = _between(left, right, 0.5)
    wide = max(5.5, abs(knees[0][0] - knees[1][0]) / 2 + 3)
    colour = outfit.top if robe else outfit.bottom
    return [Capsule(pose.hips, low, (4.4, wide), colour, cut=-0.5)]


def _across(
    middle: Point, pose: Skeleton, half: float, width: float, colour: Colour
) -> Capsule:
    lean = math.atan2(pose.neck[0] - pose.hips[0], pose.hips[1] - pose.neck[1])
    left, right = (step(middle, side * math.pi / 2 - lean, half) for side in (-1, 1))
    return Capsule(left, right, (width, width), colour, 0.0, cut=0.0, flat=True)


def _arm(arm: Limb, outfit: _Outfit) -> list[Capsule]:
    upper = outfit.top if outfit.sleeves else outfit.skin
    lower = outfit.top if outfit.sleeves == 2 else outfit.skin
    return [
        Capsule(arm.tip, arm.tip, (2.2, 2.2), outfit.skin),
        Capsule(arm.joint, arm.tip, (2.2, 1.9), lower, cut=0.0),
        Capsule(arm.root, arm.joint, (2.6, 2.3), upper),
    ]


def _cape(pose: Skeleton, outfit: _Outfit) -> list[Capsule]:
    if not outfit.cape:
        return []
    low = (1.5 * pose.hips[0] - 0.5 * pose.neck[0], pose.hips[1] + 11)
    return [Capsule(pose.neck, low, (4.5, 10), outfit.accent, cut=-2.0)]


def _shield(pose: Skeleton, outfit: _Outfit) -> list[Capsule]:
    if outfit.item != "shield":
        return []
    hand = pose.arms[1].tip
    return [
        Capsule(hand, hand, (6.0, 6.0), outfit.accent),
        Capsule(hand, hand, (4.2, 4.2), outfit.bottom, 0.0),
        Capsule(hand, hand, (1.5, 1.5), outfit.accent, 0.0),
    ]


def _weapon(pose: Skeleton, outfit: _Outfit) -> list[Capsule]:
    hand = pose.arms[1].tip
    if outfit.item == "sword":
        steel = np.array((0.82, 0.85, 0.9))
        guard = step(hand, 2.6, 2.5)
        ends = step(guard, 2.6 - math.pi / 2, 2.4), step(guard, 2.6 + math.pi / 2, 2.4)
        return [
            Capsule(guard, step(hand, 2.6, 14), (1.6, 0.7), steel),
            Capsule(step(hand, 2.6, -2.5), guard, (0.9, 0.9), 0.6 * outfit.shoes),
            Capsule(*ends, (0.9, 0.9), outfit.accent, 0.7),
        ]
    if outfit.item == "staff":
        wood = np.array((0.5, 0.33, 0.18))
        top = step(hand, math.pi - 0.1, 14)
        return [
            Capsule(step(hand, -0.1, 13), top, (1.1, 1.1), wood),
            Capsule(top, top, (2.6, 2.6), outfit.accent),
        ]
    return []


def _between(first: Point, second: Point, fraction: float) -> Point:
    x = first[0] + fraction * (second[0] - first[0])
    return x, first[1] + fraction * (second[1] - first[1])
