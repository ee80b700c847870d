"""Intervals by an equivariant bootstrap, against those of samples of the posterior.

The bootstrap turns, mirrors and shifts the restored image, damages it as the image was
damaged, restores it again, and takes by how much that differs for the error of the
first restoration (Tachella and Pereyra, *Equivariant bootstrapping for uncertainty
quantification in imaging inverse problems*, 2023). Intervals of both kinds are as wide
as Student's t has it, times a factor for each damage by which they cover nine pixels of
ten of the first images; measured on the second ones. Prints the factors, how much is
covered, how much that differs from image to image, and the mean half width (of 255)::

    python benchmarks/bootstrap.py PHOTOS/val SET12 --crop 96 --limit 6
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from _damage import BLURS, Damaged, blurred, compressed, smaller
from _suite import centre, eight_bits, read_images
from scipy.stats import t as student

from napari_flowprior import FlowPrior, posterior, restore
from napari_flowprior.restoration import Noise

if TYPE_CHECKING:
    from collections.abc import Callable

    from _suite import Picture
    from numpy.typing import NDArray

    Plane = NDArray[np.float64]
    Seeded = Callable[[Picture, int], Damaged]

COVERAGE, SHIFT = 0.9, 8


def noisy(sigma: float) -> Seeded:
    def damage(clean: Picture, seed: int) -> Damaged:
        noise = np.random.default_rng(seed).normal(0, sigma, clean.shape)
        return Damaged(eight_bits(clean + noise), Noise(sigma=sigma))

    return damage


DAMAGES: dict[str, Seeded] = {
    "noise 15": noisy(15),
    "noise 50": noisy(50),
    **{n: lambda c, seed, b=b: blurred(b, seed)(c) for n, b in BLURS.items()},
    "half size": lambda clean, _: smaller(2)(clean),
    "JPEG quality 10": lambda clean, _: compressed(10)(clean),
}


class Guess(NamedTuple):
    """Errors of an estimate, and half widths of intervals before any factor."""

    error: Plane
    width: Plane

    @property
    def ratio(self) -> Plane:
        return (self.error / self.width.clip(min=1e-9)).ravel()


def sampled(damaged: Damaged, clean: Picture, prior: FlowPrior, number: int) -> Guess:
    found = posterior(
        damaged.picture,
        prior=prior,
        degradation=damaged.degradation,
        samples=number,
        dtype=np.float32,
    )
    width = found.margin(COVERAGE).astype(float) / found.provenance["widening"]
    return Guess(np.abs(found.mean.astype(float) - clean), width)


def resampled(
    damaged: Damaged, clean: Picture, prior: FlowPrior, number: int, damage: Seeded
) -> Guess:
    """Restore, and restore again what is made of that."""

    def restored(seen: Damaged) -> Plane:
        found = restore(
            seen.picture, prior=prior, degradation=seen.degradation, dtype=np.float32
        )
        return found.astype(float)

    first, rng = restored(damaged), np.random.default_rng(0)
    squares = np.zeros(first.shape)
    for seed in range(1, number + 1):
        turns, mirrored = int(rng.integers(4)), bool(rng.integers(2))
        shift = tuple(int(k) for k in rng.integers(-SHIFT, SHIFT + 1, 2))
        turned = np.rot90(np.roll(first, shift, (0, 1)), turns)
        turned = turned[:, ::-1] if mirrored else turned
        again = restored(damage(eight_bits(turned), seed))
        again = again[:, ::-1] if mirrored else again
        back = np.roll(np.rot90(again, -turns), (-shift[0], -shift[1]), (0, 1))
        squares += (back - first) ** 2 / number
    quantile = float(student.ppf((1 + COVERAGE) / 2, number))
    return Guess(np.abs(first - clean), quantile * np.sqrt(squares))


def guesses(
    images: list[Picture], damage: Seeded, prior: FlowPrior, number: int
) -> dict[str, list[Guess]]:
    found: dict[str, list[Guess]] = {"samples": [], "bootstrap": []}
    for clean in images:
        damaged = damage(clean, 0)
        found["samples"].append(sampled(damaged, clean, prior, number))
        found["bootstrap"].append(resampled(damaged, clean, prior, number, damage))
    return found


def line(first: list[Guess], second: list[Guess]) -> str:
    factor = float(np.quantile(np.concatenate([g.ratio for g in first]), COVERAGE))
    covered = np.array([(g.ratio <= factor).mean() for g in second])
    width = factor * np.mean([g.width.mean() for g in second])
    return (
        f"{factor:.2f} | {100 * covered.mean():.1f} % | {100 * covered.std():.1f} % | "
        f"{width:.2f}"
    )


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("first", help="images that factors are found on")
    parser.add_argument("second", help="images that are measured")
    parser.add_argument("--damages", nargs="+", default=[*DAMAGES], choices=DAMAGES)
    parser.add_argument("--prior", default="photo-gray")
    parser.add_argument("--samples", type=int, default=8)
    parser.add_argument("--limit", type=int, help="only so many images of each")
    parser.add_argument("--crop", type=int, help="only the square in the middle")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    return parser.parse_args()


def main() -> None:
    options = parse()
    torch.set_num_threads(options.threads)
    prior = FlowPrior.load(options.prior)
    sets = []
    for place in (options.first, options.second):
        images = read_images([place], limit=options.limit).values()
        sets.append([centre(image, options.crop) for image in images])
    print("| damage | intervals | factor | coverage | differs by | half width |")
    print("|---|---|---|---|---|---|")
    for name in options.damages:
        damage = DAMAGES[name]
        first, second = (guesses(s, damage, prior, options.samples) for s in sets)
        for kind in first:
            cells = line(first[kind], second[kind])
            print(f"| {name} | {kind} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
