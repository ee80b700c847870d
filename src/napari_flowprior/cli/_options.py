"""Options of the command line, made from the fields of option dataclasses."""

from __future__ import annotations

import argparse
from dataclasses import MISSING, Field, fields
from typing import TYPE_CHECKING, Any

from napari_flowprior._errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["add_fields", "build"]


def add_fields(
    parser: argparse.ArgumentParser, title: str, kinds: Mapping[str, type]
) -> None:
    """Add an option for every described field of some dataclasses.

    Fields of the same name share an option. What is not given is absent from the
    parsed options, so that every class keeps its own defaults.

    Parameters
    ----------
    parser : ArgumentParser
        Parser to extend.
    title : str
        Heading of the options in the help.
    kinds : mapping
        Dataclasses by the name users know them by.
    """
    group = parser.add_argument_group(title)
    known = {action.dest for action in parser._actions}
    for name, owners in _by_name(kinds).items():
        if name not in known:
            _add(group, name, owners)


def build(kind: type, options: argparse.Namespace, others: Iterable[type]) -> Any:
    """Make an object from the options that were given.

    Parameters
    ----------
    kind : type
        Dataclass to make.
    options : Namespace
        Parsed options.
    others : iterable of type
        Dataclasses of the same family, whose options `kind` may lack.

    Returns
    -------
    object
        An instance of `kind`.

    Raises
    ------
    InputError
        If an option was given that `kind` does not have.
    """
    own = {field.name for field in _described(kind)}
    all_names = {field.name for other in others for field in _described(other)}
    given = {name for name in all_names if hasattr(options, name)}
    if surplus := sorted(given - own):
        flags = ", ".join(f"--{name.replace('_', '-')}" for name in surplus)
        raise InputError(f"{kind.name} has no option {flags}; leave it out.")  # type: ignore[attr-defined]
    return kind(**{name: getattr(options, name) for name in given})


def _described(kind: type) -> list[Field[Any]]:
    return [field for field in fields(kind) if "help" in field.metadata]


def _by_name(kinds: Mapping[str, type]) -> dict[str, dict[str, Field[Any]]]:
    found: dict[str, dict[str, Field[Any]]] = {}
    for kind_name, kind in kinds.items():
        for field in _described(kind):
            found.setdefault(field.name, {})[kind_name] = field
    return found


def _add(group: Any, name: str, owners: dict[str, Field[Any]]) -> None:
    field = next(iter(owners.values()))
    parts = [
        f"{kind}: {found.metadata['help']} {_default(found)}"
        for kind, found in owners.items()
    ]
    settings: dict[str, Any] = {
        "dest": name,
        "default": argparse.SUPPRESS,
        "help": " ".join(parts).replace("%", "%%"),
    }
    if field.default is True or field.default is False:
        settings["action"] = argparse.BooleanOptionalAction
    elif "choices" in field.metadata:
        settings["choices"] = field.metadata["choices"]
    else:
        settings["type"] = int if isinstance(field.default, int) else float
        settings["metavar"] = "N"
    group.add_argument(f"--{name.replace('_', '-')}", **settings)


def _default(field: Field[Any]) -> str:
    value = field.default
    if value is None or value is MISSING:
        return ""
    shown = f"{value:.4g}" if isinstance(value, float) else str(value)
    return f"(default {shown})"
