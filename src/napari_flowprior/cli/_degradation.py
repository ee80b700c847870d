"""What happened to the image, as options say it: one degradation, or several."""

from __future__ import annotations

import argparse

from napari_flowprior._errors import InputError, UsageError
from napari_flowprior.cli._options import build_all, given_options
from napari_flowprior.restoration import (
    DEGRADATIONS,
    PREFERRED,
    Auto,
    Compose,
    Degradation,
)

__all__ = [
    "add_degradation",
    "make_degradation",
]


def add_degradation(parser: argparse.ArgumentParser) -> None:
    """Add the option that names degradations.

    Parameters
    ----------
    parser : ArgumentParser
        Parser to extend.
    """
    parser.add_argument(
        "--degradation",
        type=_names,
        default=None,
        metavar="NAME[,NAME...]",
        help="what happened to the image: one or several of "
        f"{', '.join(DEGRADATIONS)}; several with commas, the first one first, such as "
        "blur,noise,jpeg. Each gets the options that "
        "only it has; those that some of them share, such as --sigma, are of noise if "
        "it is named among them, and have names of their own for the others, such as "
        "--blur-sigma (default: what a look at the image "
        "finds, or noise if an option of it is given)",
    )


def make_degradation(parsed: argparse.Namespace) -> Degradation:
    """Make the degradation, or several of them in their order.

    Parameters
    ----------
    parsed : Namespace
        Parsed options.

    Returns
    -------
    Degradation
        A single one as it is, several as `Compose`.

    Raises
    ------
    UsageError
        If the options do not fit, or the degradations not each other.
    InputError
        If a file that was given cannot be read.
    """
    family = DEGRADATIONS.values()
    names: list[str] | None = parsed.degradation
    if names is None:
        names = [PREFERRED.name if given_options(parsed, family) else Auto.name]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise UsageError(
            f"{twice} is named more than once; say it once, or combine degradations "
            "from Python, by Compose."
        )
    kinds = [DEGRADATIONS[name] for name in names]
    parts: list[Degradation] = build_all(kinds, parsed, family, preferred=PREFERRED)
    return parts[0] if len(parts) == 1 else _composed(parts)


def _names(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in DEGRADATIONS:
            raise argparse.ArgumentTypeError(
                f"{name!r} is no degradation; choose from {', '.join(DEGRADATIONS)}, "
                "and put commas between several."
            )
    return names


def _composed(parts: list[Degradation]) -> Compose:
    try:
        return Compose(*parts)
    except InputError as error:
        raise UsageError(str(error)) from error
