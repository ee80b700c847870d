"""Restore real noisy images of which the truth is known, with nothing told.

Pairs of one exposure, ``NAME_noisy``, and the mean of many, ``NAME_clean``, in a folder
and those in it. JPEG files are of the kind that their folder is named after, others of
that which their name says up to its second underscore. Ours with nothing told, as white
noise of an estimated level, and told the root of the mean squared error; BM3D of the
level that scikit-image estimates, and under the curve of intensities of our estimate of
the camera, where ``bm3d`` is installed; non-local means. Prints mean PSNR (dB) and SSIM
and the mean time relative to ours, and which kinds of noise were found, as Markdown;
with ``--figure OUT`` draws one detail of each kind::

    python benchmarks/real_noise.py PAIRS
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from _drawing import Cell, draw_grid, save
from _suite import Method, Picture, Scores, centre, eight_bits, measure, nl_means, table
from PIL import Image
from skimage.restoration import estimate_sigma

from napari_flowprior import restore
from napari_flowprior.data import PlaneView
from napari_flowprior.restoration import (
    CorrelatedNoise,
    Degradation,
    Noise,
    iter_restore,
)
from napari_flowprior.restoration.noise import estimate_camera

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

OURS = "ours, nothing told"
# Side of a detail, and how many times it is enlarged.
_SIDE, _ZOOM = 96, 2


def pairs(folder: Path) -> Iterator[tuple[str, str, Picture, Picture]]:
    """Find kind, name, clean and noisy image of all pairs."""
    for noisy in sorted(folder.rglob("*_noisy.*")):
        name = noisy.stem.removesuffix("_noisy")
        clean = next(noisy.parent.glob(f"{name}_clean.*"))
        kind = (
            noisy.parent.name
            if noisy.suffix == ".jpg"
            else "_".join(name.split("_")[:2])
        )
        yield kind, name, _read(clean), _read(noisy)


def _read(path: Path) -> Picture:
    image = np.asarray(Image.open(path))
    grey = image.ndim == 3 and all(
        (image[..., 0] == image[..., k]).all() for k in (1, 2)
    )
    return image[..., 0] if grey else image


def found(noisy: Picture) -> tuple[Picture, str]:
    """Restore with nothing told, and name what was found."""
    result = iter_restore(noisy).result
    return result.image, result.provenance["degradation"]["name"]


def ours(degradation: Degradation) -> Method:
    return lambda noisy, _: restore(noisy, degradation=degradation)


def estimated_bm3d(noisy: NDArray[Any], _: float) -> Picture:
    from bm3d import bm3d, bm3d_rgb

    colour = noisy.ndim == 3
    axis = -1 if colour else None
    level = float(
        estimate_sigma(noisy.astype(float), channel_axis=axis, average_sigmas=True)
    )
    run = bm3d_rgb if colour else bm3d
    return eight_bits(run(noisy.astype(float), max(level, 0.1)))


def curved_bm3d(noisy: NDArray[Any], _: float) -> Picture:
    """Restore each colour under its own curve: BM3D of colours has one level."""
    from bm3d import bm3d

    if noisy.ndim == 3:
        return np.stack(
            [curved_bm3d(plane, 0) for plane in np.moveaxis(noisy, -1, 0)], -1
        )
    camera = estimate_camera(PlaneView(noisy, "YX"))
    return eight_bits(camera.inverse(bm3d(camera.forward(noisy.astype(float)), 1.0)))


def methods(level: float) -> dict[str, Method]:
    """Return all methods; the level of the error is told to those that are told."""
    chosen: dict[str, Method] = {
        "noisy": lambda noisy, _: noisy,
        OURS: lambda noisy, _: found(noisy)[0],
        "ours, white noise, estimated": ours(Noise()),
        "ours, level told": ours(CorrelatedNoise(sigma=level)),
        "non-local means, level told": lambda noisy, _: nl_means(noisy, level),
    }
    if find_spec("bm3d") is not None:
        chosen["BM3D, estimated"] = estimated_bm3d
        chosen["BM3D, curve estimated"] = curved_bm3d
    return chosen


def compare(options: argparse.Namespace) -> str:
    """Measure all methods, and return the table and what was found."""
    columns: dict[str, dict[str, Scores]] = defaultdict(lambda: defaultdict(Scores))
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    worst = 0.0
    for kind, name, clean, noisy in list(pairs(options.pairs))[:: options.every]:
        clean, noisy = centre(clean, options.crop), centre(noisy, options.crop)
        level = float(np.sqrt(np.mean((clean.astype(float) - noisy) ** 2)))
        kinds[kind][found(noisy)[1]] += 1
        scores = measure({name: (clean, noisy)}, level, methods(level))
        for method, score in scores.items():
            total = columns[kind][method]
            total.psnr += score.psnr
            total.ssim += score.ssim
            total.seconds += score.seconds
        worst = max(worst, scores["noisy"].psnr[0] - scores[OURS].psnr[0])
    seen = [f"- {kind}: {dict(counts)}" for kind, counts in kinds.items()]
    lost = f"Most that a result is worse than its image: {max(worst, 0.0):.2f} dB"
    return "\n".join([table(dict(columns), OURS), "", *seen, lost])


def draw(options: argparse.Namespace) -> None:
    """Draw the middle of the first pair of each kind: noisy, ours, clean."""
    rows, seen = [], set()
    for kind, _, clean, noisy in pairs(options.pairs):
        if kind in seen:
            continue
        seen.add(kind)
        images = noisy, found(noisy)[0], clean
        low, high = np.percentile(centre(noisy, _SIDE), (1, 99.5))
        cells = [
            Cell(_shown(centre(image, _SIDE), low, high, kind)) for image in images
        ]
        rows.append(cells)
    save(draw_grid(rows, ["noisy", OURS, "mean of many"]), options.figure)


def _shown(detail: Picture, low: float, high: float, kind: str) -> Picture:
    share = np.clip((detail.astype(float) - low) / max(high - low, 1), 0, 1)
    grey = eight_bits(255 * share).repeat(_ZOOM, 0).repeat(_ZOOM, 1)
    return grey if grey.ndim == 3 else np.stack([grey] * 3, -1)


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pairs", type=Path)
    parser.add_argument(
        "--every", type=int, default=1, help="only each so many-th pair"
    )
    parser.add_argument("--crop", type=int, help="only the square in the middle")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--figure", type=Path, help="draw details to this file, instead"
    )
    return parser.parse_args()


if __name__ == "__main__":
    arguments = parse()
    torch.set_num_threads(arguments.threads)
    if arguments.figure is not None:
        draw(arguments)
    else:
        print(compare(arguments))
