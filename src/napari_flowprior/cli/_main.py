"""Commands, exit codes, and errors as sentences."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from typing import TYPE_CHECKING

from napari_flowprior._errors import FlowPriorError
from napari_flowprior._version import version

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

FAILED, INTERRUPTED = 1, 130
_DEBUG = "NAPARI_FLOWPRIOR_DEBUG"
_COMMANDS = {
    "restore": "restore images with a prior",
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
        Exit code: 0 if all went well, 1 if anything failed, 130 if interrupted. Wrong
        usage exits with 2.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = _parser(given).parse_args(given)
    try:
        return int(options.run(options))
    except FlowPriorError as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output went away; there is nobody left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except Exception as error:
        return _fail(f"{type(error).__name__}: {error}", unexpected=True)


def _fail(message: str, *, unexpected: bool = False) -> int:
    if os.environ.get(_DEBUG):
        traceback.print_exc()
    elif unexpected:
        message += f" (this is a bug; set {_DEBUG}=1 to see where)"
    print(f"napari-flowprior: {message}", file=sys.stderr)
    return FAILED


def _parser(given: list[str]) -> argparse.ArgumentParser:
    """Build the parser; only the command that is used is imported, for speed."""
    parser = argparse.ArgumentParser(
        prog="napari-flowprior",
        description="Restore images with normalizing-flow priors.",
    )
    parser.add_argument("--version", action="version", version=version())
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, text in _COMMANDS.items():
        command = commands.add_parser(name, help=text, description=text.capitalize())
        if name in given:
            _fill(name, command)
    return parser


def _fill(name: str, command: argparse.ArgumentParser) -> None:
    if name == "restore":
        from napari_flowprior.cli import _restore

        _restore.add_options(command)
    else:
        from napari_flowprior.cli import _info

        _info.add_options(command)
