"""Restore simulated damages with nothing told, and with all of it told.

The middles of clean images get noise, white, of photons, correlated or below JPEG, rows
that stand out, impulses, JPEG, or nothing at all, and have 8 bits; photons have 16.
Prints mean PSNR (dB) of the damaged images, of what comes back with nothing told and
of what comes back with all told, the greatest loss of the first against the second, how
many came back worse than they went in, the median error of the level found, and
what was found, as Markdown. Of clean images, how far they are changed::

    python benchmarks/automatic.py PHOTOS MICROSCOPY.tif:3
    python benchmarks/automatic.py PHOTOS --cases correlated --limit 4
"""

from __future__ import annotations

import argparse
import io
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from _harm import psnr_of, rms
from _suite import Picture, centre, eight_bits, read_images
from correlated import blurred, enlarged, white
from numpy.typing import NDArray
from PIL import Image

from napari_flowprior import iter_restore
from napari_flowprior.restoration import (
    JPEG,
    CorrelatedNoise,
    Degradation,
    Noise,
    PoissonGaussian,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from correlated import Field

# Grey levels per electron, offset and read noise of the camera.
_GAIN, _OFFSET, _READ_NOISE = 100.0, 300.0, 50.0
_ROWS, _IMPULSES = 8.0, 0.01


@dataclass(frozen=True)
class Damaged:
    """A damaged picture, what is true of it, and its values as grey levels of 255.

    Attributes
    ----------
    picture : ndarray
        As a camera or a file has it.
    told : Degradation or None
        What happened; None for nothing.
    level : float
        Standard deviation of its noise, if it is that of one level.
    unit, black : float
        What a grey level of 255 is, and what 0 is.
    """

    picture: NDArray[Any]
    told: Degradation | None = None
    level: float = 0.0
    unit: float = 1.0
    black: float = 0.0

    def grey(self, image: NDArray[Any]) -> NDArray[np.float64]:
        grey: NDArray[np.float64] = (image.astype(np.float64) - self.black) / self.unit
        return grey


def noisy(kind: Field, sigma: float) -> Callable[[Picture], Damaged]:
    def damage(clean: Picture) -> Damaged:
        drawn = kind(np.random.default_rng(0), clean.shape)
        picture = eight_bits(clean + drawn * (sigma / drawn.std()))
        told = Noise if kind is white else CorrelatedNoise
        return Damaged(picture, told(sigma=sigma), sigma)

    return damage


def counted(peak: float) -> Callable[[Picture], Damaged]:
    """Count so many photons where it is white."""

    def damage(clean: Picture) -> Damaged:
        rng = np.random.default_rng(0)
        electrons = rng.poisson(clean / 255 * peak)
        levels = _GAIN * electrons + rng.normal(_OFFSET, _READ_NOISE, clean.shape)
        picture = levels.clip(0).round().astype(np.uint16)
        told = PoissonGaussian(_GAIN, _OFFSET, _READ_NOISE)
        return Damaged(picture, told, unit=_GAIN * peak / 255, black=_OFFSET)

    return damage


def compressed(quality: int, sigma: float = 0.0) -> Callable[[Picture], Damaged]:
    """Compress, if need be below noise, of which the level is told then."""

    def damage(clean: Picture) -> Damaged:
        noise = np.random.default_rng(0).normal(0, sigma, clean.shape)
        file = io.BytesIO()
        Image.fromarray(eight_bits(clean + noise)).save(file, "JPEG", quality=quality)
        told = Noise(sigma=sigma) if sigma else JPEG(quality=quality)
        return Damaged(np.asarray(Image.open(file)), told)

    return damage


def lined(clean: Picture) -> Damaged:
    rng = np.random.default_rng(0)
    rows = _ROWS * rng.normal(size=(clean.shape[0], 1))
    return Damaged(
        eight_bits(clean + rows + rng.normal(0, 10, clean.shape)), Noise(sigma=10), 10.0
    )


def struck(clean: Picture) -> Damaged:
    rng = np.random.default_rng(0)
    picture = eight_bits(clean + rng.normal(0, 15, clean.shape))
    chance = rng.random(clean.shape)
    picture[chance < _IMPULSES / 2], picture[chance > 1 - _IMPULSES / 2] = 0, 255
    return Damaged(picture, Noise(sigma=15), 15.0)


def cases() -> dict[str, Callable[[Picture], Damaged]]:
    found: dict[str, Callable[[Picture], Damaged]] = {"clean": Damaged}
    found |= {f"white {s}": noisy(white, s) for s in (5, 15, 25, 50)}
    found |= {f"photons, {n} where it is white": counted(n) for n in (10, 40, 200)}
    for width in (0.5, 0.8, 1.5, 2.0):
        found[f"correlated, blurred by {width}, 15"] = noisy(blurred(width), 15)
    found["correlated, enlarged by 1.5, 15"] = noisy(enlarged, 15)
    found["white 10, then JPEG 60"] = compressed(60, 10)
    found["JPEG 30"] = compressed(30)
    found[f"rows {_ROWS:g}, white 10"] = lined
    return found | {f"impulses {_IMPULSES:.0%}, white 15": struck}


@dataclass
class Row:
    """What came of a case, one entry per image."""

    before: list[float] = field(default_factory=list)
    found: list[float] = field(default_factory=list)
    told: list[float] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)
    changes: list[float] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)

    def add(self, clean: Picture, damaged: Damaged) -> None:
        result = iter_restore(damaged.picture).result
        story = result.provenance
        kind = story["degradation"]["name"]
        self.kinds["nothing" if story["sigma"] == 0 else kind] += 1
        before, after = map(damaged.grey, (damaged.picture, result.image))
        self.changes.append(rms(after - before))
        if damaged.level:
            self.errors.append(abs(story["sigma"] / damaged.level - 1))
        if damaged.told is None:
            return
        told = iter_restore(damaged.picture, degradation=damaged.told).result
        for place, image in (
            (self.before, before),
            (self.found, after),
            (self.told, damaged.grey(told.image)),
        ):
            place.append(psnr_of(rms(image - clean)))

    def __str__(self) -> str:
        kinds = ", ".join(f"{n} {kind}" for kind, n in self.kinds.most_common())
        if not self.told:
            figures = f"changed by {np.median(self.changes):.2f}, at most "
            return f"{figures}{max(self.changes):.2f} | | | | | | {kinds}"
        before, found, told = map(np.array, (self.before, self.found, self.told))
        error = f"{np.median(self.errors):.0%}" if self.errors else ""
        return (
            f"{before.mean():.2f} | {found.mean():.2f} | {told.mean():.2f} | "
            f"{(told - found).max():.2f} | {(found < before - 0.1).sum()} of "
            f"{len(told)} | {error} | {kinds}"
        )


def table(
    images: Mapping[str, Picture], chosen: Mapping[str, Callable[[Picture], Damaged]]
) -> Iterator[str]:
    yield "| | damaged | nothing told | told | worst | worse | level | found |"
    yield "|---" * 8 + "|"
    for name, damage in chosen.items():
        row = Row()
        for clean in images.values():
            row.add(clean, damage(clean))
        yield f"| {name} | {row} |"


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", nargs="+", help="files, folders, FILE.tif:PLANES")
    parser.add_argument("--cases", nargs="+", default=[""], help="parts of names")
    parser.add_argument("--limit", type=int, help="only so many images")
    parser.add_argument("--crop", type=int, default=192)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    return parser.parse_args()


def main() -> None:
    options = parse()
    torch.set_num_threads(options.threads)
    images = {
        name: centre(image, options.crop)
        for name, image in read_images(options.images, limit=options.limit).items()
    }
    chosen = {
        name: damage
        for name, damage in cases().items()
        if any(part in name for part in options.cases)
    }
    for line in table(images, chosen):
        print(line, flush=True)


if __name__ == "__main__":
    main()
