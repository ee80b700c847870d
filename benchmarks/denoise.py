"""Denoise a folder of clean images with our estimators and with peers, in one run.

Every method gets the same noisy images, rounded and clipped to 8 bits, and the true
noise level. Prints mean PSNR and SSIM and the mean time relative to ours, as a
Markdown table::

    python benchmarks/denoise.py SET12 --sigma 15 25 50 --prior photo-gray
    python benchmarks/denoise.py KODAK24 --colour --prior photo-rgb

BM3D takes part where the package ``bm3d`` is installed.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from skimage.restoration import denoise_nl_means

from napari_flowprior import FlowPrior, restore
from napari_flowprior.restoration import Noise

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Method = Callable[[NDArray[np.uint8], float], NDArray[np.uint8]]

SUFFIXES = {".png", ".tif", ".tiff", ".bmp", ".jpg"}


@dataclass
class Scores:
    """What a method reached, one entry per image."""

    psnr: list[float] = field(default_factory=list)
    ssim: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


def read_images(folder: Path, *, colour: bool) -> list[NDArray[np.uint8]]:
    paths = sorted(p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES)
    mode = "RGB" if colour else "L"
    return [np.asarray(Image.open(path).convert(mode)) for path in paths]


def eight_bits(image: NDArray[np.floating]) -> NDArray[np.uint8]:
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)


def ours(prior: FlowPrior, estimator: str) -> Method:
    def method(noisy: NDArray[np.uint8], sigma: float) -> NDArray[np.uint8]:
        known = Noise(sigma=sigma)
        return restore(noisy, prior=prior, degradation=known, estimator=estimator)

    return method


def ours_blind(noisy: NDArray[np.uint8], prior: FlowPrior) -> NDArray[np.uint8]:
    return restore(noisy, prior=prior)


def nl_means(noisy: NDArray[np.uint8], sigma: float) -> NDArray[np.uint8]:
    axis = -1 if noisy.ndim == 3 else None
    level = sigma / 255
    options = {"patch_size": 5, "patch_distance": 6, "fast_mode": True}
    image = denoise_nl_means(
        noisy / 255, h=0.8 * level, sigma=level, channel_axis=axis, **options
    )
    return eight_bits(255 * image)


def block_matching(noisy: NDArray[np.uint8], sigma: float) -> NDArray[np.uint8]:
    from bm3d import bm3d, bm3d_rgb

    run = bm3d_rgb if noisy.ndim == 3 else bm3d
    return eight_bits(255 * run(noisy / 255, sigma / 255))


def methods(prior: FlowPrior, estimators: list[str]) -> dict[str, Method]:
    """Ours come first: the times of the others are given relative to it."""
    found: dict[str, Method] = {f"ours, {e}": ours(prior, e) for e in estimators}
    found["ours, sigma estimated"] = lambda y, _: ours_blind(y, prior)
    found["non-local means"] = nl_means
    if find_spec("bm3d") is not None:
        found["BM3D"] = block_matching
    return found


def measure(
    images: list[NDArray[np.uint8]], sigma: float, found: dict[str, Method]
) -> dict[str, Scores]:
    scores: dict[str, Scores] = defaultdict(Scores)
    rng = np.random.default_rng(0)
    for clean in images:
        noisy = eight_bits(clean + rng.normal(0, sigma, clean.shape))
        for name, method in {"noisy": lambda y, _: y, **found}.items():
            start = perf_counter()
            out = method(noisy, sigma)
            scores[name].seconds.append(perf_counter() - start)
            scores[name].psnr.append(peak_signal_noise_ratio(clean, out))
            axis = -1 if clean.ndim == 3 else None
            similar = structural_similarity(clean, out, channel_axis=axis)
            scores[name].ssim.append(similar)
    return scores


def report(scores: dict[float, dict[str, Scores]], first: str) -> str:
    """Format the table: PSNR / SSIM per noise level, then time relative to ours."""
    levels = list(scores)
    heads = [f"sigma {level:g}" for level in levels]
    lines = ["| method | " + " | ".join(heads) + " | time |"]
    lines.append("|---" * (len(levels) + 2) + "|")
    for name in scores[levels[0]]:
        cells = [
            f"{np.mean(scores[level][name].psnr):.2f} / "
            f"{np.mean(scores[level][name].ssim):.3f}"
            for level in levels
        ]
        mine = np.mean([scores[level][first].seconds for level in levels])
        time = np.mean([scores[level][name].seconds for level in levels])
        relative = "" if name == "noisy" else f"{time / mine:.2f}"
        lines.append(f"| {name} | " + " | ".join(cells) + f" | {relative} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sigma", type=float, nargs="+", default=[15, 25, 50])
    parser.add_argument("--prior", default="photo-gray")
    parser.add_argument("--estimators", nargs="+", default=["mmse"])
    parser.add_argument("--colour", action="store_true")
    parser.add_argument("--limit", type=int, help="only so many images")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    images = read_images(options.folder, colour=options.colour)[: options.limit]
    found = methods(FlowPrior.load(options.prior), options.estimators)
    scores = {level: measure(images, level, found) for level in options.sigma}
    print(f"{len(images)} images of {options.folder.name}, prior {options.prior}")
    print(report(scores, next(iter(found))))


if __name__ == "__main__":
    main()
