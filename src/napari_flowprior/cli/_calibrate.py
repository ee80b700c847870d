"""``napari-flowprior calibrate``: pairs in, a prior whose intervals are right out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from napari_flowprior._errors import UsageError
from napari_flowprior._resources import shipped_priors
from napari_flowprior.calibration import (
    CalibrationResult,
    find_pairs,
    iter_calibrate,
)
from napari_flowprior.cli._arguments import add_arguments
from napari_flowprior.cli._degradation import add_degradation, make_degradation
from napari_flowprior.cli._fields import add_fields
from napari_flowprior.cli._options import build
from napari_flowprior.cli._report import say
from napari_flowprior.priors import FlowPrior, prior_path
from napari_flowprior.restoration import DEGRADATIONS, RestoreOptions, Sampling

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
    parser.add_argument("prior", metavar="PRIOR", help="name of a shipped one, or file")
    parser.add_argument(
        "--pairs",
        type=Path,
        required=True,
        metavar="FOLDER",
        help="20 or more pairs of one instrument: NAME_noisy.tif and NAME_clean.tif, "
        "or folders noisy and clean with files of the same names",
    )
    parser.add_argument(
        "--regions",
        type=Path,
        metavar="FOLDER",
        help="labels of the regions of each pair, NAME.tif, to calibrate sums as well",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="prior to write (default: the same file, which is replaced)",
    )
    add_arguments(parser, "--overwrite", overwrite="replace --out")
    parser.add_argument(
        "--coverage", type=float, default=0.9, help="share of the pixels (default: 0.9)"
    )
    parser.add_argument(
        "--confidence",
        type=float,
        default=0.9,
        help="probability over the pairs that it is reached (default: 0.9)",
    )
    parser.add_argument(
        "--exact",
        action="store_true",
        help="let the probability hold for any kind of images; needs more pairs",
    )
    add_arguments(parser, "--axes", "--device", "--quiet")
    add_degradation(parser)
    add_fields(parser, "options of the degradation", DEGRADATIONS, together=True)
    add_fields(parser, "options of the samples", {Sampling.name: Sampling})


def run(options: argparse.Namespace) -> int:
    """Calibrate a prior.

    Parameters
    ----------
    options : Namespace
        Parsed options.

    Returns
    -------
    int
        0.
    """
    target = _target(options)
    prior = FlowPrior.load(options.prior)
    result = _drain(prior, options)
    result.prior.save(target, overwrite=True, half=_fits_half(prior))
    if not options.quiet:
        say(
            f"{target}: intervals for {result.damage} are {result.factor:.3g} times as "
            f"wide as samples say. On {result.pairs} pairs they cover "
            f"{100 * result.after:.1f} % of the pixels, and before "
            f"{100 * result.before:.1f} %.{_of_sums(result)}"
        )
    return 0


def _of_sums(result: CalibrationResult) -> str:
    if result.factor_of_sums is None:
        return ""
    return f" Intervals for sums are {result.factor_of_sums:.3g} times as wide."


def _target(options: argparse.Namespace) -> Path:
    if options.out is None:
        if options.prior in shipped_priors():
            raise UsageError(
                f"{options.prior} is a shipped prior, which stays as it is; name the "
                "calibrated one with --out."
            )
        return prior_path(options.prior)
    target: Path = options.out
    if target.suffix != ".safetensors":
        raise UsageError(f"{target} is no name of a prior; end it with .safetensors.")
    if target.exists() and not options.overwrite:
        raise UsageError(f"{target} exists; pass --overwrite to replace it.")
    return target


def _fits_half(prior: FlowPrior) -> bool:
    """Tell whether nothing is lost by half precision, as with files that had it."""
    kernels = [p for p in prior.flow.state_dict().values() if p.ndim == 4]
    return all(bool((p.half().float() == p).all()) for p in kernels)


def _drain(prior: FlowPrior, options: argparse.Namespace) -> CalibrationResult:
    sampling: Sampling = build(Sampling, options, [Sampling])
    described = RestoreOptions(
        degradation=make_degradation(options),
        estimator=sampling,
        axes=options.axes,
        device=options.device,
    )
    run = iter_calibrate(
        prior,
        find_pairs(options.pairs, options.regions),
        described,
        coverage=options.coverage,
        confidence=options.confidence,
        exact=options.exact,
    )
    with run, tqdm(unit="pair", disable=options.quiet or None) as bar:
        for event in run:
            bar.total = event.total or None
            bar.update(event.done - bar.n)
        return run.result
