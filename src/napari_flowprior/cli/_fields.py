"""Options of the command line, made from those of dataclasses."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_flowprior._options import Option, options
from napari_flowprior.cli._options import own_flag

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["add_fields"]


def add_fields(
    parser: argparse.ArgumentParser,
    title: str,
    kinds: Mapping[str, type],
    *,
    together: bool = False,
) -> Any:
    """Add all options of some dataclasses.

    Those of the same name are one to the command line. What is not given is absent from
    the parsed options, so that every class keeps its own defaults.

    Parameters
    ----------
    parser : ArgumentParser
        Parser to extend.
    title : str
        Heading of the options in the help.
    kinds : mapping
        Dataclasses by the name users know them by; an empty one is not said.
    together : bool
        Whether several of them may be chosen: options that they share are then there
        with the name of each before them, too, as in ``--blur-sigma``.

    Returns
    -------
    argument group
        That of the heading, to be extended.
    """
    group = parser.add_argument_group(title)
    for owners in _by_flag(kinds).values():
        _add(group, owners)
        if together and len(owners) > 1:
            _add_each(group, owners)
    return group


def _by_flag(kinds: Mapping[str, type]) -> dict[str, dict[str, Option]]:
    found: dict[str, dict[str, Option]] = {}
    for name, kind in kinds.items():
        for option in options(kind):
            found.setdefault(option.flag, {})[name] = option
    return found


def _add(group: Any, owners: dict[str, Option]) -> None:
    texts: dict[str, list[str]] = {}
    for kind, option in owners.items():
        texts.setdefault(option.explain(_default(option)), []).append(kind)
    parts = [f"{', '.join(kinds)}: {text}" for text, kinds in texts.items()]
    parts = [part.removeprefix(": ") for part in parts]
    option = next(iter(owners.values()))
    settings: dict[str, Any] = {
        "dest": option.flag,
        "default": argparse.SUPPRESS,
        "help": " ".join(parts).replace("%", "%%"),
    }
    group.add_argument(option.switch, **settings, **_reading(list(owners.values())))


def _add_each(group: Any, owners: dict[str, Option]) -> None:
    """Add an option of each of its owners, which the help does not list."""
    for kind, option in owners.items():
        group.add_argument(
            option.switch.replace("--", f"--{kind}-", 1),
            dest=own_flag(kind, option.flag),
            default=argparse.SUPPRESS,
            help=argparse.SUPPRESS,
            **_reading([option]),
        )


def _reading(owners: list[Option]) -> dict[str, Any]:
    """Find how the text of an option becomes a value that any of its owners takes."""
    kinds = {option.kind for option in owners}
    if kinds == {"toggle"}:
        return {"action": argparse.BooleanOptionalAction}
    if kinds == {"choice"}:
        listed = (choice for option in owners for choice in option.choices)
        return {"choices": list(dict.fromkeys(listed))}
    if kinds == {"array"}:
        return {"type": Path, "metavar": "FILE"}
    if kinds == {"text"}:
        return {"metavar": "TEXT"}
    readers = {frozenset({"whole"}): int, frozenset({"number"}): float}
    return {"type": readers.get(frozenset(kinds), _number), "metavar": "N"}


def _number(text: str) -> float:
    """Read a number that is whole for some owners of an option, not for others."""
    try:
        return int(text)
    except ValueError:
        return float(text)


def _default(option: Option) -> str:
    value = option.default
    if option.required or value is None:
        return ""
    if option.kind == "toggle":
        return f"default {'on' if value else 'off'}"
    return f"default {value:.4g}" if option.kind == "number" else f"default {value}"
