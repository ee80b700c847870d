"""Calibrate intervals on simulated instruments, and count whether they keep their word.

Details of clean images get the noise of an instrument: photons, and read noise, at a
gain. For all of them the posterior is sampled once. They stand for all that there is:
many random sets of pairs are drawn from them for calibration, with replacement, and the
coverage of them all is measured. Prints the coverage
without calibration, its mean with it, and the share of the sets whose coverage is less
than what was asked for, which should be no more than a tenth. The same for sums over
blocks of 16x16 pixels, which are not calibrated::

    python benchmarks/calibrated.py NUCLEI.tif POLLEN.tif --side 64 --details 60
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

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
    from numpy.typing import NDArray

BLOCK = 16
# Photons at white, read noise in electrons, and grey levels per photon.
INSTRUMENTS = {"few photons": (20, 1.0, 4.0), "many photons": (200, 3.0, 1.0)}
OFFSET = 100


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


def sampled(
    clean: NDArray[np.float64], instrument: str, prior: FlowPrior, seed: int
) -> tuple[NDArray[np.float64], float, float]:
    """Return ratios of error and half width, and what pixels and sums are covered."""
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
    error = np.abs(found.mean - truth)
    lower, upper = found.interval(0.9)
    sums = found.sums(0.9)
    true = np.bincount(regions.ravel(), truth.ravel())[1:]
    inside = [s.lower <= t <= s.upper for s, t in zip(sums, true, strict=True)]
    half = found.margin(0.9) / found.provenance["widening"]
    covered = ((lower <= truth) & (truth <= upper)).mean()
    return error / half, float(covered), float(np.mean(inside))


def counted(ratios: list[NDArray[np.float64]], pairs: int, exact: bool) -> str:
    """Calibrate on random sets, drawn with replacement, and measure on all there is."""
    rng, coverages = np.random.default_rng(0), []
    is_below = is_surely_below if exact else is_normally_below
    for _ in range(200):
        chosen = [ratios[k] for k in rng.integers(len(ratios), size=pairs)]
        factor = find_factor(chosen, 0.1, 0.1, is_below)
        assert factor is not None
        coverages.append(np.mean([(ratio <= factor).mean() for ratio in ratios]))
    kept = np.mean(np.array(coverages) >= 0.9)
    return f"{100 * np.mean(coverages):.1f} % | {100 * (1 - kept):.0f} %"


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", nargs="+", help="files, folders, FILE.tif:PLANES")
    parser.add_argument("--prior", default="photo-gray")
    parser.add_argument("--pairs", type=int, default=25, help="in each set")
    parser.add_argument("--details", type=int, default=60)
    parser.add_argument("--side", type=int, default=64)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    return parser.parse_args()


def main() -> None:
    options = parse()
    torch.set_num_threads(options.threads)
    prior = FlowPrior.load(options.prior)
    print("| instrument | before | sums | calibrated | too few | exact | too few |")
    print("|---|---|---|---|---|---|---|")
    cut = details(read_images(options.images), options.details, options.side)
    for instrument in INSTRUMENTS:
        found = [sampled(c, instrument, prior, n) for n, c in enumerate(cut)]
        ratios, pixels, sums = zip(*found, strict=True)
        cells = [counted(list(ratios), options.pairs, e) for e in (False, True)]
        print(
            f"| {instrument} | {100 * np.mean(pixels):.1f} % | "
            f"{100 * np.mean(sums):.1f} % | {' | '.join(cells)} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
