"""Fit what tells noise from texture in the answers of a prior.

Details of clean images, some of them dimmed or reduced, are taken as they are and with
noise: white, blurred by 0.35 to 1.8 pixels, in proportion to the root of the intensity,
or below JPEG of quality 80 to 97. Where a prior agrees with itself about a level, see
`agreement`, that is noise if it is within 0.6 to 1.6 times the true level. A logistic
regression on the logarithms of `Agreements.evidence` is then fitted, and judged on
sixths of the images that were left out of it. Prints its weights, and which shares of
noise and of texture are taken for noise at some odds, as Markdown, by it and by the
weights that are built in. 500 details take a quarter of an hour of a core::

    python benchmarks/noise_or_texture.py PHOTOS MICROGRAPHS
    python benchmarks/noise_or_texture.py PHOTOS --prior photo-rgb --number 100
"""

from __future__ import annotations

import argparse
import io
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from _suite import SUFFIXES, eight_bits
from PIL import Image
from scipy.ndimage import gaussian_filter
from scipy.optimize import minimize

from napari_flowprior import FlowPrior
from napari_flowprior._generators import Run
from napari_flowprior.data import PlaneView
from napari_flowprior.restoration.noise import (
    estimate_noise,
    find_response,
    finest_level,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Pixels = NDArray[np.float64]

SIDES, REDUCED, FLATTEST = (128, 192, 256), (1, 1, 2, 3), 3.0
KINDS, SHARES = ("white", "blurred", "camera", "JPEG"), (0.25, 0.4, 0.15, 0.2)
# Sixths of the images, penalty of the weights, and odds to be told.
PARTS, PENALTY, ODDS = 6, 0.003, (0.0, 0.5, 1.0, 1.5)
NEAR, NO_NOISE, LEAST = (0.6, 1.6), 1.2, 0.02


class Found(NamedTuple):
    """A level that was found in an image of a name, and whether it is noise."""

    name: str
    evidence: Pixels
    noise: bool
    odds: float


def details(
    files: list[Path], channels: int, rng: np.random.Generator
) -> Iterator[tuple[str, Pixels]]:
    """Cut details out of images at random, without end."""
    while True:
        path = files[rng.integers(len(files))]
        image = Image.open(path).convert("L" if channels == 1 else "RGB")
        pixels = np.asarray(image.reduce(int(rng.choice(REDUCED))), dtype=float)
        side = int(rng.choice(SIDES))
        if min(pixels.shape[:2]) < side:
            continue
        y, x = (int(rng.integers(0, n - side + 1)) for n in pixels.shape[:2])
        detail = pixels[y : y + side, x : x + side]
        if rng.random() < 0.25:
            detail = np.rint(detail * rng.uniform(0.15, 0.7))
        if detail.std() > FLATTEST:
            yield path.name, detail


def with_noise(clean: Pixels, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Add noise of a random kind and level."""
    kind = rng.choice(KINDS, p=SHARES)
    noise = rng.standard_normal(clean.shape)
    if kind == "blurred" or (kind != "white" and rng.random() < 0.5):
        width = rng.uniform(0.35, 1.8)
        noise = gaussian_filter(noise, (width, width, 0)[: clean.ndim])
        noise /= noise.std()
    if kind == "camera":
        noise *= np.sqrt((2 * clean / 255).clip(min=0.04))
    noisy = eight_bits(clean + np.exp(rng.uniform(*np.log((2, 25)))) * noise)
    if kind != "JPEG":
        return noisy
    file = io.BytesIO()
    quality = int(rng.integers(80, 98))
    Image.fromarray(noisy).save(file, "JPEG", quality=quality, subsampling=0)
    return np.asarray(Image.open(file))


def found(
    name: str, image: NDArray[np.uint8], clean: Pixels, prior: FlowPrior
) -> Iterator[Found]:
    """Find a level in an image, if there is one, and tell whether it is right."""
    view = PlaneView(image, "YXC"[: image.ndim], joint=image.ndim == 3)
    if estimate_noise(view) == 0:
        return
    agreed = Run(find_response(view, prior)).result.agreements
    if not agreed.crossing:
        return
    true = float((image - clean).std())
    level = agreed.crossing * finest_level(view)
    right = NEAR[0] * true < level < NEAR[1] * true
    evidence = np.log(np.maximum(agreed.evidence, LEAST))
    yield Found(name, evidence, true > NO_NOISE and right, agreed.odds)


def collected(options: argparse.Namespace) -> list[Found]:
    prior, rng = FlowPrior.load(options.prior), np.random.default_rng(options.seed)
    files = sorted(
        path
        for folder in options.folders
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES
    )
    levels = []
    for (name, clean), _ in zip(
        details(files, prior.channels, rng), range(options.number), strict=False
    ):
        noisy = [with_noise(clean, rng) for _ in range(options.noisy)]
        for image in (eight_bits(clean), *noisy):
            levels += found(name, image, clean, prior)
    return levels


def fitted(evidence: Pixels, noise: NDArray[np.bool_]) -> Pixels:
    """Fit weights and a constant; large weights of what varies much are penalised."""
    middle, spread = evidence.mean(0), evidence.std(0).clip(min=1e-6)
    known = np.c_[(evidence - middle) / spread, np.ones(len(noise))]

    def cost(weights: Pixels) -> float:
        odds = known @ weights
        likelihood = np.mean(np.logaddexp(0, odds) - noise * odds)
        return float(likelihood + PENALTY * (weights[:-1] ** 2).sum())

    weights = minimize(cost, np.zeros(known.shape[1])).x
    inner = weights[:-1] / spread
    return np.append(inner, weights[-1] - inner @ middle)


def judged(levels: list[Found]) -> tuple[Pixels, Pixels]:
    """Return the weights from all, and the odds of each by those from the others."""
    evidence = np.array([each.evidence for each in levels])
    noise = np.array([each.noise for each in levels])
    part = np.array([zlib.crc32(each.name.encode()) % PARTS for each in levels])
    known = np.c_[evidence, np.ones(len(noise))]
    odds = np.zeros(len(noise))
    for number in set(part):
        others = part != number
        odds[~others] = known[~others] @ fitted(evidence[others], noise[others])
    return fitted(evidence, noise), odds


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--prior", default="photo-gray")
    parser.add_argument("--number", type=int, default=500, help="of details")
    parser.add_argument("--noisy", type=int, default=1, help="with noise, of each")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def main() -> None:
    options = parse()
    torch.set_num_threads(options.threads)
    levels = collected(options)
    noise = np.array([each.noise for each in levels])
    if noise.all() or not noise.any():
        raise SystemExit(
            f"{len(levels)} levels, all alike; take more than {options.number}."
        )
    weights, odds = judged(levels)
    built_in = np.array([each.odds for each in levels])
    print("weights, constant:", ", ".join(f"{weight:.2f}" for weight in weights))
    print(f"{noise.sum()} of noise, {(~noise).sum()} of texture or of a wrong level\n")
    print("| odds | noise | texture | noise, built in | texture, built in |")
    print("|---|---|---|---|---|")
    for least in ODDS:
        shares = [
            (each[of] > least).mean()
            for each in (odds, built_in)
            for of in (noise, ~noise)
        ]
        print(f"| {least} | " + " | ".join(f"{share:.3f}" for share in shares) + " |")


if __name__ == "__main__":
    main()
