"""``napari-flowprior evaluate``: what a prior is worth on clean images."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from tqdm import tqdm

from napari_flowprior._device import resolve_device
from napari_flowprior._errors import InputError, UsageError
from napari_flowprior._generators import Run
from napari_flowprior.cli._arguments import add_arguments
from napari_flowprior.cli._report import printable, report, say
from napari_flowprior.data import (
    IntensityScale,
    PlaneView,
    atomic_path,
    expand_inputs,
    image_range,
    read_image,
    to_dtype,
)
from napari_flowprior.priors import FlowPrior
from napari_flowprior.restoration import ESTIMATORS, Noise, restore

if TYPE_CHECKING:
    import argparse

    from numpy.typing import NDArray

__all__ = ["add_options"]

_TILE = 64
_TILES_AT_A_TIME = 16
# Of the window of the structural similarity.
_SMALLEST = 7


@dataclass(frozen=True)
class Row:
    """Figures of an image at a noise level.

    Parameters
    ----------
    image : str
        Its name.
    sigma : float
        Noise level, of 255 of its range.
    noisy_psnr, psnr : float
        In dB, before and after.
    ssim : float
        Structural similarity, after.
    bits_per_dim : float
        Of the clean image.
    """

    image: str
    sigma: float
    noisy_psnr: float
    psnr: float
    ssim: float
    bits_per_dim: float


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser.

    Parameters
    ----------
    parser : ArgumentParser
        Parser of the command.
    """
    parser.set_defaults(run=run)
    parser.epilog = (
        "White Gaussian noise is added to each image, rounded and clipped to its type "
        "where that is an integer one. Bits per dimension are those of the clean "
        f"image in tiles of {_TILE} pixels, at the spacing of its values (1/255 of "
        "the range for floating ones)."
    )
    parser.add_argument("prior", metavar="PRIOR", help="name or file")
    add_arguments(parser, "images", images="clean files, folders or globs")
    parser.add_argument(
        "--sigma",
        type=float,
        nargs="+",
        default=[15.0, 25.0, 50.0],
        metavar="S",
        help="noise levels, of 255 of the image's range (default: 15 25 50)",
    )
    parser.add_argument("--estimator", choices=["auto", *ESTIMATORS], default="auto")
    add_arguments(parser, "--axes", "--seed", "--device")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="table to write")
    add_arguments(parser, "--overwrite", overwrite="replace the table")


def run(options: argparse.Namespace) -> int:
    """Measure all images and print a table.

    Parameters
    ----------
    options : Namespace
        Parsed options.

    Returns
    -------
    int
        0, or 1 if an image failed.
    """
    wrong = [s for s in options.sigma if not 0 < s < np.inf]
    if wrong:
        raise UsageError(f"--sigma is {wrong[0]}; it must be above 0.")
    if options.csv is not None and options.csv.exists() and not options.overwrite:
        raise UsageError(f"{options.csv} exists; pass --overwrite to replace it.")
    prior = FlowPrior.load(options.prior).to(resolve_device(options.device))
    paths, rows, failures = expand_inputs(options.images), [], 0
    for path in tqdm(paths, unit="image", leave=False, disable=None):
        try:
            rows += _measure(path, prior, options)
        except Exception as error:
            report(error, path, debug=options.debug)
            failures += 1
    if rows:
        _print(rows)
    if rows and options.csv is not None:
        _write(rows, options.csv, overwrite=options.overwrite)
    return 1 if failures else 0


def _measure(path: Path, prior: FlowPrior, options: argparse.Namespace) -> list[Row]:
    file = read_image(path)
    clean = np.asarray(file.array)
    view = PlaneView(clean, options.axes or file.axes, prior.channels == 3)
    if min(view.shape) < max(_SMALLEST, prior.stride):
        raise InputError(f"it has {view.shape} pixels; that is too few to measure.")
    low, high = Run(image_range(view)).result
    scale = IntensityScale(low, high - low)
    bits = _bits(view, scale, prior)
    rng = np.random.default_rng(options.seed)
    rows = []
    for sigma in options.sigma:
        noise = rng.normal(0, sigma / 255 * scale.gain, clean.shape)
        noisy = to_dtype(clean + noise, clean.dtype)
        restored = restore(
            noisy,
            prior=prior,
            degradation=Noise(sigma=sigma / 255 * scale.gain),
            estimator=options.estimator,
            axes=view.axes,
            device=options.device,
        )
        before, after = (
            peak_signal_noise_ratio(clean, image, data_range=scale.gain)
            for image in (noisy, restored)
        )
        rows.append(
            Row(path.name, sigma, before, after, _ssim(view, restored, scale), bits)
        )
    return rows


def _ssim(view: PlaneView, restored: NDArray[Any], scale: IntensityScale) -> float:
    """Mean over planes."""
    other, everything = view.like(restored), slice(None)
    return fmean(
        float(
            structural_similarity(
                view.read(sample, everything, everything),
                other.read(sample, everything, everything),
                data_range=scale.gain,
                channel_axis=0,
            )
        )
        for sample in range(view.samples)
    )


def _bits(view: PlaneView, scale: IntensityScale, prior: FlowPrior) -> float:
    side = min(_TILE, *(length // prior.stride * prior.stride for length in view.shape))
    quantum = 1 / 255 if view.dtype.kind == "f" else 1 / scale.gain
    generator = torch.Generator().manual_seed(0)
    nats, values = 0.0, 0
    for sample in range(view.samples):
        plane = scale.normalise(view.read(sample, slice(None), slice(None)))
        for tiles in _tiles(plane, side).split(_TILES_AT_A_TIME):
            fill = torch.rand(tiles.shape, generator=generator) - 0.5
            batch = (tiles + quantum * fill).to(prior.device)
            nats -= prior.log_prob(batch).sum().item()
            values += tiles.numel()
    return nats / values / math.log(2) - math.log2(quantum)


def _tiles(plane: NDArray[np.float32], side: int) -> torch.Tensor:
    """Cut what fits into whole tiles, (N, C, side, side)."""
    height, width = (length // side * side for length in plane.shape[1:])
    whole = torch.from_numpy(np.ascontiguousarray(plane[:, :height, :width]))
    parts = whole.unfold(1, side, side).unfold(2, side, side)
    return parts.permute(1, 2, 0, 3, 4).flatten(0, 1).contiguous()


def _print(rows: list[Row]) -> None:
    head = ("image", "sigma", "noisy dB", "restored dB", "SSIM", "bits/dim")
    say("| " + " | ".join(head) + " |")
    say("|---" * len(head) + "|")
    for row in [*rows, *_means(rows)]:
        cells = (
            f"{printable(row.image)} | {row.sigma:g} | {row.noisy_psnr:.2f} | "
            f"{row.psnr:.2f} | {row.ssim:.4f} | {row.bits_per_dim:.3f}"
        )
        say(f"| {cells} |")


def _means(rows: list[Row]) -> list[Row]:
    levels = dict.fromkeys(row.sigma for row in rows)
    names = [field.name for field in fields(Row)][2:]
    found = []
    for level in levels:
        same = [row for row in rows if row.sigma == level]
        means = [fmean(getattr(row, name) for row in same) for name in names]
        found.append(Row("mean", level, *means))
    return found


def _write(rows: list[Row], path: Path, *, overwrite: bool) -> None:
    text = io.StringIO()
    table = csv.DictWriter(text, [field.name for field in fields(Row)])
    table.writeheader()
    table.writerows(asdict(row) for row in rows)
    with atomic_path(path, overwrite) as temporary:
        temporary.write_text(text.getvalue(), encoding="utf-8", newline="")
