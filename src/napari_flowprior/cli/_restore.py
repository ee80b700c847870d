"""``napari-flowprior restore``: files in, files out."""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from tqdm import tqdm

from napari_flowprior._errors import InputError, UsageError
from napari_flowprior.batch import (
    BatchEvent,
    BatchOptions,
    Job,
    iter_restore_files,
    plan_jobs,
    plan_maps,
    read_report,
    restored,
)
from napari_flowprior.cli._arguments import add_arguments
from napari_flowprior.cli._degradation import add_degradation, make_degradation
from napari_flowprior.cli._fields import add_fields
from napari_flowprior.cli._options import (
    build,
    given_options,
    given_paths,
    given_values,
)
from napari_flowprior.cli._report import complain, printable, report, say
from napari_flowprior.cli._sampled import (
    add_sampled,
    check_sampled,
    plan_sampled,
    sampled_switch,
    there,
)
from napari_flowprior.priors import FlowPrior
from napari_flowprior.restoration import (
    DEGRADATIONS,
    ESTIMATORS,
    Estimator,
    RestoreOptions,
    Sampling,
    check_scheduler,
    resolve_device,
    scheduler_address,
    summarise,
)

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping

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
    add_arguments(parser, "--prior")
    add_degradation(parser)
    parser.add_argument(
        "--estimator",
        choices=["auto", *ESTIMATORS],
        default="auto",
        help="which estimate (default: what suits the degradation and the prior)",
    )
    _add_files(parser)
    computing = add_fields(parser, "computing", {"": RestoreOptions})
    add_arguments(computing, "--device")
    computing.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="let the workers of a cluster restore: address of its scheduler of Dask, "
        "such as tcp://10.0.0.1:8786",
    )
    add_fields(parser, "options of the degradation", DEGRADATIONS, together=True)
    add_fields(parser, "options of the estimator", _ESTIMATORS)


def _add_files(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("files")
    add_arguments(group, "--axes")
    add_sampled(group)
    group.add_argument(
        "--log-likelihood",
        metavar="FILE",
        help="also map how probable the restored image is to the prior, in bits per "
        "dimension: the more, the less is it to be believed; a folder for several "
        "inputs",
    )
    group.add_argument(
        "--dtype", help="type of the result, such as float32 (default: the input's)"
    )
    group.add_argument(
        "--report",
        metavar="FILE",
        type=Path,
        help="write a table of what became of each image (CSV), after each of them",
    )
    group.add_argument(
        "--resume",
        action="store_true",
        help="leave out what the report says was restored, and is still there",
    )
    add_arguments(group, "--overwrite", "--quiet")


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
    jobs, done = _jobs(options)
    failures = sum(not each for each in _restored(jobs, settings, options))
    if len(jobs) + done > 1 and not options.quiet:
        already = f", {done} of them before" if done else ""
        total = len(jobs) + done
        say(f"{total - failures} of {total} images restored{already}")
    return 1 if failures else 0


def _jobs(options: argparse.Namespace) -> tuple[list[Job], int]:
    """Return what is left to do, and how much is done already."""
    check_sampled(options)
    switch = sampled_switch(options)
    if switch is not None and options.log_likelihood is not None:
        raise UsageError(
            f"--log-likelihood is of a single estimate, {switch} of samples; ask for "
            "one of them at a time."
        )
    if options.resume and options.report is None:
        raise UsageError("--resume needs the --report that says what is done.")
    rows = there(read_report(options.report), options) if options.resume else []
    done = restored(rows)
    arrays = given_paths(options, DEGRADATIONS.values())
    care: dict[str, Any] = {"overwrite": options.overwrite, "keep": arrays}
    jobs = plan_jobs(options.inputs, options.output, done=done, **care)
    place = options.uncertainty or options.log_likelihood
    if place is not None and jobs:
        jobs = plan_maps(jobs, place, **care)
    return plan_sampled(jobs, options, care), len(done)


def _restored(
    jobs: list[Job], settings: RestoreOptions, options: argparse.Namespace
) -> Iterator[bool]:
    """Restore files, show how far each is, and tell whether it was restored."""
    told = BatchOptions(
        log_likelihood=options.log_likelihood is not None,
        overwrite=options.overwrite,
        report=options.report,
        coverage=options.coverage,
        table=options.table,
    )
    with iter_restore_files(jobs, settings, told) as run:
        for job, events in groupby(run, attrgetter("job")):
            yield _follow(job, events, options)


def _follow(
    job: Job, events: Iterator[BatchEvent], options: argparse.Namespace
) -> bool:
    name, quiet = printable(job.source.name), options.quiet or None
    with tqdm(desc=name, unit="step", leave=False, disable=quiet) as bar:
        for event in events:
            if event.progress is not None:
                bar.total = event.progress.total or None
                bar.update(event.progress.done - bar.n)
    _tell(job, event, options)
    return event.error is None


def _tell(job: Job, event: BatchEvent, options: argparse.Namespace) -> None:
    if event.error is not None:
        report(event.error, job.source, debug=options.debug)
    elif event.provenance is not None and not options.quiet:
        for warning in event.provenance.get("warnings", []):
            complain(f"{job.source}: {warning}")
        say(_summary(job, event.provenance))


def _settings(options: argparse.Namespace) -> RestoreOptions:
    """Describe the run, as far as all images share it."""
    device, dtype = _device(options), _type(options.dtype)
    estimator, degradation = _estimator(options), make_degradation(options)
    prior: Any = options.prior
    return RestoreOptions(
        prior=prior if prior == "auto" else FlowPrior.load(prior),
        degradation=degradation,
        estimator=estimator,
        axes=options.axes,
        device=device,
        dtype=dtype,
        **given_values(options, RestoreOptions),
    )


def _device(options: argparse.Namespace) -> str:
    name: str = options.device
    try:
        resolve_device(name)
        if options.scheduler is not None:
            return _scheduler(options)
    except InputError as error:
        raise UsageError(str(error)) from error
    return name


def _scheduler(options: argparse.Namespace) -> str:
    """Return the address of a scheduler that answers."""
    if options.device != "auto":
        raise UsageError(
            f"--device {options.device} is of this computer, and the workers of a "
            "--scheduler choose theirs; leave one of them out."
        )
    if sampled_switch(options) is not None:
        raise UsageError(
            f"A --scheduler restores images, and draws no samples, which "
            f"{sampled_switch(options)} is of; leave one of them out."
        )
    address = scheduler_address(options.scheduler)
    check_scheduler(address)
    return address


def _type(name: str | None) -> np.dtype[Any] | None:
    try:
        return None if name is None else np.dtype(name)
    except TypeError:
        raise UsageError(f"{name!r} is no type of pixels; try float32.") from None


def _estimator(options: argparse.Namespace) -> Estimator | str:
    family, name = _ESTIMATORS.values(), options.estimator
    if (switch := sampled_switch(options)) is not None:
        if name != "auto":
            raise UsageError(
                f"{switch} is of samples, which --estimator {name} does not draw; "
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


def _summary(job: Job, provenance: dict[str, Any]) -> str:
    extra = [job.extra] if job.extra else []
    outputs = [job.target, *extra, *(job.interval or ())]
    how = f"{provenance['seconds']:.1f} s on {provenance['device']}"
    *before, last = map(str, outputs)
    names = f"{', '.join(before)} and {last}" if before else last
    return f"{names}: {summarise(provenance)}, {how}"
