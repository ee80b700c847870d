"""Count which images a training would refuse as noisy, one image at a time.

For each folder, the share of its images that are refused as they are, and with noise
added: white noise of some levels of 255, and photons at some peaks. Images that are
clean should not be refused, those with noise should::

    python benchmarks/noisiness.py SET12 KODAK24 --threads 1
    python benchmarks/noisiness.py "FMD/*_clean.png" "FMD/*_noisy.png" --as-they-are

"""

from __future__ import annotations

import argparse
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch

from napari_flowprior._errors import InputError
from napari_flowprior.training import TrainingImage, measure_noisiness
from napari_flowprior.training.patches import ImageCache, find_images, view_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Change = Callable[[NDArray[np.float64]], NDArray[np.float64]]

SIDE = 256


def white(sigma: float, plane: NDArray[np.float64]) -> NDArray[np.float64]:
    noise = np.random.default_rng(0).standard_normal(plane.shape)
    return plane + sigma / 255 * noise


def photons(peak: float, plane: NDArray[np.float64]) -> NDArray[np.float64]:
    counts = np.random.default_rng(0).poisson(plane.clip(min=0) * peak)
    return counts / peak


def same(plane: NDArray[np.float64]) -> NDArray[np.float64]:
    return plane


CHANGES: dict[str, Change] = {
    "as they are": same,
    **{f"noise {sigma}": partial(white, sigma) for sigma in (3, 5, 10, 25)},
    **{f"{peak} photons": partial(photons, peak) for peak in (20, 100, 400)},
}


def middle(image: TrainingImage) -> NDArray[np.generic]:
    """Read the middle of the middle plane; of colours the mean."""
    view = view_of(image)
    ys, xs = (
        slice(max(0, n - SIDE) // 2 // 16 * 16, max(0, n - SIDE) // 2 // 16 * 16 + SIDE)
        for n in view.shape
    )
    planes = view.read(view.samples // 2, ys, xs, np.float64).mean(0)
    kind = view.dtype
    return (planes.round() if kind.kind != "f" else planes).astype(kind)


def changed(plane: NDArray[np.generic], change: Change) -> NDArray[np.generic]:
    values = plane.astype(np.float64)
    if plane.dtype == np.uint8:
        return (255 * change(values / 255)).round().clip(0, 255).astype(np.uint8)
    low, high = np.percentile(values, [0.1, 99.9])
    range_ = max(high - low, 1e-9)
    return (low + range_ * change((values - low) / range_)).astype(np.float32)


def refused(plane: NDArray[np.generic], name: str) -> bool:
    array = plane if name == "as they are" else changed(plane, CHANGES[name])
    return not measure_noisiness([TrainingImage(array, "YX", name)]).clean


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", help="files, folders, patterns")
    parser.add_argument("--limit", type=int, help="only so many images of each")
    parser.add_argument("--as-they-are", action="store_true", help="add no noise")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    return parser.parse_args()


def main() -> None:
    options = parse()
    torch.set_num_threads(options.threads)
    names = ["as they are"] if options.as_they_are else list(CHANGES)
    print("| images |", " | ".join(names), "|")
    print("|---|" + "---|" * len(names))
    for folder in options.folders:
        cache = ImageCache(find_images([folder]), None, 2**28)
        step = max(1, len(cache) // (options.limit or len(cache)))
        planes = []
        for index in range(0, len(cache), step):
            try:
                planes.append(middle(cache[index]))
            except InputError as error:
                print(f"{cache.name(index)}: {error}")
        shares = [np.mean([refused(p, name) for p in planes]) for name in names]
        cells = " | ".join(f"{100 * share:.0f} %" for share in shares)
        print(f"| {folder} ({len(planes)}) | {cells} |", flush=True)


if __name__ == "__main__":
    main()
