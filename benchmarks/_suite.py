"""What the comparisons share: images, methods of others, scores and their table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
import tifffile
import torch
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
    from _figure import Figure

Picture = NDArray[np.uint8]
Method = Callable[[NDArray[Any], float], Picture]
"""From a damaged image (0 to 255, of any type) and the noise level to one of 8 bits."""

SUFFIXES = {".png", ".bmp", ".jpg", ".jpeg"}
OURS = {
    "mmse": MMSE(),
    "mmse, good": MMSE(quality="good"),
    "mmse, best": MMSE(quality="best"),
}


@dataclass
class Scores:
    """What a method reached, one entry per image."""

    psnr: list[float] = field(default_factory=list)
    ssim: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


def read_images(
    places: Sequence[str], *, colour: bool = False, limit: int | None = None
) -> dict[str, Picture]:
    """Read files, and the files of folders; each plane of a TIFF file is an image.

    A name such as ``stack.tif:0,3`` takes those planes only.
    """
    images: dict[str, Picture] = {}
    for place in places:
        name, _, chosen = place.partition(":")
        found = Path(name)
        for path in sorted(found.iterdir()) if found.is_dir() else [found]:
            if path.suffix.lower() in {".tif", ".tiff"}:
                images |= _planes(path, [int(k) for k in chosen.split(",") if k])
            elif path.suffix.lower() in SUFFIXES:
                mode = "RGB" if colour else "L"
                images[path.stem] = np.asarray(Image.open(path).convert(mode))
    return dict(list(images.items())[:limit])


def _planes(path: Path, chosen: list[int]) -> dict[str, Picture]:
    """Read planes of a TIFF file of any depth, each spread over 8 bits."""
    stack = tifffile.imread(path)
    planes = stack.reshape(-1, *stack.shape[-2:]).astype(float)
    images = {}
    for index, plane in enumerate(planes):
        if chosen and index not in chosen:
            continue
        low, high = np.percentile(plane, (0.1, 99.9))
        images[f"{path.stem}[{index}]"] = eight_bits(255 * (plane - low) / (high - low))
    return images


def centre(image: Picture, side: int | None) -> Picture:
    """Cut out the square in the middle."""
    if side is None:
        return image
    top, left = ((length - side) // 2 for length in image.shape[:2])
    return image[top : top + side, left : left + side]


def eight_bits(image: NDArray[Any]) -> Picture:
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)


def ours(prior: FlowPrior, estimator: Estimator | str) -> Method:
    def method(damaged: NDArray[Any], sigma: float) -> Picture:
        known = Noise(sigma=sigma)
        out = restore(damaged, prior=prior, degradation=known, estimator=estimator)
        return eight_bits(out)

    return method


def our_methods(prior: FlowPrior, names: list[str]) -> dict[str, Method]:
    estimators = {**{name: name for name in ESTIMATORS}, **OURS}
    return {f"ours, {name}": ours(prior, estimators[name]) for name in names}


def _channels(image: NDArray[Any]) -> int | None:
    return -1 if image.ndim == 3 else None


def nl_means(damaged: NDArray[Any], sigma: float) -> Picture:
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


def total_variation(damaged: NDArray[Any], sigma: float) -> Picture:
    # Chambolle's weight that fits the noise best, on photographs: about its level.
    image = denoise_tv_chambolle(
        damaged / 255, weight=sigma / 255, channel_axis=_channels(damaged)
    )
    return eight_bits(255 * image)


def wavelets(damaged: NDArray[Any], sigma: float) -> Picture:
    image = denoise_wavelet(
        damaged / 255,
        sigma=sigma / 255,
        convert2ycbcr=damaged.ndim == 3,
        channel_axis=_channels(damaged),
    )
    return eight_bits(255 * image)


def block_matching(damaged: NDArray[Any], sigma: float) -> Picture:
    from bm3d import bm3d, bm3d_rgb

    run = bm3d_rgb if damaged.ndim == 3 else bm3d
    return eight_bits(255 * run(damaged / 255, sigma / 255))


def epll(mixture: Path) -> Method:
    """EPLL of deepinv, with a mixture of `epll_mixture.py`, in grey."""
    from deepinv.optim import EPLL
    from deepinv.physics import Denoising, GaussianNoise

    model = EPLL(pretrained=str(mixture), patch_size=6, channels=1)

    def method(damaged: NDArray[Any], sigma: float) -> Picture:
        image = torch.from_numpy(damaged / 255).float()[None, None]
        physics = Denoising(GaussianNoise(sigma / 255))
        with torch.no_grad():
            out = model(image, physics, sigma=sigma / 255, batch_size=10_000)
        return eight_bits(255 * out[0, 0].numpy())

    return method


def deep_image_prior(damaged: NDArray[Any], _: float) -> Picture:
    """Fit deepinv's network to the image: 2500 steps of Adam at 0.01, as published."""
    from deepinv.models import ConvDecoder, DeepImagePrior
    from deepinv.physics import Denoising

    torch.manual_seed(0)
    planes = np.atleast_3d(damaged / 255).transpose(2, 0, 1)
    image = torch.from_numpy(planes).float()[None]
    network = ConvDecoder(tuple(image.shape[1:]))
    out = DeepImagePrior(network, (256, 4, 4))(image, Denoising())
    pixels = out.detach()[0].numpy().transpose(1, 2, 0)
    return eight_bits(255 * pixels.reshape(damaged.shape))


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
    pairs: Mapping[str, tuple[Picture, NDArray[Any]]],
    sigma: float,
    methods: Mapping[str, Method],
    figure: Figure | None = None,
) -> dict[str, Scores]:
    """Restore damaged images with every method, and compare with the clean ones."""
    scores: dict[str, Scores] = defaultdict(Scores)
    for image, (clean, damaged) in pairs.items():
        if figure is not None:
            figure.add(image, "original", clean)
        for name, method in methods.items():
            start = perf_counter()
            out = method(damaged, sigma)
            if figure is not None:
                figure.add(image, name, out)
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
