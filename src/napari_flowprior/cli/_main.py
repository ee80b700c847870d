"""Commands and exit codes."""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from importlib import import_module
from typing import TYPE_CHECKING

from napari_flowprior._errors import UsageError
from napari_flowprior._version import version
from napari_flowprior.cli._report import complain, report

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

FAILED, MISUSED, INTERRUPTED = 1, 2, 130
_DEBUG = "NAPARI_FLOWPRIOR_DEBUG"
_COMMANDS = {
    "restore": "restore images with a prior",
    "diagnose": "say what is wrong with images",
    "train": "fit a prior to images",
    "adapt": "adapt a prior to noisy images",
    "calibrate": "make the intervals of a prior cover what they say",
    "sample": "draw images from a prior",
    "evaluate": "measure a prior on clean images",
    "info": "show versions, devices and priors",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        Without the program's name; by default those of the process.

    Returns
    -------
    int
        Exit code: 0 if all went well, 1 if anything failed, 2 for options that are
        wrong or do not go together, 130 if interrupted.

    Raises
    ------
    SystemExit
        After ``--help`` and ``--version``, and with code 2 for a command line that
        cannot be parsed.

    Examples
    --------
    >>> from napari_flowprior.cli import main
    >>> main(["recipe"])  # there is no such command
    Traceback (most recent call last):
    ...
    SystemExit: 2
    >>> main(["restore", "missing.png", "out.png"])
    1
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given or bool(os.environ.get(_DEBUG))
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _warn
            if "--quiet" in given:
                warnings.simplefilter("ignore")
            return _run(given, debug=debug)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output went away; there is nobody left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except Exception as error:
        report(error, debug=debug)
        return MISUSED if isinstance(error, UsageError) else FAILED


def _run(given: list[str], *, debug: bool) -> int:
    options = _parser(given).parse_args(given)
    options.debug = debug
    code = int(options.run(options))
    # Here, and not when the interpreter ends, a closed pipe can be handled.
    sys.stdout.flush()
    return code


def _warn(message: Warning | str, *place: object, **more: object) -> None:
    """Say a warning without the line of code that it comes from."""
    complain(str(message))


def _parser(given: list[str]) -> argparse.ArgumentParser:
    """Build the parser; only the command that is used is imported, for speed."""
    parser = argparse.ArgumentParser(
        prog="napari-flowprior",
        description="Restore images with normalizing-flow priors.",
    )
    parser.add_argument("--version", action="version", version=version())
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, text in _COMMANDS.items():
        command = commands.add_parser(
            name, help=text, description=text.capitalize(), allow_abbrev=False
        )
        if name in given:
            _fill(name, command)
        command.add_argument(
            "--debug", action="store_true", help="show where errors come from"
        )
    return parser


def _fill(name: str, command: argparse.ArgumentParser) -> None:
    module = import_module(f"napari_flowprior.cli._{name}")
    module.add_options(command)
