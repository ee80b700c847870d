"""``napari-flowprior diagnose``: what is wrong with images."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from napari_flowprior._errors import InputError
from napari_flowprior.cli._arguments import add_arguments
from napari_flowprior.cli._report import report, say
from napari_flowprior.data import (
    atomic_path,
    expand_inputs,
    parse_axes,
    read_image,
)
from napari_flowprior.priors import FlowPrior
from napari_flowprior.restoration import Diagnosis, iter_diagnose

if TYPE_CHECKING:
    import argparse

__all__ = ["add_options"]

_BAR = "{desc}: {postfix}"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser.

    Parameters
    ----------
    parser : ArgumentParser
        Parser of the command.
    """
    parser.set_defaults(run=run)
    add_arguments(parser, "images", "--prior", "--axes", "--device")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--plots",
        type=Path,
        metavar="FOLDER",
        help="draw the noise level by intensity, and how alike neighbours are, as "
        "FOLDER/IMAGE.png; needs matplotlib",
    )
    add_arguments(parser, "--overwrite", overwrite="replace plots that exist")


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
    plots = {} if options.plots is None else _targets(paths, options.plots)
    found: list[dict[str, Any]] = []
    for path in paths:
        try:
            diagnosis = _look(path, prior, options)
            if plots:
                _draw(diagnosis, plots[path], options.overwrite)
        except Exception as error:
            report(error, path, debug=options.debug)
            continue
        found.append({"file": str(path), **diagnosis.as_dict()})
        if not options.json:
            _show(path, diagnosis)
    if options.json:
        print(json.dumps(found, indent=2))
    return 0 if len(found) == len(paths) else 1


def _look(path: Path, prior: FlowPrior | str, options: argparse.Namespace) -> Diagnosis:
    """Look at a file; whatever is wrong with it, the others are looked at."""
    file = read_image(path)
    axes = parse_axes(options.axes or file.axes, file.array.shape)
    run = iter_diagnose(file.array, prior=prior, axes=axes, device=options.device)
    with run, tqdm(desc=path.name, leave=False, disable=None, bar_format=_BAR) as bar:
        for event in run:
            bar.set_postfix_str(event.message)
    return run.result


def _targets(paths: list[Path], folder: Path) -> dict[Path, Path]:
    """Name the plots of all images; no two may be one file."""
    targets: dict[Path, Path] = {}
    for path in paths:
        target = folder / f"{path.stem}.png"
        if twin := next((one for one, its in targets.items() if its == target), None):
            raise InputError(
                f"The plots of {twin} and {path} would both become {target}; look at "
                "them one after the other, with another --plots FOLDER."
            )
        targets[path] = target
    return targets


def _draw(diagnosis: Diagnosis, path: Path, overwrite: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(path, overwrite) as temporary:
        diagnosis.plot().savefig(temporary, format="png", dpi=100)


def _show(path: Path, diagnosis: Diagnosis) -> None:
    say(f"{path}:")
    for sentence in diagnosis.sentences:
        say(f"  {sentence}")
