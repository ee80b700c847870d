"""Draw what a recipe gave: its curves, samples, and restorations of held-out images.

Needs matplotlib. The table of figures is expected beside the prior::

    python benchmarks/recipe_pictures.py mnist.safetensors OUT.png --images mnist.npz
    python benchmarks/recipe_pictures.py sprites.safetensors OUT.png
    python benchmarks/recipe_pictures.py photos.safetensors OUT.png --images VAL

Images are the test digits of MNIST, sprites of reserved seeds, or the centres of the
photographs in a folder. Noise and holes are known to the restoration; JPEG damage is
taken for noise of sigma 10.
"""

from __future__ import annotations

import argparse
import csv
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
import torch
from PIL import Image
from skimage.metrics import peak_signal_noise_ratio

from napari_flowprior import FlowPrior, restore
from napari_flowprior.data import expand_inputs, read_image
from napari_flowprior.restoration import Inpaint, Noise
from napari_flowprior.training import Sprites, TrainOutputs, read_mnist

mpl.use("agg")
from matplotlib import pyplot as plt

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    Damage = Callable[[NDArray[np.uint8]], tuple[NDArray[np.uint8], NDArray[np.uint8]]]

_SIDE = 128
_JPEG_QUALITY, _JPEG_SIGMA = 10, 10


def eight_bits(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def held_out(path: Path | None, number: int, channels: int) -> list[NDArray[np.uint8]]:
    """Return images that the prior was not trained on, (Y, X) or (Y, X, S)."""
    if path is None:
        drawn = np.rint(Sprites().held_out(number) * 255).astype(np.uint8)
        return list(drawn.transpose(0, 2, 3, 1))
    if path.suffix == ".npz":
        return list(read_mnist(path)[1][:number])
    found = []
    for file in expand_inputs([path])[:number]:
        image = np.asarray(read_image(file).array)
        y, x = ((n - _SIDE) // 2 for n in image.shape[:2])
        crop = image[y : y + _SIDE, x : x + _SIDE]
        grey = Image.fromarray(crop).convert("RGB" if channels == 3 else "L")
        found.append(np.asarray(grey))
    return found


def damages(prior: FlowPrior, sigma: float, *, jpeg: bool) -> dict[str, Damage]:
    """Return ways to damage an image and to restore it: (damaged, restored)."""
    rng = np.random.default_rng(0)

    def noise(clean: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], ...]:
        noisy = eight_bits(clean + rng.normal(0, sigma, clean.shape))
        return noisy, restore(noisy, prior=prior, degradation=Noise(sigma=sigma))

    def holes(clean: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], ...]:
        mask = rng.random(clean.shape[:2]) < 0.5
        torn = clean.copy()
        torn[mask] = 0
        return torn, restore(torn, prior=prior, degradation=Inpaint(mask=mask))

    def compress(clean: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], ...]:
        file = BytesIO()
        Image.fromarray(clean).save(file, "JPEG", quality=_JPEG_QUALITY)
        damaged = np.asarray(Image.open(file))
        known = Noise(sigma=_JPEG_SIGMA)
        return damaged, restore(damaged, prior=prior, degradation=known)

    found = {f"noise, sigma {sigma:g}": noise, "half of the pixels missing": holes}
    if jpeg:
        found[f"JPEG, quality {_JPEG_QUALITY}"] = compress
    return found


def side_by_side(images: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Join images of one size with thin white lines."""
    wide = [(0, 0), (0, 2)] + [(0, 0)] * (images[0].ndim - 2)
    return np.concatenate([np.pad(i, wide, constant_values=255) for i in images], 1)


def show(axes: Axes, image: NDArray[np.uint8], title: str) -> None:
    axes.imshow(image, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    axes.set_title(title, fontsize=8, loc="left", pad=2)
    axes.set_axis_off()


def draw_curves(axes: tuple[Axes, Axes], path: Path) -> None:
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    measured = [row for row in rows if row["bits_per_dim"]]
    steps = [int(row["step"]) for row in measured]
    for panel, name, unit in zip(
        axes,
        ("bits_per_dim", "denoising_psnr"),
        ("bits per dimension", "denoising PSNR, dB"),
        strict=True,
    ):
        values = [float(row[name] or "nan") for row in measured]
        panel.plot(steps, values, ".-", color="#1f6f8b", linewidth=1, markersize=3)
        panel.set_title(f"held out: {unit}, {values[-1]:.2f}", fontsize=8, loc="left")
        panel.set_xlabel("step", fontsize=8)
        panel.tick_params(labelsize=7)
        panel.grid(alpha=0.3)


def draw_samples(prior: FlowPrior, side: int, temperature: float) -> NDArray[np.uint8]:
    generator = torch.Generator().manual_seed(1)
    drawn = prior.flow.sample(
        8, (side, side), temperature=temperature, generator=generator
    )
    images = eight_bits(drawn.numpy() * 255).transpose(0, 2, 3, 1)
    return side_by_side([image.squeeze() for image in images])


def mean_psnr(clean: list[NDArray[np.uint8]], other: list[NDArray[np.uint8]]) -> float:
    pairs = zip(clean, other, strict=True)
    return float(np.mean([peak_signal_noise_ratio(a, b) for a, b in pairs]))


def draw(prior: FlowPrior, options: argparse.Namespace) -> None:
    clean = held_out(options.images, options.number, prior.channels)
    digits = options.images is not None and options.images.suffix == ".npz"
    found = damages(prior, options.sigma, jpeg=not digits)
    rows = 3 + 2 * len(found)
    figure = plt.figure(figsize=(8, 1.8 + 1.14 * rows), layout="constrained")
    grid = figure.add_gridspec(rows + 1, 2, height_ratios=[1.6] + [1] * rows)
    panels = figure.add_subplot(grid[0, 0]), figure.add_subplot(grid[0, 1])
    draw_curves(panels, TrainOutputs(Path(options.prior)).metrics)
    strips = [figure.add_subplot(grid[row, :]) for row in range(1, rows + 1)]
    size = int(prior.info.training.get("patch_size", 64))
    for strip, temperature in zip(strips, (0.7, 1.0), strict=False):
        title = f"samples at temperature {temperature:g}"
        show(strip, draw_samples(prior, size, temperature), title)
    show(strips[2], side_by_side(clean), "held-out images")
    for place, (name, damage) in enumerate(found.items()):
        pairs = [damage(image) for image in clean]
        before, after = [p[0] for p in pairs], [p[1] for p in pairs]
        for offset, what, images in ((3, name, before), (4, "restored", after)):
            title = f"{what}: {mean_psnr(clean, images):.2f} dB"
            show(strips[2 * place + offset], side_by_side(images), title)
    figure.savefig(options.output, dpi=110)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prior", help="file, with its table of figures beside it")
    parser.add_argument("output", type=Path)
    parser.add_argument("--images", type=Path)
    parser.add_argument("--number", type=int, default=8)
    parser.add_argument("--sigma", type=float, default=25)
    options = parser.parse_args()
    draw(FlowPrior.load(options.prior), options)


if __name__ == "__main__":
    main()
