"""Prepare the images that the prior `microscopy` is trained on.

Reads electron micrographs, CT slices, fluorescence and bright field images of one
folder (nine files, listed below with what is done to them) and photographs of another,
and writes 8-bit PNG files into OUT/train and OUT/val, with OUT/SOURCES.txt. Real images
are first freed of most of their noise with the prior `photo-gray`, or else a prior
would learn to keep it; then shrunk. Images of nuclei and tissue (PNG files of the
folder ``dsb2018``) are shrunk where they are large or noisy; those in colour go to
OUT/colour, and in grey to the others. Structures drawn by `_structures.py` make up for
what real images lack, and photographs keep the prior general::

    python benchmarks/microscopy_data.py MICROSCOPY PHOTOS OUT
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import tifffile
import torch
from _structures import SIDE, structure
from numpy.typing import NDArray
from PIL import Image
from skimage.restoration import estimate_sigma
from skimage.transform import downscale_local_mean

from napari_flowprior import FlowPrior, restore

if TYPE_CHECKING:
    from collections.abc import Iterator

Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Source:
    """Files, which of their planes to take, and by what factors to shrink them."""

    pattern: str
    about: str
    first: int = 0
    last: int | None = None
    factors: tuple[int, ...] = (1, 2)


SOURCES = (
    Source("sem_shale*.tif", "SEM sections of shale; MIT", factors=(2, 4)),
    Source("microct_Sandstone*.tif", "micro-CT of sandstone; MIT"),
    # In focus, where the signal is well above the noise.
    Source("nuclei.tif", "confocal nuclei; CC0 or BSD-3-Clause", 26, 50, (1,)),
    Source("scratch*.tiff", "scratch assay; CC0 or BSD-3-Clause", 0, 20, (1,)),
    Source(
        "histology*.tif", "histology of skin; CC0 or BSD-3-Clause", factors=(1, 2, 3)
    ),
)
# Nuclei and tissue: noise (of 255) and side from which on an image is shrunk.
NUCLEI = "nuclei and tissue of the Data Science Bowl 2018 (BBBC038); CC0"
NOISY, LARGE = 1.5, 500
HELD_OUT = 8
STRUCTURES = 400
PHOTOS = 200


def planes(path: Path) -> NDArray[Any]:
    """Read a file as planes (n, y, x), colour channels among them."""
    stack: NDArray[Any] = tifffile.imread(path).astype(float)
    if stack.shape[-1] == 3:
        stack = np.moveaxis(stack, -1, 0)
    return stack.reshape(-1, *stack.shape[-2:])


def spread(plane: NDArray[Any]) -> NDArray[Any]:
    """Spread the intensities of a plane over 0 to 255."""
    low, high = np.percentile(plane, (0.1, 99.9))
    return np.clip(255 * (plane - low) / (high - low), 0, 255)


def real(source: Source, path: Path, prior: FlowPrior) -> Iterator[tuple[str, Picture]]:
    """Clean, shrink and name the planes of a file."""
    for index, plane in enumerate(planes(path)[source.first : source.last]):
        clean = restore(spread(plane), prior=prior)
        for factor in source.factors:
            small = downscale_local_mean(clean, (factor, factor))
            inner = small[: plane.shape[0] // factor, : plane.shape[1] // factor]
            image = np.clip(np.rint(spread(inner)), 0, 255).astype(np.uint8)
            yield f"{path.stem}-{index}-{factor}", image


def nuclei(folder: Path) -> Iterator[tuple[str, Picture]]:
    """Read images of nuclei and tissue, and shrink the large and the noisy ones."""
    for path in sorted(folder.glob("*.png")):
        image = np.asarray(Image.open(path))
        plain = spread(image.astype(float))
        noise = estimate_sigma(plain, channel_axis=-1 if image.ndim == 3 else None)
        if np.mean(noise) > NOISY or min(image.shape[:2]) > LARGE:
            factors = (2, 2, 1)[: image.ndim]
            small = downscale_local_mean(image.astype(float), factors)
            plain = spread(small[: image.shape[0] // 2, : image.shape[1] // 2])
        yield path.stem, np.rint(plain).astype(np.uint8)


def photographs(folder: Path, count: int) -> Iterator[tuple[str, Picture]]:
    """Cut a square out of each of some photographs, in grey."""
    rng = np.random.default_rng(0)
    paths = sorted(folder.glob("*.jp*g"))
    for path in (paths[k] for k in rng.permutation(len(paths))[:count]):
        image = np.asarray(Image.open(path).convert("L"))
        top, left = (rng.integers(max(side - SIDE, 1)) for side in image.shape)
        yield f"photo-{path.stem}", image[top : top + SIDE, left : left + SIDE]


def save(folder: Path, images: Iterator[tuple[str, Picture]]) -> None:
    """Write images under their names."""
    for name, image in images:
        Image.fromarray(image).save(folder / f"{name}.png")


def prepare(microscopy: Path, photos: Path, out: Path) -> None:
    """Write all images; the lowest quarter of each real one is held out."""
    prior = FlowPrior.load("photo-gray")
    train, held_out, colour = out / "train", out / "val", out / "colour"
    for folder in (train, held_out, colour):
        folder.mkdir(parents=True)
    found = list(nuclei(microscopy / "dsb2018"))
    save(colour, ((name, image) for name, image in found if image.ndim == 3))
    save(train, iter(found[HELD_OUT:]))
    save(held_out, iter(found[:HELD_OUT]))
    save(train, ((f"drawn-{k}", structure(k)) for k in range(STRUCTURES)))
    drawn = range(STRUCTURES, STRUCTURES + HELD_OUT)
    save(held_out, ((f"drawn-{k}", structure(k)) for k in drawn))
    save(train, photographs(photos / "train", PHOTOS))
    save(held_out, photographs(photos / "val", HELD_OUT))
    for source in SOURCES:
        for path in sorted(microscopy.glob(source.pattern)):
            for name, image in real(source, path, prior):
                cut = 3 * len(image) // 4
                save(train, iter([(name, image[:cut])]))
                if len(image) - cut >= 64 and name.endswith(("-0-1", "-0-2")):
                    save(held_out, iter([(name, image[cut:])]))
    lines = [*(source.about for source in SOURCES), NUCLEI]
    (out / "SOURCES.txt").write_text("\n".join(lines) + "\n")


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("microscopy", type=Path)
    parser.add_argument("photos", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    return parser.parse_args()


if __name__ == "__main__":
    options = parse()
    torch.set_num_threads(options.threads)
    prepare(options.microscopy, options.photos, options.out)
