"""Count how often the true image lies where the posterior says that it does.

Damages clean images in several ways, draws samples of the posterior, and prints for
each kind of damage the share of the pixels (the missing ones, where there are holes)
that are inside their interval of 90 %, the factor by which intervals of samples are
widened and the one that 90 % of these pixels would ask for, the root mean square of the
standard deviation and of the true error, in units of 1/255, and how well two maps rank
the errors of tiles of 32x32 pixels: Spearman's correlation with the standard deviation,
and with the bits per dimension of the estimate, both within an image and averaged over
images::

    python benchmarks/calibration.py SET12 --crop 128 --threads 1
    python benchmarks/calibration.py SET12 --damages "noise 25" --figure maps.png
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from _damage import BLURS, Damage, Damaged, blurred, compressed, holes, smaller
from _figure import Figure
from _harm import noisy, rounded, then_noise
from _suite import centre, eight_bits, read_images
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.stats import spearmanr

from napari_flowprior import FlowPrior, log_prob_map, posterior
from napari_flowprior.restoration import (
    CorrelatedNoise,
    Inpaint,
    PoissonGaussian,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from _suite import Picture

COVERAGE = 0.9
TILE = 32


def photons(white: float, clean: Picture) -> Damaged:
    """Count photons, of which white pixels have so many, with some read noise."""
    rng = np.random.default_rng(0)
    gain = 255 / white
    counts = gain * rng.poisson(clean / gain) + rng.normal(0, 2, clean.shape)
    camera = PoissonGaussian(gain=gain, offset=0, read_noise=2)
    return Damaged(eight_bits(counts), camera)


def blurry(sigma: float) -> Damage:
    return blurred(replace(BLURS["Gaussian blur"], sigma=float(sigma)))


def alike(sigma: float, clean: Picture) -> Damaged:
    """Add noise that is blurred by 0.8 pixels."""
    noise = gaussian_filter(np.random.default_rng(0).normal(size=clean.shape), 0.8)
    noisy = clean + sigma / noise.std() * noise
    return Damaged(eight_bits(noisy), CorrelatedNoise(sigma=sigma))


DAMAGES: Mapping[str, Damage] = {
    **{f"noise {sigma}": noisy(sigma) for sigma in (5, 15, 25, 50, 75)},
    **{f"{white} photons": partial(photons, white) for white in (200, 20)},
    "50 % holes": holes(0.5),
    **{name: blurred(blur) for name, blur in BLURS.items()},
    **{f"Gaussian blur, noise {sigma}": blurry(sigma) for sigma in (5, 10, 25)},
    **{
        f"half size, noise {sigma}": then_noise(smaller(2), float(sigma))
        for sigma in (0, 5, 10, 25)
    },
    **{f"JPEG quality {quality}": compressed(quality) for quality in (10, 30, 60)},
    **{f"correlated noise {sigma}": partial(alike, sigma) for sigma in (8, 15, 30)},
    **{f"{bits} bits": rounded(bits) for bits in (5, 4, 3)},
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """Figures of one image."""

    # Errors, as shares of the margins that intervals of `COVERAGE` have.
    shares: NDArray[np.float32]
    widening: float
    spread: float
    error: float
    ranked_by_spread: float
    ranked_by_bits: float


def measure(
    clean: Picture, damaged: Damaged, prior: FlowPrior, samples: int, figure: Figure
) -> Row:
    found = posterior(
        damaged.picture,
        prior=prior,
        degradation=damaged.degradation,
        samples=samples,
        dtype=np.float32,
    )
    error = np.abs(found.mean - clean)
    counted = np.ones(clean.shape, dtype=bool)
    if isinstance(damaged.degradation, Inpaint):
        counted = damaged.degradation.mask
    bits = log_prob_map(eight_bits(found.mean), prior=prior, tile=TILE)
    pictures = {
        "reference": clean,
        "damaged": enlarged(damaged.picture, damaged.degradation.enlargement),
        "mean": found.mean,
        "deviation, 5x": 5 * found.std,
        "error, 5x": 5 * error,
        "bits per value, 40x": 40 * bits,
    }
    for name, picture in pictures.items():
        scored = name in {"damaged", "mean"}
        figure.add("image", name, eight_bits(picture), scored=scored)
    margins = np.maximum(found.margin(COVERAGE), np.finfo(np.float32).tiny)
    return Row(
        shares=(error / margins)[counted].astype(np.float32),
        widening=found.provenance["widening"],
        spread=root_mean_square(found.std[counted]),
        error=root_mean_square(error[counted]),
        ranked_by_spread=rank(tiles(found.std**2), tiles(error**2)),
        ranked_by_bits=rank(tiles(bits), tiles(error**2)),
    )


def enlarged(picture: Picture, factor: int) -> Picture:
    """Show a pixel as a block of them."""
    return picture.repeat(factor, 0).repeat(factor, 1)


def root_mean_square(values: NDArray[Any]) -> float:
    return float(np.sqrt(np.square(values).mean()))


def tiles(picture: NDArray[Any]) -> NDArray[Any]:
    """Return the means of tiles."""
    height, width = (length // TILE for length in picture.shape)
    whole = picture[: height * TILE, : width * TILE]
    means: NDArray[Any] = whole.reshape(height, TILE, width, TILE).mean((1, 3))
    return means.ravel()


def rank(first: NDArray[Any], second: NDArray[Any]) -> float:
    return float(spearmanr(first, second).statistic)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", nargs="+", help="files, folders, FILE.tif:PLANES")
    parser.add_argument("--damages", nargs="+", default=[*DAMAGES], choices=DAMAGES)
    parser.add_argument("--prior", default="photo-gray")
    parser.add_argument("--samples", type=int, default=8)
    parser.add_argument("--limit", type=int, help="only so many images")
    parser.add_argument("--crop", type=int, help="only the square in the middle")
    parser.add_argument("--figure", type=Path, help="PNG file of the last image")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    return parser.parse_args()


def main() -> None:
    options = parse()
    torch.set_num_threads(options.threads)
    images = read_images(options.images, limit=options.limit)
    prior = FlowPrior.load(options.prior)
    print(f"{len(images)} images, prior {prior.name}, {options.samples} samples\n")
    columns = ("damage", "coverage", "factor", "factor for 90 %", "deviation", "error")
    print("|", " | ".join((*columns, "ranked by deviation", "by bits")), "|")
    print("|---|---|---|---|---|---|---|---|")
    figure = Figure()
    for name in options.damages:
        rows = []
        for image in images.values():
            clean, figure = centre(image, options.crop), Figure()
            damaged = DAMAGES[name](clean)
            rows.append(measure(clean, damaged, prior, options.samples, figure))
        print(line(name, rows), flush=True)
    if options.figure is not None:
        figure.save(options.figure)


def line(name: str, rows: list[Row]) -> str:
    # Every image counts alike, and so does every pixel of it.
    coverage = np.mean([(row.shares <= 1).mean() for row in rows])
    needed = np.quantile(np.concatenate([row.shares for row in rows]), COVERAGE)
    spread, error = (
        root_mean_square(np.array([getattr(row, which) for row in rows]))
        for which in ("spread", "error")
    )
    by_spread = np.mean([row.ranked_by_spread for row in rows])
    by_bits = np.mean([row.ranked_by_bits for row in rows])
    widening = rows[0].widening
    return (
        f"| {name} | {100 * coverage:.1f} % | {widening:.2f} | {widening * needed:.2f} "
        f"| {spread:.2f} | {error:.2f} | {by_spread:.2f} | {by_bits:.2f} |"
    )


if __name__ == "__main__":
    main()
