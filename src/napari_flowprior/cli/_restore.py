"""``napari-flowprior restore``: files in, files out."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from napari_flowprior._errors import InputError
from napari_flowprior.cli._jobs import Job, plan_jobs
from napari_flowprior.cli._options import add_fields, build, given_options
from napari_flowprior.cli._report import UsageError, printable, report, say
from napari_flowprior.data import ImageFile, check_output, read_image, write_image
from napari_flowprior.prior import FlowPrior
from napari_flowprior.restoration import (
    DEGRADATIONS,
    ESTIMATORS,
    JPEG,
    Degradation,
    Estimator,
    Inpaint,
    JPEGTables,
    RestoreResult,
    iter_restore,
    resolve_device,
)

if TYPE_CHECKING:
    import argparse

__all__ = ["add_options"]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser.

    Parameters
    ----------
    parser : ArgumentParser
        Parser of the command.
    """
    parser.set_defaults(run=run)
    parser.add_argument(
        "inputs", nargs="+", metavar="INPUT", help="files, folders or globs"
    )
    parser.add_argument(
        "output",
        metavar="OUTPUT",
        help="a file; or a folder, which is made for several inputs",
    )
    parser.add_argument(
        "--prior",
        default="auto",
        help="name of a shipped prior, or a file (default: by the kind of image)",
    )
    parser.add_argument("--degradation", choices=list(DEGRADATIONS), default="noise")
    parser.add_argument("--estimator", choices=["auto", *ESTIMATORS], default="auto")
    _add_files(parser)
    _add_computing(parser)
    add_fields(parser, "options of the degradation", DEGRADATIONS)
    add_fields(parser, "options of the estimator", ESTIMATORS)


def _add_files(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("files")
    group.add_argument(
        "--axes", help="one letter per axis of T Z C Y X S (default: by the file)"
    )
    group.add_argument(
        "--mask", type=Path, help="inpaint: image that is not zero where pixels miss"
    )
    group.add_argument(
        "--dtype", help="type of the result, such as float32 (default: the input's)"
    )
    group.add_argument("--overwrite", action="store_true", help="replace files")
    group.add_argument("--quiet", action="store_true", help="print errors only")


def _add_computing(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("computing")
    group.add_argument("--device", default="auto", help="auto, cuda, mps or cpu")
    group.add_argument("--tile", type=int, metavar="N", help="side of a tile, pixels")
    group.add_argument(
        "--margin", type=int, metavar="N", help="half the overlap of tiles, pixels"
    )
    group.add_argument("--batch-size", type=int, metavar="N", help="tiles at a time")


def run(options: argparse.Namespace) -> int:
    """Restore all inputs, one after the other.

    Parameters
    ----------
    options : Namespace
        Parsed options.

    Returns
    -------
    int
        0, or 1 if any input failed.
    """
    settings = _settings(options)
    jobs = plan_jobs(
        options.inputs,
        options.output,
        overwrite=options.overwrite,
        keep=[] if options.mask is None else [options.mask],
    )
    failures = sum(not _succeeds(job, options, settings) for job in jobs)
    if len(jobs) > 1 and not options.quiet:
        say(f"{len(jobs) - failures} of {len(jobs)} images restored")
    return 1 if failures else 0


def _succeeds(job: Job, options: argparse.Namespace, settings: dict[str, Any]) -> bool:
    """Restore one image; whatever is wrong with it, the others are done."""
    try:
        provenance = _restore(job, options, settings)
    except Exception as error:
        report(error, job.source, debug=options.debug)
        return False
    if not options.quiet:
        say(_summary(job, provenance))
    return True


def _settings(options: argparse.Namespace) -> dict[str, Any]:
    """Make the arguments of `iter_restore` that all images share."""
    device, dtype = _device(options.device), _type(options.dtype)
    estimator, degradation = _estimator(options), _degradation(options)
    prior: Any = options.prior
    return {
        "prior": prior if prior == "auto" else FlowPrior.load(prior),
        "degradation": degradation,
        "estimator": estimator,
        "device": device,
        "tile": options.tile,
        "margin": options.margin,
        "batch_size": options.batch_size,
        "dtype": dtype,
    }


def _device(name: str) -> str:
    try:
        resolve_device(name)
    except InputError as error:
        raise UsageError(str(error)) from error
    return name


def _type(name: str | None) -> np.dtype[Any] | None:
    try:
        return None if name is None else np.dtype(name)
    except TypeError:
        raise UsageError(f"{name!r} is no type of pixels; try float32.") from None


def _estimator(options: argparse.Namespace) -> Estimator | str:
    family = ESTIMATORS.values()
    if options.estimator != "auto":
        made: Estimator = build(ESTIMATORS[options.estimator], options, family)
        return made
    if given := given_options(options, family):
        raise UsageError(
            f"--{given[0].replace('_', '-')} needs an --estimator to apply to; choose "
            f"one of {', '.join(ESTIMATORS)}."
        )
    return "auto"


def _degradation(options: argparse.Namespace) -> Degradation:
    kind = DEGRADATIONS[options.degradation]
    fixed = {}
    if kind is Inpaint:
        fixed["mask"] = _mask(options.mask)
    elif options.mask is not None:
        raise UsageError(f"{kind.name} takes no --mask; use --degradation inpaint.")
    made: Degradation = build(kind, options, DEGRADATIONS.values(), **fixed)
    return made


def _mask(path: Path | None) -> npt.NDArray[np.bool_]:
    """Read a mask: whatever is not black is missing."""
    if path is None:
        raise UsageError("inpaint needs a --mask: an image that is not zero in holes.")
    marks = read_image(path)
    array = np.asarray(marks.array)
    if "S" in marks.axes:
        # Alpha says nothing about holes.
        colours = np.moveaxis(array, marks.axes.index("S"), -1)[..., :3]
        array = np.asarray(colours.any(axis=-1))
    return np.asarray(array != 0)


def _restore(
    job: Job, options: argparse.Namespace, settings: dict[str, Any]
) -> dict[str, Any]:
    file = read_image(job.source)
    axes = options.axes or file.axes
    check_output(
        job.target,
        shape=file.array.shape,
        dtype=settings["dtype"] or file.array.dtype,
        axes=axes,
        overwrite=options.overwrite,
    )
    settings = settings | {"degradation": _of_file(settings["degradation"], file)}
    result = _drain(file, axes, settings, quiet=options.quiet)
    write_image(job.target, result.image, axes, file, options.overwrite)
    return result.provenance


def _of_file(degradation: Degradation, file: ImageFile) -> Degradation:
    """Complete what was not said with what the file says."""
    open_ended = isinstance(degradation, JPEG) and degradation.quality is None
    if not open_ended or file.format != "JPEG":
        return degradation
    sides = dict(zip(file.axes, file.array.shape, strict=True))
    return JPEG(tables=JPEGTables.from_file(file.path, shape=(sides["Y"], sides["X"])))


def _drain(
    file: ImageFile, axes: str, settings: dict[str, Any], *, quiet: bool
) -> RestoreResult:
    name = printable(file.path.name)
    with (
        closing(iter_restore(file.array, axes=axes, **settings)) as run,
        tqdm(desc=name, unit="step", leave=False, disable=quiet or None) as bar,
    ):
        while True:
            try:
                event = next(run)
            except StopIteration as stop:
                result: RestoreResult = stop.value
                return result
            bar.total = event.total or None
            bar.update(event.done - bar.n)


def _summary(job: Job, provenance: dict[str, Any]) -> str:
    return (
        f"{job.target}: {provenance['estimator']['name']} with "
        f"{provenance['prior']['name']}, noise level {provenance['sigma']:.4g}, "
        f"{provenance['seconds']:.1f} s on {provenance['device']}"
    )
