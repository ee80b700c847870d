"""How sure a restoration is: an interval for every pixel, and a map of what to doubt.

A noisy photograph is restored by the mean of samples of the posterior. Prints how many
pixels of the clean one are inside the interval that should hold nine of ten, and which
tiles are the most foreign to the prior, so that they are to be trusted least, beside
the errors that they really have. Draws the maps, if asked to::

    python examples/uncertainty.py --picture maps.png
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image
from skimage import data

from napari_flowprior import log_prob_map, posterior
from napari_flowprior.restoration import Noise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pixels = NDArray[Any]

DETAIL = np.s_[60:156, 170:266]  # of the photograph of the cameraman
SIGMA, COVERAGE, TILE, FEWEST, GAP = 25, 0.9, 32, 3, 8


def tiles(values: Pixels) -> Pixels:
    """Return the mean of every tile, (rows, columns)."""
    rows, columns = (side // TILE for side in values.shape)
    mean: Pixels = values.reshape(rows, TILE, columns, TILE).mean(axis=(1, 3))
    return mean


def least_trusted(bits: Pixels, errors: Pixels) -> list[str]:
    """Describe the tiles of the most bits, and how wrong they are."""
    worst = np.argsort(bits, axis=None)[::-1][:FEWEST]
    places = [divmod(int(number), bits.shape[1]) for number in worst]
    return [
        f"rows from {row * TILE}, columns from {column * TILE}: "
        f"{bits[row, column]:.2f} bits, error {errors[row, column]:.1f}"
        for row, column in places
    ]


def stretched(values: Pixels) -> Pixels:
    """Return a map as grey levels, its least value black and its highest one white."""
    low, high = values.min(), values.max()
    grey: Pixels = np.rint(255 * (values - low) / (high - low)).astype(np.uint8)
    return grey


def draw(images: list[Pixels], path: Path) -> None:
    """Draw images side by side."""
    gap = np.full((len(images[0]), GAP), 255, np.uint8)
    parts = [part for image in images for part in (gap, image)]
    Image.fromarray(np.hstack(parts[1:])).save(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    help_text = "PNG file: noisy, restored, standard deviation, bits"
    parser.add_argument("--picture", type=Path, help=help_text)
    options = parser.parse_args()

    clean = data.camera()[DETAIL].astype(float)
    noise = np.random.default_rng(0).normal(0, SIGMA, clean.shape)
    noisy = np.clip(np.rint(clean + noise), 0, 255).astype(np.uint8)

    # Mean and standard deviation of samples of what the image may have been; the more,
    # the smoother is the map, and the longer it takes.
    found = posterior(noisy, degradation=Noise(sigma=SIGMA), samples=4)
    errors = np.abs(found.mean - clean)
    inside = (errors <= found.margin(COVERAGE)).mean()
    print(f"inside the interval of {COVERAGE:.0%}: {inside:.1%} of the pixels")

    # Bits per value: the more the prior needs, the less has it foreseen what is there.
    bits = log_prob_map(found.mean, tile=TILE)
    print(f"all tiles: {bits.mean():.2f} bits, error {errors.mean():.1f}")
    for line in least_trusted(tiles(bits), tiles(errors)):
        print(line)

    if options.picture is not None:
        maps = [stretched(found.std), stretched(bits)]
        draw([noisy, found.mean, *maps], options.picture)


if __name__ == "__main__":
    main()
