"""What the comparisons share: images, methods of others, scores and their table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from skimage.restoration import (
    denoise_nl_means,
    denoise_tv_chambolle,
    denoise_wavelet,
)

from napari_flowprior import FlowPrior, restore
from napari_flowprior.restoration import ESTIMATORS, MMSE, Estimator, Noise

if TYPE_CHECKING:
    from pathlib import Path

Picture = NDArray[np.uint8]
Method = Callable[[Picture, float], Picture]
"""From a damaged image and the noise level to a restored image, all of 8 bits."""

SUFFIXES = {".png", ".tif", ".tiff", ".bmp", ".jpg"}
OURS = {"mmse": MMSE(), "mmse, best": MMSE(quality="best")}


@dataclass
class Scores:
    """What a method reached, one entry per image."""

    psnr: list[float] = field(default_factory=list)
    ssim: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


def read_images(folder: Path, *, colour: bool) -> dict[str, Picture]:
    paths = sorted(p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES)
    mode = "RGB" if colour else "L"
    return {p.stem: np.asarray(Image.open(p).convert(mode)) for p in paths}


def eight_bits(image: NDArray[Any]) -> Picture:
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)


def ours(prior: FlowPrior, estimator: Estimator | str) -> Method:
    def method(damaged: Picture, sigma: float) -> Picture:
        known = Noise(sigma=sigma)
        return restore(damaged, prior=prior, degradation=known, estimator=estimator)

    return method


def our_methods(prior: FlowPrior, names: list[str]) -> dict[str, Method]:
    estimators = {**{name: name for name in ESTIMATORS}, **OURS}
    return {f"ours, {name}": ours(prior, estimators[name]) for name in names}


def _channels(image: Picture) -> int | None:
    return -1 if image.ndim == 3 else None


def nl_means(damaged: Picture, sigma: float) -> Picture:
    level = sigma / 255
    image = denoise_nl_means(
        damaged / 255,
        h=0.8 * level,
        sigma=level,
        patch_size=5,
        patch_distance=6,
        fast_mode=True,
        channel_axis=_channels(damaged),
    )
    return eight_bits(255 * image)


def total_variation(damaged: Picture, sigma: float) -> Picture:
    # Chambolle's weight that fits the noise best, on photographs: about its level.
    image = denoise_tv_chambolle(
        damaged / 255, weight=sigma / 255, channel_axis=_channels(damaged)
    )
    return eight_bits(255 * image)


def wavelets(damaged: Picture, sigma: float) -> Picture:
    image = denoise_wavelet(
        damaged / 255,
        sigma=sigma / 255,
        convert2ycbcr=damaged.ndim == 3,
        channel_axis=_channels(damaged),
    )
    return eight_bits(255 * image)


def block_matching(damaged: Picture, sigma: float) -> Picture:
    from bm3d import bm3d, bm3d_rgb

    run = bm3d_rgb if damaged.ndim == 3 else bm3d
    return eight_bits(255 * run(damaged / 255, sigma / 255))


def peers() -> dict[str, Method]:
    """Methods of others, as far as their packages are installed."""
    found: dict[str, Method] = {
        "non-local means": nl_means,
        "total variation": total_variation,
    }
    if find_spec("pywt") is not None:
        found["wavelets"] = wavelets
    if find_spec("bm3d") is not None:
        found["BM3D"] = block_matching
    return found


def measure(
    pairs: Mapping[str, tuple[Picture, Picture]],
    sigma: float,
    methods: Mapping[str, Method],
) -> dict[str, Scores]:
    """Restore damaged images with every method, and compare with the clean ones."""
    scores: dict[str, Scores] = defaultdict(Scores)
    for clean, damaged in pairs.values():
        for name, method in methods.items():
            start = perf_counter()
            out = method(damaged, sigma)
            entry = scores[name]
            entry.seconds.append(perf_counter() - start)
            entry.psnr.append(peak_signal_noise_ratio(clean, out))
            similar = structural_similarity(clean, out, channel_axis=_channels(clean))
            entry.ssim.append(similar)
    return scores


def table(columns: dict[str, dict[str, Scores]], first: str) -> str:
    """Format PSNR / SSIM per column, then the time relative to the method `first`."""
    lines = ["| method | " + " | ".join(columns) + " | time |"]
    lines.append("|---" * (len(columns) + 2) + "|")

    def seconds(name: str) -> float:
        means = [np.mean(scores[name].seconds) for scores in columns.values()]
        return float(np.mean(means))

    for name in next(iter(columns.values())):
        cells = [
            f"{np.mean(scores[name].psnr):.2f} / {np.mean(scores[name].ssim):.3f}"
            for scores in columns.values()
        ]
        idle = seconds(name) < 1e-4
        relative = "" if idle else f"{seconds(name) / seconds(first):.2f}"
        lines.append(f"| {name} | " + " | ".join(cells) + f" | {relative} |")
    return "\n".join(lines)
