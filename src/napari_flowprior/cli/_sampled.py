"""What is drawn from samples of the posterior: deviations, intervals and sums."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_flowprior._errors import UsageError
from napari_flowprior.batch import (
    Job,
    Outcome,
    interval_paths,
    plan_intervals,
    plan_regions,
    read_sums,
)

if TYPE_CHECKING:
    import argparse

__all__ = ["add_sampled", "check_sampled", "plan_sampled", "sampled_switch", "there"]

COVERAGE = 0.9


def add_sampled(group: Any) -> None:
    """Add what is asked for of samples to a parser.

    Parameters
    ----------
    group : argument group
        That of files.
    """
    group.add_argument(
        "--uncertainty",
        metavar="FILE",
        help="draw samples of the posterior, whose standard deviation in each pixel "
        "goes here; a folder for several inputs",
    )
    group.add_argument(
        "--interval",
        action="store_true",
        help="draw samples, and write the ends of the interval of each pixel beside "
        "the output, as NAME_lower.tif and NAME_upper.tif",
    )
    group.add_argument(
        "--regions",
        metavar="LABELS",
        help="draw samples, and sum them up over labelled regions, with intervals: a "
        "file of whole numbers, 0 for none; or a folder with one named after each "
        "input; goes with --table",
    )
    group.add_argument(
        "--table",
        metavar="FILE",
        type=Path,
        help="where the sums of --regions go (CSV); rows of other images stay",
    )
    group.add_argument(
        "--coverage",
        type=float,
        metavar="SHARE",
        help="how many of the true values the intervals of --interval and --table "
        f"shall hold (default: {COVERAGE})",
    )


def sampled_switch(options: argparse.Namespace) -> str | None:
    """Return which option asks for samples, if one does.

    Parameters
    ----------
    options : Namespace
        Parsed options.

    Returns
    -------
    str or None
        Such as "--uncertainty".
    """
    asked = {
        "--uncertainty": options.uncertainty is not None,
        "--interval": options.interval,
        "--regions": options.regions is not None,
    }
    return next((switch for switch, given in asked.items() if given), None)


def check_sampled(options: argparse.Namespace) -> None:
    """Refuse what is asked for of samples and does not fit together.

    Parameters
    ----------
    options : Namespace
        Parsed options; a coverage that is not given becomes the default.

    Raises
    ------
    UsageError
        If it does not.
    """
    if (options.regions is None) != (options.table is None):
        raise UsageError(
            "--regions LABELS says what is summed up and --table FILE where the sums "
            "go; give both of them or none."
        )
    if options.table is not None and options.table == options.report:
        raise UsageError(
            f"{options.table} would be both the --report and the --table; name another "
            "file for one of them."
        )
    if options.coverage is None:
        options.coverage = COVERAGE
    elif not (options.interval or options.table is not None):
        raise UsageError(
            "--coverage is that of --interval or --table; ask for one of them."
        )
    if not 0 < options.coverage < 1:
        raise UsageError(
            f"--coverage is {options.coverage:g}; it must lie between 0 and 1, such as "
            f"{COVERAGE}."
        )


def plan_sampled(
    jobs: list[Job], options: argparse.Namespace, care: dict[str, Any]
) -> list[Job]:
    """Find which files go with the images of samples.

    Parameters
    ----------
    jobs : list of Job
        What is restored.
    options : Namespace
        Parsed options.
    care : dict
        Options of `plan_intervals`.

    Returns
    -------
    list of Job
        The jobs, with those files.
    """
    if options.interval:
        jobs = plan_intervals(jobs, **care)
    if options.regions is not None:
        jobs = plan_regions(jobs, options.regions)
        read_sums(options.table)
    return jobs


def there(rows: list[Outcome], options: argparse.Namespace) -> list[Outcome]:
    """Keep what was restored and has all that goes with it.

    Parameters
    ----------
    rows : list of Outcome
        Of a report.
    options : Namespace
        Parsed options.

    Returns
    -------
    list of Outcome
        Those whose intervals and sums are there, as far as they are asked for.
    """
    if options.interval:
        ends = {row.target: interval_paths(Path(row.target)) for row in rows}
        rows = [r for r in rows if all(path.exists() for path in ends[r.target])]
    if options.table is not None:
        summed = {row.source for row in read_sums(options.table)}
        rows = [row for row in rows if row.source in summed]
    return rows
