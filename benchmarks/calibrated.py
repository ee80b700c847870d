"""Calibrate intervals on simulated instruments, and count whether they keep their word.

Details of clean images get the noise of an instrument: photons, and read noise, at a
gain. For all of them the posterior is sampled once, and sums over blocks of 16x16
pixels with it. They stand for all that there is: many random sets of pairs are drawn
from them, with replacement, to calibrate on, and coverage is measured on all. Then sets
are drawn without replacement, and coverage is measured on the details left, which
differ by chance from all that there is. Prints mean coverage, and the share of the sets
with less than what was asked for, which should be no more than a tenth::

    python benchmarks/calibrated.py NUCLEI.tif POLLEN.tif --side 64 --details 120

What was sampled is kept in ``--kept``, from which the sets are drawn anew.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from _suite import read_images

from napari_flowprior import FlowPrior, posterior
from napari_flowprior.calibration import (
    find_factor,
    is_normally_below,
    is_surely_below,
)
from napari_flowprior.restoration import PoissonGaussian

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

BLOCK = 16
# Photons at white, read noise in electrons, and grey levels per photon.
INSTRUMENTS = {"few photons": (20, 1.0, 4.0), "many photons": (200, 3.0, 1.0)}
OFFSET = 100
SETS = 200


def details(
    images: dict[str, NDArray[np.uint8]], number: int, side: int
) -> list[NDArray[np.float64]]:
    """Cut out details that show something, from 0 to 1."""
    rng, found = np.random.default_rng(0), []
    planes = list(images.values())
    while len(found) < number:
        plane = planes[int(rng.integers(len(planes)))]
        y, x = (int(rng.integers(length - side + 1)) for length in plane.shape)
        detail = plane[y : y + side, x : x + side] / 255
        if detail.std() > 0.05:
            found.append(detail)
    return found


class Sampled(NamedTuple):
    """How far pixels and sums of a detail are away, in half widths samples say."""

    pixels: NDArray[np.float64]
    sums: NDArray[np.float64]
    widening: float


def sampled(
    clean: NDArray[np.float64], instrument: str, prior: FlowPrior, seed: int
) -> Sampled:
    photons, read, gain = INSTRUMENTS[instrument]
    rng = np.random.default_rng(seed)
    counts = rng.poisson(photons * clean) + rng.normal(0, read, clean.shape)
    shown = (OFFSET + gain * counts).round().clip(0).astype(np.uint16)
    truth = OFFSET + gain * photons * clean
    camera = PoissonGaussian(gain=gain, offset=OFFSET, read_noise=gain * read)
    rows, columns = (np.arange(side) // BLOCK for side in clean.shape)
    regions = 1 + rows[:, None] * (columns.max() + 1) + columns
    found = posterior(
        shown, prior=prior, degradation=camera, regions=regions, dtype=np.float32
    )
    widening = found.provenance["widening"]
    true = np.bincount(regions.ravel(), truth.ravel())[1:]
    sums = [
        2 * abs(each.sum - value) / (each.upper - each.lower)
        for each, value in zip(found.sums(0.9), true, strict=True)
    ]
    pixels = np.abs(found.mean - truth) / found.margin(0.9)
    return Sampled(widening * pixels.ravel(), widening * np.array(sums), widening)


def counted(
    ratios: Sequence[NDArray[np.float64]], pairs: int, exact: bool, replace: bool
) -> str:
    """Calibrate on random sets, and measure on all there is, or on what is left."""
    rng, coverages = np.random.default_rng(0), []
    is_below = is_surely_below if exact else is_normally_below
    for _ in range(SETS):
        chosen = rng.choice(len(ratios), pairs, replace=replace)
        factor = find_factor([ratios[k] for k in chosen], 0.1, 0.1, is_below)
        if factor is None:
            return "too few pairs | "
        judged = range(len(ratios)) if replace else set(range(len(ratios))) - {*chosen}
        coverages.append(np.mean([(ratios[k] <= factor).mean() for k in judged]))
    few = np.mean(np.array(coverages) < 0.9)
    return f"{100 * np.mean(coverages):.1f} % | {100 * few:.0f} %"


def rows(instrument: str, found: list[Sampled], pairs: list[int]) -> Iterator[str]:
    for what, ratios in (
        ("pixels", [each.pixels for each in found]),
        ("sums", [each.sums for each in found]),
    ):
        inside = [r <= each.widening for r, each in zip(ratios, found, strict=True)]
        before = f"{100 * np.mean(inside):.1f} %"
        for number in pairs:
            ways = [(False, True), (False, False), (True, True)]
            cells = [counted(ratios, number, *way) for way in ways]
            yield " | ".join([instrument, what, str(number), before, *cells])


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", nargs="+", help="files, folders, FILE.tif:PLANES")
    parser.add_argument("--prior", default="photo-gray")
    parser.add_argument(
        "--pairs", type=int, nargs="+", default=[25], help="in each set"
    )
    parser.add_argument("--details", type=int, default=120)
    parser.add_argument("--side", type=int, default=64)
    parser.add_argument("--kept", type=Path, help="file of what was sampled")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    return parser.parse_args()


def sample_all(options: argparse.Namespace) -> dict[str, list[Sampled]]:
    prior = FlowPrior.load(options.prior)
    cut = details(read_images(options.images), options.details, options.side)
    return {
        name: [sampled(clean, name, prior, n) for n, clean in enumerate(cut)]
        for name in INSTRUMENTS
    }


def read_kept(path: Path) -> dict[str, list[Sampled]]:
    with np.load(path) as parts:
        return {
            name: [
                Sampled(*each)
                for each in zip(
                    *(parts[f"{name}/{field}"] for field in Sampled._fields),
                    strict=True,
                )
            ]
            for name in INSTRUMENTS
        }


def keep(found: dict[str, list[Sampled]], path: Path) -> None:
    np.savez(
        path,
        **{
            f"{name}/{field}": np.stack(
                [getattr(each, field) for each in details_found]
            )
            for name, details_found in found.items()
            for field in Sampled._fields
        },
    )


def main() -> None:
    options = parse()
    torch.set_num_threads(options.threads)
    kept = options.kept
    if kept is not None and kept.exists():
        found = read_kept(kept)
    else:
        found = sample_all(options)
    if kept is not None:
        keep(found, kept)
    ways = ["calibrated", "on others", "exact"]
    heads = ["instrument", "of", "pairs", "before"]
    heads += [head for way in ways for head in (way, "sets")]
    print(f"| {' | '.join(heads)} |", "|" + "---|" * len(heads), sep="\n")
    for instrument, details_found in found.items():
        for row in rows(instrument, details_found, options.pairs):
            print(f"| {row} |", flush=True)


if __name__ == "__main__":
    main()
