"""
The demo: two noisy photographs
===============================

Restore noisy photographs with a shipped prior, and show what was gained.

Prints the PSNR before and after, writes the noisy and the restored picture side by
side, and opens both in napari where there is a screen.
"""

from __future__ import annotations

import argparse
import os
import sys
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from skimage import data
from skimage.metrics import peak_signal_noise_ratio as psnr

from napari_flowprior import restore
from napari_flowprior.restoration import Noise

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIGMA = 25


def add_noise(clean: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Add Gaussian noise as a camera of 8 bits would record it."""
    noise = np.random.default_rng(0).normal(0, SIGMA, clean.shape)
    return np.clip(np.rint(clean + noise), 0, 255).astype(np.uint8)


def run(name: str, clean: NDArray[np.uint8], folder: Path) -> list[NDArray[np.uint8]]:
    """Damage and restore an image; write the pair and print what happened."""
    noisy = add_noise(clean)
    start = perf_counter()
    restored = restore(noisy, degradation=Noise(sigma=SIGMA))
    seconds = perf_counter() - start
    path = folder / f"{name}.png"
    Image.fromarray(np.hstack([noisy, restored])).save(path)
    print(
        f"{name}: {psnr(clean, noisy):.2f} dB noisy, {psnr(clean, restored):.2f} dB "
        f"restored in {seconds:.1f} s; see {path}"
    )
    return [clean, noisy, restored]


def has_screen() -> bool:
    """Tell whether napari and a screen are there."""
    if find_spec("napari") is None:
        return False
    named = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return bool(named) or not sys.platform.startswith("linux")


def show(results: dict[str, list[NDArray[np.uint8]]]) -> None:
    """Open everything in napari, one photograph beside the other."""
    import napari

    viewer = napari.Viewer(title="napari-flowprior")
    for row, (name, images) in enumerate(results.items()):
        kinds = ("clean", "noisy", "restored")
        for column, (kind, image) in enumerate(zip(kinds, images, strict=True)):
            place = (540 * row, 540 * column)
            viewer.add_image(image, name=f"{name} {kind}", translate=place)
    viewer.reset_view()
    napari.run()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("demo"), help="folder")
    parser.add_argument("--no-show", action="store_true", help="do not open napari")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    results = {
        "camera": run("camera", data.camera(), options.out),
        "cat": run("cat", data.chelsea(), options.out),
    }
    if has_screen() and not options.no_show:
        show(results)


if __name__ == "__main__":
    main()
