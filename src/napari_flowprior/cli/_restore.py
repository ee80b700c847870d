"""``napari-flowprior restore``: files in, files out."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from tqdm import tqdm

from napari_flowprior._errors import FlowPriorError, InputError
from napari_flowprior.cli._options import add_fields, build
from napari_flowprior.data import (
    ImageFile,
    check_output,
    expand_inputs,
    read_image,
    write_image,
)
from napari_flowprior.prior import FlowPrior
from napari_flowprior.restoration import (
    DEGRADATIONS,
    ESTIMATORS,
    Degradation,
    Inpaint,
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
        type=Path,
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


@dataclass(frozen=True)
class _Job:
    """One image to restore."""

    source: Path
    target: Path


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
    jobs = _jobs(options)
    failures = 0
    for job in jobs:
        try:
            _restore(job, options, settings)
        except FlowPriorError as error:
            failures += 1
            print(f"napari-flowprior: {_named(job, error)}", file=sys.stderr)
    if len(jobs) > 1 and not options.quiet:
        print(f"{len(jobs) - failures} of {len(jobs)} images restored")
    return 1 if failures else 0


def _jobs(options: argparse.Namespace) -> list[_Job]:
    sources = expand_inputs(options.inputs)
    output: Path = options.output
    several = len(sources) > 1 or any(Path(name).is_dir() for name in options.inputs)
    if several and output.exists() and not output.is_dir():
        raise InputError(f"{output} is a file; name a folder for several images.")
    if several or output.is_dir():
        jobs = [_Job(source, output / source.name) for source in sources]
    else:
        jobs = [_Job(sources[0], output)]
    _check_targets(jobs, overwrite=options.overwrite)
    if several:
        output.mkdir(parents=True, exist_ok=True)
    return jobs


def _named(job: _Job, error: FlowPriorError) -> str:
    """Say which file an error is about, unless it says so itself."""
    text = str(error)
    return text if str(job.source) in text else f"{job.source}: {text}"


def _check_targets(jobs: list[_Job], *, overwrite: bool) -> None:
    """Refuse before any work is done what would be refused after it."""
    targets = [job.target.resolve() for job in jobs]
    if len(set(targets)) < len(targets):
        raise InputError("Two inputs have the same name; restore them separately.")
    for job in jobs:
        if job.source.resolve() == job.target.resolve():
            raise InputError(f"{job.target} is the input itself; name another output.")
        if job.target.exists() and not overwrite:
            raise InputError(f"{job.target} exists; pass --overwrite to replace it.")


def _settings(options: argparse.Namespace) -> dict[str, Any]:
    """Make the arguments of `iter_restore` that all images share."""
    resolve_device(options.device)
    estimator: Any = options.estimator
    family = ESTIMATORS.values()
    if estimator != "auto":
        estimator = build(ESTIMATORS[estimator], options, family)
    elif given := [n for n in _estimator_options() if hasattr(options, n)]:
        raise InputError(
            f"--{given[0].replace('_', '-')} needs an --estimator to apply to; choose "
            f"one of {', '.join(ESTIMATORS)}."
        )
    prior: Any = options.prior
    return {
        "prior": prior if prior == "auto" else FlowPrior.load(prior),
        "degradation": _degradation(options),
        "estimator": estimator,
        "device": options.device,
        "tile": options.tile,
        "margin": options.margin,
        "batch_size": options.batch_size,
        "dtype": options.dtype,
    }


def _estimator_options() -> list[str]:
    return [
        name
        for kind in ESTIMATORS.values()
        for name, field in kind.__dataclass_fields__.items()
        if "help" in field.metadata
    ]


def _degradation(options: argparse.Namespace) -> Degradation:
    kind = DEGRADATIONS[options.degradation]
    if kind is Inpaint:
        return _inpaint(options)
    if options.mask is not None:
        raise InputError(f"{kind.name} takes no --mask; use --degradation inpaint.")
    made: Degradation = build(kind, options, DEGRADATIONS.values())
    return made


def _inpaint(options: argparse.Namespace) -> Inpaint:
    if options.mask is None:
        raise InputError("inpaint needs a --mask: an image that is not zero in holes.")
    marks = read_image(options.mask)
    array = np.asarray(marks.array)
    if "S" in marks.axes:
        # Alpha says nothing about holes.
        colours = np.moveaxis(array, marks.axes.index("S"), -1)[..., :3]
        array = np.asarray(colours.any(axis=-1))
    return Inpaint(mask=array != 0, sigma=getattr(options, "sigma", 0.0))


def _restore(job: _Job, options: argparse.Namespace, settings: dict[str, Any]) -> None:
    file = read_image(job.source)
    axes = options.axes or file.axes
    check_output(
        job.target,
        shape=file.array.shape,
        dtype=_type(options.dtype, file),
        axes=axes,
        overwrite=options.overwrite,
    )
    result = _drain(file, axes, settings, quiet=options.quiet)
    write_image(job.target, result.image, axes, file, options.overwrite)
    if not options.quiet:
        print(_summary(job, result.provenance))


def _type(name: str | None, file: ImageFile) -> np.dtype[Any]:
    try:
        return np.dtype(file.array.dtype if name is None else name)
    except TypeError:
        raise InputError(f"{name!r} is no type of pixels; try float32.") from None


def _drain(
    file: ImageFile, axes: str, settings: dict[str, Any], *, quiet: bool
) -> RestoreResult:
    run = iter_restore(file.array, axes=axes, **settings)
    with tqdm(
        desc=file.path.name, unit="step", leave=False, disable=quiet or None
    ) as bar:
        while True:
            try:
                event = next(run)
            except StopIteration as stop:
                result: RestoreResult = stop.value
                return result
            bar.total = event.total or None
            bar.update(event.done - bar.n)


def _summary(job: _Job, provenance: dict[str, Any]) -> str:
    return (
        f"{job.target}: {provenance['estimator']['name']} with "
        f"{provenance['prior']['name']}, noise level {provenance['sigma']:.4g}, "
        f"{provenance['seconds']:.1f} s on {provenance['device']}"
    )
