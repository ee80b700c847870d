"""``napari-flowprior adapt``: noisy images in, a prior that knows their kind out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tqdm import tqdm

from napari_flowprior._errors import UsageError
from napari_flowprior.adaptation import AdaptResult, iter_adapt
from napari_flowprior.cli._arguments import add_arguments
from napari_flowprior.cli._degradation import add_degradation, make_degradation
from napari_flowprior.cli._fields import add_fields
from napari_flowprior.cli._report import say
from napari_flowprior.data import expand_inputs, parse_axes, read_image
from napari_flowprior.restoration import DEGRADATIONS

if TYPE_CHECKING:
    import argparse
    from pathlib import Path
    from typing import Any

__all__ = ["add_options"]

_BAR = "{l_bar}{bar}"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser.

    Parameters
    ----------
    parser : ArgumentParser
        Parser of the command.
    """
    parser.set_defaults(run=run)
    add_arguments(
        parser,
        *("images", "--out", "--prior", "--axes"),
        images="noisy files, folders or globs",
        prior="prior to start from (default: the shipped one for such images)",
    )
    parser.add_argument(
        "--minutes", type=float, default=2.0, metavar="M", help="time (default: 2)"
    )
    parser.add_argument("--steps", type=int, metavar="N", help="in place of a time")
    add_arguments(
        parser,
        *("--seed", "--device", "--overwrite", "--quiet"),
        overwrite="replace the prior",
    )
    add_degradation(parser)
    add_fields(parser, "options of the degradation", DEGRADATIONS, together=True)


def run(options: argparse.Namespace) -> int:
    """Adapt a prior.

    Parameters
    ----------
    options : Namespace
        Parsed options.

    Returns
    -------
    int
        0, also if nothing was better than the prior to start from.
    """
    target: Path = options.out
    if target.suffix != ".safetensors":
        raise UsageError(f"{target} is no name of a prior; end it with .safetensors.")
    if target.exists() and not options.overwrite:
        raise UsageError(f"{target} exists; pass --overwrite to replace it.")
    images, axes = _read(options)
    result = _drain(images, axes, options)
    if result.improved:
        result.named(target.stem).save(target, overwrite=True, half=True)
    if not options.quiet:
        written = f"{target}: " if result.improved else ""
        say(f"{written}{result.sentence}")
    return 0


def _read(options: argparse.Namespace) -> tuple[list[Any], list[str]]:
    """Read all images, and the letters of their axes."""
    files = [read_image(path) for path in expand_inputs(options.images)]
    axes = [parse_axes(options.axes or f.axes, f.array.shape) for f in files]
    return [file.array for file in files], axes


def _drain(
    images: list[Any], axes: list[str], options: argparse.Namespace
) -> AdaptResult:
    run = iter_adapt(
        images,
        prior=options.prior,
        degradation=make_degradation(options),
        axes=axes,
        minutes=options.minutes,
        steps=options.steps,
        seed=options.seed,
        device=options.device,
    )
    with run, tqdm(leave=False, disable=options.quiet or None, bar_format=_BAR) as bar:
        for event in run:
            bar.total = event.total or None
            bar.set_description(event.message, refresh=False)
            bar.update(event.done - bar.n)
        return run.result
