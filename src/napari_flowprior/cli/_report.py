"""What the command line says: lines fit for a terminal, errors as sentences."""

from __future__ import annotations

import sys
import traceback

from napari_flowprior._errors import as_sentence

__all__ = ["complain", "printable", "report", "say"]


def printable(text: object) -> str:
    """Escape what could not be shown, or would command the terminal.

    Names of files and the texts of a prior come from strangers: a line may not clear
    the screen, nor look like two.

    Parameters
    ----------
    text : object
        What to show.

    Returns
    -------
    str
        One line.
    """
    encoding = sys.stdout.encoding or "utf-8"
    shown = "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(text)
    )
    return shown.encode(encoding, "backslashreplace").decode(encoding)


def say(text: str) -> None:
    """Print a line at once, also into a pipe.

    Parameters
    ----------
    text : str
        The line.
    """
    print(printable(text), flush=True)


def complain(text: str) -> None:
    """Print a line where errors go.

    Parameters
    ----------
    text : str
        The line.
    """
    print(f"napari-flowprior: {printable(text)}", file=sys.stderr)


def report(error: Exception, about: object = "", *, debug: bool = False) -> None:
    """Say in a sentence what went wrong.

    Parameters
    ----------
    error : Exception
        What went wrong.
    about : object
        The file that it happened to; named unless the error names it.
    debug : bool
        Whether to show where it happened.
    """
    if debug:
        traceback.print_exception(error)
    text = as_sentence(error)
    complain(text if str(about) in text else f"{about}: {text}")
