"""Draw what a recipe gave: its curves, samples, and restorations of held-out images.

Writes NAME-training.png and NAME-restored.png into a folder, with the figures of the
training from the table beside the prior, or the one given::

    python benchmarks/recipe_pictures.py mnist.safetensors OUT --images mnist.npz
    python benchmarks/recipe_pictures.py sprites.safetensors OUT
    python benchmarks/recipe_pictures.py photos.safetensors OUT --images VAL

Images are test digits of MNIST, sprites of reserved seeds, or of each photograph in a
folder the window with most contrast. The restoration knows the level of the noise and
where the holes are; damage by JPEG it takes for noise of sigma 10.
"""

from __future__ import annotations

import argparse
import csv
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import torch
from _drawing import Cell, Curve, draw_axes, draw_grid, save, stack, titled
from numpy.typing import NDArray
from PIL import Image
from skimage.metrics import peak_signal_noise_ratio

from napari_flowprior import FlowPrior, restore
from napari_flowprior.data import expand_inputs, read_image
from napari_flowprior.restoration import Degradation, Inpaint, Noise
from napari_flowprior.training import Sprites, TrainOutputs, read_mnist

_BLUE, _ORANGE = (31, 111, 139), (214, 120, 40)
_PHOTO = 96
_JPEG_QUALITY, _JPEG_SIGMA = 10, 10


@dataclass(frozen=True)
class Damaged:
    """A damaged image, and what the restoration is told about it."""

    image: NDArray[np.uint8]
    known: Degradation


def eight_bits(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def held_out(path: Path | None, number: int, channels: int) -> list[NDArray[np.uint8]]:
    """Return images that the prior was not trained on, (Y, X) or (Y, X, 3)."""
    if path is None:
        sprites = eight_bits(255 * Sprites().held_out(number))
        return list(sprites.transpose(0, 2, 3, 1))
    if path.suffix == ".npz" or any(path.glob("*-ubyte*")):
        return list(read_mnist(path)[1][:number])
    mode = "RGB" if channels == 3 else "L"
    return [liveliest(file, mode) for file in expand_inputs([path])[:number]]


def liveliest(file: Path, mode: str) -> NDArray[np.uint8]:
    """Return the window of an image whose standard deviation is largest."""
    photo = Image.fromarray(np.asarray(read_image(file).array)).convert(mode)
    image = np.asarray(photo)
    height, width = image.shape[:2]
    corners = np.ndindex(height // _PHOTO, width // _PHOTO)
    places = [(_PHOTO * y, _PHOTO * x) for y, x in corners]
    return max((window(image, *place) for place in places), key=np.std)


def window(image: NDArray[np.uint8], y: int, x: int) -> NDArray[np.uint8]:
    return image[y : y + _PHOTO, x : x + _PHOTO]


def with_noise(
    clean: NDArray[np.uint8], sigma: float, rng: np.random.Generator
) -> Damaged:
    noisy = eight_bits(clean + rng.normal(0, sigma, clean.shape))
    return Damaged(noisy, Noise(sigma=sigma))


def with_holes(clean: NDArray[np.uint8], rng: np.random.Generator) -> Damaged:
    """Remove half of the pixels."""
    mask = rng.random(clean.shape[:2]) < 0.5
    torn = clean.copy()
    torn[mask] = 0
    return Damaged(torn, Inpaint(mask=mask))


def compressed(clean: NDArray[np.uint8]) -> Damaged:
    file = BytesIO()
    Image.fromarray(clean).save(file, "JPEG", quality=_JPEG_QUALITY)
    return Damaged(np.asarray(Image.open(file)), Noise(sigma=_JPEG_SIGMA))


def damages(clean: NDArray[np.uint8], sigma: float, *, jpeg: bool) -> list[Damaged]:
    rng = np.random.default_rng(0)
    found = [with_noise(clean, sigma, rng), with_holes(clean, rng)]
    return [*found, compressed(clean)] if jpeg else found


def enlarged(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Show the pixels of tiny images."""
    times = max(1, 60 // len(image))
    return image.repeat(times, axis=0).repeat(times, axis=1)


def cell(image: NDArray[np.uint8], clean: NDArray[np.uint8]) -> Cell:
    psnr = peak_signal_noise_ratio(clean, image)
    return Cell(enlarged(image), f"{psnr:.1f} dB")


def restored_row(
    prior: FlowPrior, clean: NDArray[np.uint8], found: list[Damaged]
) -> list[Cell]:
    row = [Cell(enlarged(clean))]
    for damaged in found:
        known = damaged.known
        image = restore(damaged.image, prior=prior, degradation=known, device="cpu")
        row += [cell(damaged.image, clean), cell(image, clean)]
    return row


def restored_page(prior: FlowPrior, options: argparse.Namespace) -> Image.Image:
    images = held_out(options.images, options.number, prior.channels)
    # Digits are almost binary, so they bear more noise; and nobody stores them as JPEG.
    digits = len(images[0]) < 32
    sigma = options.sigma or (75 if digits else 25)
    heads = ["clean", f"noise {sigma:g}", "restored", "holes", "restored"]
    heads += [] if digits else [f"JPEG {_JPEG_QUALITY}", "restored"]
    rows = [
        restored_row(prior, image, damages(image, sigma, jpeg=not digits))
        for image in images
    ]
    if digits:
        half = len(rows) // 2
        grids = [draw_grid(part, heads) for part in (rows[:half], rows[half:])]
        return stack(grids, across=True)
    return draw_grid(rows, heads)


def column(rows: list[dict[str, str]], name: str) -> tuple[list[float], list[float]]:
    """Return steps and values where a column of the table is filled."""
    filled = [row for row in rows if row.get(name)]
    return [float(r["step"]) for r in filled], [float(r[name]) for r in filled]


def smoothed(values: list[float], width: int) -> list[float]:
    """Return running means: a batch's figure jumps with its images."""
    sums = np.cumsum([0.0, *values])
    ends = np.arange(1, len(sums))
    starts = np.maximum(ends - width, 0)
    return list((sums[ends] - sums[starts]) / (ends - starts))


def curves(table: Path) -> list[Image.Image]:
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    steps, bits = column(rows, "bits_per_dim")
    every, train = column(rows, "train_bits_per_dim")
    train = smoothed(train, max(1, len(train) // 50))
    lines = [
        Curve("training, noisy", _ORANGE, every, train),
        Curve("held out", _BLUE, steps, bits),
    ]
    pages = [draw_axes("bits per dimension", lines)]
    steps, decibels = column(rows, "denoising_psnr")
    if decibels:
        line = Curve("held out", _BLUE, steps, decibels)
        pages.append(draw_axes("PSNR of denoising, sigma 25, dB", [line]))
    return pages


def samples(prior: FlowPrior, temperature: float, columns: int) -> list[Cell]:
    side = int(prior.info.training.get("patch_size", 64))
    generator = torch.Generator().manual_seed(1)
    drawn = prior.flow.sample(
        columns, (side, side), temperature=temperature, generator=generator
    )
    images = eight_bits(drawn.numpy() * 255).transpose(0, 2, 3, 1)
    return [Cell(enlarged(image.squeeze())) for image in images]


def training_page(prior: FlowPrior, table: Path) -> Image.Image:
    grids = []
    for temperature in (0.7, 1.0):
        row = samples(prior, temperature, columns=5)
        title = f"samples at temperature {temperature:g}"
        grids.append(titled(draw_grid([row]), title))
    return stack([stack(curves(table), across=True), stack(grids, across=True)])


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prior", help="name or file")
    parser.add_argument("folder", type=Path, help="where the pictures go")
    parser.add_argument("--images", type=Path, help="default: sprites")
    parser.add_argument("--metrics", type=Path, help="default: beside the prior")
    parser.add_argument("--number", type=int, default=4, help="of images to restore")
    parser.add_argument("--sigma", type=float, help="default: 25, or 75 for digits")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    return parser.parse_args()


def main() -> None:
    options = parse()
    torch.set_num_threads(options.threads)
    prior = FlowPrior.load(options.prior)
    stem = Path(options.prior).stem
    table = options.metrics or TrainOutputs(Path(options.prior)).metrics
    options.folder.mkdir(parents=True, exist_ok=True)
    save(training_page(prior, table), options.folder / f"{stem}-training.png")
    save(restored_page(prior, options), options.folder / f"{stem}-restored.png")


if __name__ == "__main__":
    main()
