"""What blocks cost where planes do not fit: PSNR of whole planes and of blocks.

Photographs are blurred, given holes, made small, and compressed, and restored whole and
in blocks of at most 384 pixels::

    python benchmarks/blocks.py FOLDER --number 4 --side 768
"""

from __future__ import annotations

import argparse
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

from napari_flowprior import FlowPrior, iter_restore
from napari_flowprior.restoration import (
    HQS,
    JPEG,
    Annealing,
    Blur,
    Downsample,
    Inpaint,
    Noise,
    SampledMean,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_flowprior.restoration.degradations import Degradation
    from napari_flowprior.restoration.estimators import Estimator

SIGMA = 5.0
# GiB that leave room for blocks of 384 pixels, and for all.
LITTLE, MUCH = 0.05, 64.0


def compressed(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    memory = io.BytesIO()
    Image.fromarray(image).save(memory, format="JPEG", quality=30)
    return np.asarray(Image.open(memory))


def noisy(image: NDArray[Any]) -> NDArray[np.uint8]:
    noise = np.random.default_rng(0).normal(0, SIGMA, image.shape)
    return np.rint(image + noise).clip(0, 255).astype(np.uint8)


def tasks(
    clean: NDArray[np.uint8],
) -> dict[str, tuple[NDArray[np.uint8], Degradation, Estimator]]:
    """Return what is observed, what happened to it, and how it is restored."""
    holes = np.random.default_rng(1).random(clean.shape) < 0.5
    blurred = gaussian_filter(clean.astype(float), 1.6, mode="reflect")
    half = len(clean) // 2
    coarse = clean.reshape(half, 2, half, 2).mean((1, 3))
    return {
        "noise, hqs": (noisy(clean), Noise(SIGMA), HQS()),
        "noise, annealing": (noisy(clean), Noise(SIGMA), Annealing()),
        "blur, hqs": (noisy(blurred), Blur(gaussian=1.6, sigma=SIGMA), HQS()),
        "holes, hqs": (noisy(clean), Inpaint(holes, sigma=SIGMA), HQS()),
        "low resolution, hqs": (noisy(coarse), Downsample(2, sigma=SIGMA), HQS()),
        "JPEG, sampled-mean": (compressed(clean), JPEG(quality=30), SampledMean()),
    }


def psnr(image: NDArray[Any], clean: NDArray[Any]) -> float:
    error = np.mean((image.astype(float) - clean.astype(float)) ** 2)
    return float(10 * np.log10(255**2 / error))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--number", type=int, default=4)
    parser.add_argument("--side", type=int, default=768, help="of images, pixels")
    parser.add_argument("--tasks", default="", help="the beginning of their names")
    options = parser.parse_args()
    prior, side = FlowPrior.load("photo-gray"), options.side
    found: dict[str, list[tuple[float, float]]] = {}
    for path in sorted(options.folder.iterdir())[: options.number]:
        grey = Image.open(path).convert("L").resize((side, side), Image.LANCZOS)
        clean = np.asarray(grey)
        for name, (seen, degradation, estimator) in tasks(clean).items():
            if not name.startswith(options.tasks):
                continue
            settings: Any = {"degradation": degradation, "estimator": estimator}
            figures = []
            for memory in (MUCH, LITTLE):
                run = iter_restore(seen, prior=prior, memory=memory, **settings)
                figures.append(psnr(run.result.image, clean))
            found.setdefault(name, []).append((figures[0], figures[1]))
            print(path.name, name, *(f"{each:.3f}" for each in figures), flush=True)
    for name, pairs in found.items():
        whole, blocks = np.mean(pairs, axis=0)
        print(f"{name}: whole {whole:.3f} dB, blocks {blocks - whole:+.3f} dB")


if __name__ == "__main__":
    main()
