"""``napari-flowprior sample``: images that a prior dreams of."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from napari_flowprior._device import resolve_device
from napari_flowprior._errors import UsageError
from napari_flowprior.cli._arguments import add_arguments
from napari_flowprior.cli._report import say
from napari_flowprior.data import check_output, to_dtype, write_image
from napari_flowprior.priors import FlowPrior

if TYPE_CHECKING:
    import argparse

    from numpy.typing import NDArray

__all__ = ["add_options"]

_SIZE, _NUMBER = 64, 16
_MOST_PIXELS = 2**24
_BORDER = 2
_AT_A_TIME = 2**18


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser.

    Parameters
    ----------
    parser : ArgumentParser
        Parser of the command.
    """
    parser.set_defaults(run=run)
    parser.add_argument("prior", metavar="PRIOR", help="name or file")
    parser.add_argument(
        "output", type=Path, metavar="OUT", help="image to write, a grid of samples"
    )
    parser.add_argument(
        "--number", type=int, default=_NUMBER, metavar="N", help="how many"
    )
    parser.add_argument(
        "--size",
        type=int,
        metavar="N",
        help=f"side in pixels (default: that of its training patches, or {_SIZE})",
    )
    parser.add_argument("--columns", type=int, metavar="N", help="of the grid")
    parser.add_argument(
        "--temperature",
        type=float,
        default=0.7,
        metavar="T",
        help="standard deviation of the latents; 1 is the density itself, less is "
        "smoother (default: 0.7)",
    )
    parser.add_argument(
        "--sigma",
        type=float,
        default=0.0,
        metavar="S",
        help="noise level of the images to draw, of 255 (default: 0)",
    )
    add_arguments(
        parser, "--seed", "--device", "--overwrite", overwrite="replace the file"
    )


def run(options: argparse.Namespace) -> int:
    """Draw samples and write them as one image.

    Parameters
    ----------
    options : Namespace
        Parsed options.

    Returns
    -------
    int
        0.
    """
    prior = FlowPrior.load(options.prior)
    size = options.size or int(prior.info.training.get("patch_size", _SIZE))
    _check(options, prior, size)
    columns = min(options.columns or math.isqrt(options.number - 1) + 1, options.number)
    rows = -(-options.number // columns)
    shape = tuple(n * (size + _BORDER) + _BORDER for n in (rows, columns))
    shape += (3,) * (prior.channels == 3)
    axes = "YXS"[: len(shape)]
    check_output(
        options.output,
        shape=shape,
        dtype=np.uint8,
        axes=axes,
        overwrite=options.overwrite,
    )
    samples = _draw(prior.to(resolve_device(options.device)), size, options)
    grid = _grid(samples, columns, shape)
    write_image(options.output, grid, axes, overwrite=options.overwrite)
    say(f"{options.output}: {options.number} samples of {prior.name}")
    return 0


def _check(options: argparse.Namespace, prior: FlowPrior, size: int) -> None:
    for name, value in (("number", options.number), ("size", size)):
        if value < 1:
            raise UsageError(f"--{name} is {value}; it must be at least 1.")
    if options.columns is not None and options.columns < 1:
        raise UsageError(f"--columns is {options.columns}; it must be at least 1.")
    if not 0 <= options.temperature <= 10:
        raise UsageError(f"--temperature is {options.temperature}; take 0 to 10.")
    if options.number * size**2 > _MOST_PIXELS:
        raise UsageError(
            f"{options.number} samples of {size}x{size} pixels are more than "
            f"{_MOST_PIXELS} pixels; ask for fewer or smaller ones."
        )
    if not 0 <= options.sigma <= 255 * prior.density_sigma_max:
        raise UsageError(
            f"--sigma is {options.sigma}; {prior.name} knows noise levels from 0 to "
            f"{255 * prior.density_sigma_max:g}."
        )


def _draw(
    prior: FlowPrior, size: int, options: argparse.Namespace
) -> NDArray[np.uint8]:
    side = -(-size // prior.stride) * prior.stride
    generator = torch.Generator(prior.device).manual_seed(options.seed)
    conditional = prior.flow.config.noise_conditional
    parts, left = [], options.number
    while left:
        number = min(left, max(1, _AT_A_TIME // side**2))
        drawn = prior.flow.sample(
            number,
            (side, side),
            temperature=options.temperature,
            sigma=options.sigma / 255 if conditional else None,
            generator=generator,
        )
        parts.append(drawn[:, :, :size, :size].cpu().numpy())
        left -= number
    return to_dtype(np.concatenate(parts) * 255, np.uint8)


def _grid(
    samples: NDArray[np.uint8], columns: int, shape: tuple[int, ...]
) -> NDArray[Any]:
    grid = np.full(shape, 255, dtype=np.uint8)
    step = samples.shape[-1] + _BORDER
    for place, sample in enumerate(samples):
        y, x = (_BORDER + n * step for n in divmod(place, columns))
        region = grid[y : y + step - _BORDER, x : x + step - _BORDER]
        region[...] = sample.transpose(1, 2, 0) if grid.ndim == 3 else sample[0]
    return grid
