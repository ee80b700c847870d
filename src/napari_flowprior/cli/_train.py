"""``napari-flowprior train``: images in, a prior out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from napari_flowprior._errors import InputError, TrainingError, UsageError
from napari_flowprior.cli._arguments import add_arguments
from napari_flowprior.cli._fields import add_fields
from napari_flowprior.cli._options import given_values
from napari_flowprior.cli._report import complain
from napari_flowprior.cli._signals import stopping
from napari_flowprior.cli._speaker import Speaker, figures
from napari_flowprior.training import (
    NoisyImagesError,
    TrainJob,
    TrainOutputs,
    iter_train,
    load_recipe,
    recipe_names,
)

if TYPE_CHECKING:
    import argparse
    import threading

    from napari_flowprior.training import TrainResult

__all__ = ["add_options"]

_DEFAULT_RECIPE = "finetune"
INTERRUPTED = 130


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser.

    Parameters
    ----------
    parser : ArgumentParser
        Parser of the command.
    """
    titles = [f"{name}: {load_recipe(name).title}" for name in recipe_names()]
    parser.set_defaults(run=run)
    parser.epilog = f"Recipes are {'; '.join(titles)}. Or name a TOML file of your own."
    parser.add_argument(
        "recipe",
        nargs="?",
        default=_DEFAULT_RECIPE,
        metavar="RECIPE",
        help=f"name or TOML file (default: {_DEFAULT_RECIPE}, which adapts a prior)",
    )
    add_arguments(parser, "--out")
    _add_data(parser)
    _add_schedule(parser)
    _add_card(parser)


def _add_data(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("images")
    group.add_argument(
        "--data",
        nargs="+",
        default=[],
        metavar="PATH",
        help="files, folders or globs of images, clean unless --images noisy says "
        "otherwise; or the file of MNIST",
    )
    group.add_argument(
        "--validation",
        nargs="+",
        default=[],
        metavar="PATH",
        help="images that are held out (default: a part of the data)",
    )
    add_arguments(group, "--axes")


def _add_schedule(parser: argparse.ArgumentParser) -> None:
    group = add_fields(parser, "training", {"": TrainJob})
    group.add_argument("--start", metavar="PRIOR", help="prior to start from")
    add_arguments(group, "--device")
    group.add_argument("--threads", type=int, metavar="N", help="processor threads")
    group.add_argument("--resume", action="store_true", help="go on from a checkpoint")
    add_arguments(group, "--quiet")


def _add_card(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what the prior says of itself")
    group.add_argument("--description", default="")
    group.add_argument("--licence", default="")
    group.add_argument(
        "--sources",
        type=Path,
        metavar="FILE",
        help="text file with a source and its licence in each line",
    )


def run(options: argparse.Namespace) -> int:
    """Train a prior.

    Parameters
    ----------
    options : Namespace
        Parsed options.

    Returns
    -------
    int
        0, or 130 if interrupted.
    """
    if options.threads is not None:
        if options.threads < 1:
            raise UsageError(f"--threads is {options.threads}; it must be at least 1.")
        torch.set_num_threads(options.threads)
    if options.resume and given_values(options, TrainJob).get("overwrite"):
        raise UsageError("--resume and --overwrite exclude each other; choose one.")
    job = _job(options)
    # Under torchrun, one process speaks for all.
    silent = options.quiet or os.environ.get("RANK", "0") != "0"
    with stopping() as stop, Speaker(silent) as speaker:
        result = _drain(job, stop, speaker)
    if result is not None:
        speaker.say(_end(result))
        return 0
    if not silent:
        complain(_stopped(TrainOutputs(job.out)))
    return INTERRUPTED


def _job(options: argparse.Namespace) -> TrainJob:
    copied = (
        *("recipe", "out", "axes", "start", "device", "resume"),
        *("description", "licence"),
    )
    return TrainJob(
        **{name: getattr(options, name) for name in copied},
        **given_values(options, TrainJob),
        data=tuple(options.data),
        validation=tuple(options.validation),
        sources=_sources(options.sources),
    )


def _sources(path: Path | None) -> tuple[str, ...]:
    if path is None:
        return ()
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--sources {path} cannot be read: {error}.") from error
    return tuple(line.strip() for line in lines if line.strip())


def _drain(
    job: TrainJob, stop: threading.Event, speaker: Speaker
) -> TrainResult | None:
    """Train to the end; None if a signal ended it before."""
    with iter_train(job) as training:
        try:
            for event in training:
                speaker.show(event)
                if stop.is_set():
                    return None
            return training.result
        except NoisyImagesError as error:
            raise InputError(
                f"{error.why} Pass --images noisy to adapt a prior to them as they "
                "are, or --insist to train as if they were clean."
            ) from error
        except TrainingError:
            # With several processes, those that stop first leave the others alone.
            if not stop.is_set():
                raise
    return None


def _end(result: TrainResult) -> str:
    if result.adapted is not None:
        written = f"{result.prior}: " if result.improved else ""
        return f"{written}{result.adapted.sentence}"
    if not result.improved:
        return (
            "No step was better than the prior that it started from, so nothing was "
            f"written but a checkpoint and the figures in {result.metrics}. Try a "
            "lower --learning-rate, or more images."
        )
    best = "" if result.best is None else f" ({figures(result.best)})"
    return (
        f"{result.prior}: written after {result.step} steps and {result.seconds:.0f} s"
        f"{best}; figures in {result.metrics}. Try: napari-flowprior restore IN OUT "
        f"--prior {result.prior}"
    )


def _stopped(outputs: TrainOutputs) -> str:
    if not outputs.checkpoint.exists():
        return "stopped before the first step; nothing was written."
    if not outputs.prior.exists():
        return (
            "stopped. No step was better than the prior that it started from, so none "
            "was written; the same command with --resume goes on."
        )
    return (
        f"stopped. The best prior so far is {outputs.prior}; the same command with "
        "--resume goes on."
    )
