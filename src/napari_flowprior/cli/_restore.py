"""``napari-flowprior restore``: files in, files out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from tqdm import tqdm

from napari_flowprior._errors import InputError
from napari_flowprior.cli._degradation import (
    add_degradation,
    for_file,
    make_degradation,
)
from napari_flowprior.cli._jobs import Job, plan_jobs, plan_maps
from napari_flowprior.cli._options import (
    add_fields,
    build,
    given_options,
    given_paths,
    given_values,
)
from napari_flowprior.cli._report import UsageError, complain, printable, report, say
from napari_flowprior.data import (
    ImageFile,
    check_output,
    parse_axes,
    read_image,
    with_finer_pixels,
    write_image,
)
from napari_flowprior.priors import FlowPrior
from napari_flowprior.restoration import (
    DEGRADATIONS,
    ESTIMATORS,
    Estimator,
    PosteriorResult,
    RestoreEvent,
    RestoreOptions,
    RestoreResult,
    Run,
    RunOptions,
    Sampling,
    TrustedResult,
    iter_posterior,
    iter_restore,
    iter_trusted_restore,
    rated_axes,
    resolve_device,
    summarise,
)

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["add_options"]

_ESTIMATORS: Mapping[str, type[Estimator]] = {**ESTIMATORS, Sampling.name: Sampling}


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
    add_degradation(parser)
    parser.add_argument(
        "--estimator",
        choices=["auto", *ESTIMATORS],
        default="auto",
        help="which estimate (default: what suits the degradation and the prior)",
    )
    _add_files(parser)
    computing = add_fields(parser, "computing", {"": RunOptions})
    computing.add_argument("--device", default="auto", help="auto, cuda, mps or cpu")
    add_fields(parser, "options of the degradation", DEGRADATIONS)
    add_fields(parser, "options of the estimator", _ESTIMATORS)


def _add_files(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("files")
    group.add_argument(
        "--axes", help="one letter per axis of T Z C Y X S (default: by the file)"
    )
    group.add_argument(
        "--uncertainty",
        metavar="FILE",
        help="draw samples of the posterior: the output is their mean, and the "
        "standard deviation of each pixel goes here; a folder for several inputs",
    )
    group.add_argument(
        "--trust",
        metavar="FILE",
        help="also map how probable the restored image is to the prior, in bits per "
        "dimension: the more, the less is it to be believed; a folder for several "
        "inputs",
    )
    group.add_argument(
        "--dtype", help="type of the result, such as float32 (default: the input's)"
    )
    group.add_argument("--overwrite", action="store_true", help="replace files")
    group.add_argument("--quiet", action="store_true", help="print errors only")


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
    failures = sum(not _succeeds(job, options, settings) for job in jobs)
    if len(jobs) > 1 and not options.quiet:
        say(f"{len(jobs) - failures} of {len(jobs)} images restored")
    return 1 if failures else 0


def _jobs(options: argparse.Namespace) -> list[Job]:
    arrays = given_paths(options, DEGRADATIONS.values())
    care: dict[str, Any] = {"overwrite": options.overwrite, "keep": arrays}
    jobs = plan_jobs(options.inputs, options.output, **care)
    if options.uncertainty is not None and options.trust is not None:
        raise UsageError(
            "--trust is of a single estimate, --uncertainty of samples; ask for one of "
            "them at a time."
        )
    place = options.uncertainty or options.trust
    return jobs if place is None else plan_maps(jobs, place, **care)


def _succeeds(job: Job, options: argparse.Namespace, settings: RestoreOptions) -> bool:
    """Restore one image; whatever is wrong with it, the others are done."""
    try:
        provenance = _restore(job, options, settings)
    except Exception as error:
        report(error, job.source, debug=options.debug)
        return False
    if not options.quiet:
        for warning in provenance.get("warnings", []):
            complain(f"{job.source}: {warning}")
        say(_summary(job, provenance))
    return True


def _settings(options: argparse.Namespace) -> RestoreOptions:
    """Describe the run, as far as all images share it."""
    device, dtype = _device(options.device), _type(options.dtype)
    estimator, degradation = _estimator(options), make_degradation(options)
    prior: Any = options.prior
    return RestoreOptions(
        prior=prior if prior == "auto" else FlowPrior.load(prior),
        degradation=degradation,
        estimator=estimator,
        device=device,
        dtype=dtype,
        **given_values(options, RunOptions),
    )


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
    family, name = _ESTIMATORS.values(), options.estimator
    if options.uncertainty is not None:
        if name != "auto":
            raise UsageError(
                f"--uncertainty is of samples, which --estimator {name} does not draw; "
                "leave one of them out."
            )
        name = Sampling.name
    if name != "auto":
        made: Estimator = build(_ESTIMATORS[name], options, family)
        return made
    if given := given_options(options, family):
        raise UsageError(
            f"--{given[0].replace('_', '-')} needs an --estimator to apply to; choose "
            f"one of {', '.join(ESTIMATORS)}; or ask for the --uncertainty."
        )
    return "auto"


def _restore(
    job: Job, options: argparse.Namespace, settings: RestoreOptions
) -> dict[str, Any]:
    file = read_image(job.source)
    axes = parse_axes(options.axes or file.axes, file.array.shape)
    assert settings.degradation is not None
    degradation = for_file(settings.degradation, file)
    factor = degradation.enlargement
    outputs = {job.target: (np.dtype(settings.dtype or file.array.dtype), axes)}
    if job.extra is not None:
        rated = options.trust is not None
        kept = _rated(axes, settings.prior) if rated else axes
        outputs[job.extra] = np.dtype(np.float32), kept
    shape = dict(zip(axes, _enlarged(file.array.shape, axes, factor), strict=True))
    for path, (kind, kept) in outputs.items():
        size = tuple(shape[axis] for axis in kept)
        check_output(
            path, shape=size, dtype=kind, axes=kept, overwrite=options.overwrite
        )
    settings = replace(settings, degradation=degradation, axes=axes)
    result = _run(file, settings, options)
    like = with_finer_pixels(file, factor) if factor > 1 else file
    for (path, (_, kept)), image in zip(outputs.items(), _images(result), strict=True):
        write_image(path, image, kept, like, options.overwrite, result.provenance)
    return result.provenance


def _rated(axes: str, prior: FlowPrior | str | Path) -> str:
    """Find the axes of a map of trust; "auto" is a prior of colours if they are S."""
    return rated_axes(axes, isinstance(prior, FlowPrior) and prior.channels == 3)


def _images(result: RestoreResult | PosteriorResult) -> list[Any]:
    if isinstance(result, PosteriorResult):
        return [result.mean, result.std]
    bits = [result.bits] if isinstance(result, TrustedResult) else []
    return [result.image, *bits]


def _enlarged(shape: tuple[int, ...], axes: str, factor: int) -> tuple[int, ...]:
    sides = zip(axes, shape, strict=True)
    return tuple(side * factor if axis in "YX" else side for axis, side in sides)


def _begin(
    array: Any, settings: RestoreOptions, *, trust: bool
) -> Run[RestoreEvent, Any]:
    if isinstance(settings.estimator, Sampling):
        return iter_posterior(array, settings)
    begin = iter_trusted_restore if trust else iter_restore
    return begin(array, settings)


def _run(
    file: ImageFile, settings: RestoreOptions, options: argparse.Namespace
) -> RestoreResult | PosteriorResult:
    name, trust = printable(file.path.name), options.trust is not None
    with (
        _begin(file.array, settings, trust=trust) as run,
        tqdm(desc=name, unit="step", leave=False, disable=options.quiet or None) as bar,
    ):
        for event in run:
            bar.total = event.total or None
            bar.update(event.done - bar.n)
        result: RestoreResult | PosteriorResult = run.result
        return result


def _summary(job: Job, provenance: dict[str, Any]) -> str:
    outputs = [job.target, *([job.extra] if job.extra else [])]
    how = f"{provenance['seconds']:.1f} s on {provenance['device']}"
    return f"{' and '.join(map(str, outputs))}: {summarise(provenance)}, {how}"
