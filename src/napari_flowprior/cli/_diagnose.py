"""``napari-flowprior diagnose``: what is wrong with images."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from napari_flowprior.cli._report import report, say
from napari_flowprior.data import expand_inputs, parse_axes, read_image
from napari_flowprior.priors import FlowPrior
from napari_flowprior.restoration import Diagnosis, diagnose

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

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
        "images", nargs="+", metavar="IMAGE", help="files, folders or globs"
    )
    parser.add_argument(
        "--prior",
        default="auto",
        help="name of a shipped prior, or a file (default: by the kind of image)",
    )
    parser.add_argument(
        "--axes", help="one letter per axis of T Z C Y X S (default: by the file)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Look at all images, one after the other.

    Parameters
    ----------
    options : Namespace
        Parsed options.

    Returns
    -------
    int
        0, or 1 if any image could not be looked at.
    """
    name = options.prior
    prior = name if name == "auto" else FlowPrior.load(name)
    paths = expand_inputs(options.images)
    found: list[dict[str, Any]] = []
    for path in paths:
        try:
            diagnosis = _look(path, prior, options.axes)
        except Exception as error:
            report(error, path, debug=options.debug)
            continue
        found.append({"file": str(path), **diagnosis.as_dict()})
        if not options.json:
            _show(path, diagnosis)
    if options.json:
        print(json.dumps(found, indent=2))
    return 0 if len(found) == len(paths) else 1


def _look(path: Path, prior: FlowPrior | str, axes: str | None) -> Diagnosis:
    """Look at a file; whatever is wrong with it, the others are looked at."""
    file = read_image(path)
    axes = parse_axes(axes or file.axes, file.array.shape)
    return diagnose(file.array, prior=prior, axes=axes)


def _show(path: Path, diagnosis: Diagnosis) -> None:
    say(f"{path}:")
    for sentence in diagnosis.sentences:
        say(f"  {sentence}")
