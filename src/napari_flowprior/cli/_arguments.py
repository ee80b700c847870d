"""Arguments that several commands have, worded once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from argparse import ArgumentParser, _ArgumentGroup

__all__ = ["add_arguments"]

_AXES = "one letter per axis of T Z C Y X S"
_ARGUMENTS: dict[str, dict[str, Any]] = {
    "images": {
        "nargs": "+",
        "metavar": "IMAGE",
        "help": "files, folders or globs",
    },
    "--out": {
        "type": Path,
        "required": True,
        "help": "prior to write, NAME.safetensors",
    },
    "--prior": {
        "default": "auto",
        "help": "name of a shipped prior, or a file (default: by the kind of image)",
    },
    "--axes": {"help": f"{_AXES} (default: by the file)"},
    "--seed": {"type": int, "default": 0, "metavar": "N", "help": "seed (default: 0)"},
    "--device": {"default": "auto", "help": "auto, cuda, mps or cpu"},
    "--overwrite": {"action": "store_true", "help": "replace files"},
    "--quiet": {"action": "store_true", "help": "print errors only"},
}


def add_arguments(
    parser: ArgumentParser | _ArgumentGroup, *names: str, **helps: str
) -> None:
    """Add some of the arguments that several commands have.

    Parameters
    ----------
    parser : ArgumentParser
        Parser of a command, or one of its groups.
    *names : str
        Which, such as "--axes", in the order of the help.
    **helps : str
        What is said of an argument in place of the usual, by its name without dashes.
    """
    for name in names:
        argument = _ARGUMENTS[name]
        text = helps.get(name.removeprefix("--"), argument["help"])
        parser.add_argument(name, **argument | {"help": text})
