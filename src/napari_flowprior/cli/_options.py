"""Options of the command line, made from the fields of option dataclasses."""

from __future__ import annotations

import argparse
import math
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_flowprior._errors import InputError
from napari_flowprior.cli._arrays import read_array
from napari_flowprior.cli._report import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["add_fields", "build", "build_all", "given_options", "given_paths"]


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
    for name, owners in _by_name(kinds).items():
        _add(group, name, owners)


def given_options(options: argparse.Namespace, kinds: Iterable[type]) -> list[str]:
    """Find which options of some dataclasses were given.

    Parameters
    ----------
    options : Namespace
        Parsed options.
    kinds : iterable of type
        Dataclasses whose fields were added.

    Returns
    -------
    list of str
        Names of options, sorted.
    """
    names = {_option(field) for kind in kinds for field in _described(kind)}
    return sorted(name for name in names if hasattr(options, name))


def given_paths(options: argparse.Namespace, kinds: Iterable[type]) -> list[Path]:
    """Find the files among the options of some dataclasses that were given.

    Parameters
    ----------
    options : Namespace
        Parsed options.
    kinds : iterable of type
        Dataclasses whose fields were added.

    Returns
    -------
    list of Path
        What is read.
    """
    values = (getattr(options, name) for name in given_options(options, kinds))
    return [value for value in values if isinstance(value, Path)]


def build(kind: type, options: argparse.Namespace, family: Iterable[type]) -> Any:
    """Make an object from the options that were given.

    Parameters
    ----------
    kind : type
        Dataclass to make.
    options : Namespace
        Parsed options.
    family : iterable of type
        `kind` and its siblings, whose options `kind` may lack.

    Returns
    -------
    object
        An instance of `kind`.

    Raises
    ------
    UsageError
        If an option was given that `kind` does not have, is out of its range, or is
        missing.
    InputError
        If a file that was given cannot be read.
    """
    return build_all([kind], options, family)[0]


def build_all(
    kinds: Iterable[type],
    options: argparse.Namespace,
    family: Iterable[type],
    *,
    preferred: type | None = None,
) -> list[Any]:
    """Make several objects, each from those of the given options that it has.

    Parameters
    ----------
    kinds : iterable of type
        Dataclasses to make, all different.
    options : Namespace
        Parsed options.
    family : iterable of type
        `kinds` and their siblings, whose options `kinds` may lack.
    preferred : type, optional
        Which of `kinds` gets an option that several of them have.

    Returns
    -------
    list of object
        An instance of each of `kinds`.

    Raises
    ------
    UsageError
        If an option was given that none of `kinds` has, or several of which none is
        preferred, or that is out of its range, or is missing.
    InputError
        If a file that was given cannot be read.
    """
    kinds, family = list(kinds), list(family)
    given = {name: getattr(options, name) for name in given_options(options, family)}
    owners = {name: _owners(name, kinds) for name in given}
    if surplus := [_owned(name, family) for name in given if not owners[name]]:
        names, verb = _names(kinds), "has" if len(kinds) == 1 else "have"
        raise UsageError(
            f"{names} {verb} no option {', '.join(surplus)}; leave it out."
        )
    chosen = {name: _choose(name, owners[name], preferred) for name in given}
    shares = [{o: v for o, v in given.items() if chosen[o] is kind} for kind in kinds]
    return [_make(kind, share) for kind, share in zip(kinds, shares, strict=True)]


def _choose(option: str, owners: list[type], preferred: type | None) -> type:
    """Find whose an option is."""
    if preferred is not None and preferred in owners:
        return preferred
    if len(owners) == 1:
        return owners[0]
    advice = f"name {_names([preferred])} among them" if preferred else "leave it out"
    raise UsageError(f"{_flag(option)} could be of {_names(owners)}; {advice}.")


def _make(kind: type, given: Mapping[str, Any]) -> Any:
    own = {_option(field): field for field in _described(kind)}
    for option, value in given.items():
        _check_value(own[option], value)
    values = {own[o].name: _content(own[o], value) for o, value in given.items()}
    if missing := [_flag(f.name) for f in _required(kind) if f.name not in values]:
        raise UsageError(f"{_names([kind])} needs {', '.join(missing)}.")
    try:
        return kind(**values)
    except InputError as error:
        raise UsageError(str(error)) from error


def _names(kinds: Iterable[type]) -> str:
    return ", ".join(kind.name for kind in kinds)  # type: ignore[attr-defined]


def _owners(option: str, kinds: Iterable[type]) -> list[type]:
    return [kind for kind in kinds if option in map(_option, _described(kind))]


def _option(field: Field[Any]) -> str:
    """Return the name of a field's option, which may be more explicit."""
    name: str = field.metadata.get("option", field.name)
    return name


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _owned(option: str, family: list[type]) -> str:
    """Name an option and whose it is."""
    return f"{_flag(option)} (of {_names(_owners(option, family))})"


def _content(field: Field[Any], value: Any) -> Any:
    kind = field.metadata.get("array")
    return value if kind is None else read_array(value, kind)


def _check_value(field: Field[Any], value: Any) -> None:
    limits = field.metadata
    if "array" in limits:
        return
    low, high = limits.get("min", -math.inf), limits.get("max", math.inf)
    if not isinstance(value, str) and not low <= value <= high:
        flag = _flag(_option(field))
        raise UsageError(f"{flag} is {value}; it must be {_range(field)}.")
    if "choices" in limits and value not in limits["choices"]:
        choices = ", ".join(limits["choices"])
        raise UsageError(
            f"{_flag(_option(field))} is {value}; choose one of {choices}."
        )


def _range(field: Field[Any]) -> str:
    low, high = (field.metadata.get(end) for end in ("min", "max"))
    parts = [f"{low:g} or more"] if low is not None else []
    return " and ".join([*parts, f"{high:g} at most"] if high is not None else parts)


def _described(kind: type) -> list[Field[Any]]:
    return [field for field in fields(kind) if "help" in field.metadata]


def _required(kind: type) -> list[Field[Any]]:
    none = (MISSING, MISSING)
    return [
        f for f in fields(kind) if (f.default, f.default_factory) == none and f.init
    ]


def _by_name(kinds: Mapping[str, type]) -> dict[str, dict[str, Field[Any]]]:
    found: dict[str, dict[str, Field[Any]]] = {}
    for kind_name, kind in kinds.items():
        for field in _described(kind):
            found.setdefault(_option(field), {})[kind_name] = field
    return found


def _add(group: Any, name: str, owners: dict[str, Field[Any]]) -> None:
    texts: dict[str, list[str]] = {}
    for kind, found in owners.items():
        text = f"{found.metadata['help']} {_default(found)}"
        texts.setdefault(text, []).append(kind)
    parts = [f"{', '.join(kinds)}: {text}" for text, kinds in texts.items()]
    settings: dict[str, Any] = {
        "dest": name,
        "default": argparse.SUPPRESS,
        "help": " ".join(parts).replace("%", "%%"),
    }
    group.add_argument(_flag(name), **settings, **_reading(list(owners.values())))


def _reading(owners: list[Field[Any]]) -> dict[str, Any]:
    """Find how the text of an option becomes a value that any of its owners takes."""
    if _type(owners[0]) == "bool":
        return {"action": argparse.BooleanOptionalAction}
    if all("choices" in field.metadata for field in owners):
        listed = (choice for field in owners for choice in field.metadata["choices"])
        return {"choices": list(dict.fromkeys(listed))}
    if all("array" in field.metadata for field in owners):
        return {"type": Path, "metavar": "FILE"}
    kinds = {_type(field) for field in owners}
    if kinds == {"str"}:
        return {"metavar": "TEXT"}
    return {
        "type": {"int": int, "float": float}.get("".join(kinds), _number),
        "metavar": "N",
    }


def _number(text: str) -> float:
    """Read a number that is whole for some owners of an option, not for others."""
    try:
        return int(text)
    except ValueError:
        return float(text)


def _type(field: Field[Any]) -> str:
    """Return the name of a field's type, ``"float"`` for ``float | None``."""
    text = field.type if isinstance(field.type, str) else field.type.__name__
    return text.split("|")[0].strip()


def _default(field: Field[Any]) -> str:
    value = field.default
    if value is None or value is MISSING:
        return ""
    if isinstance(value, bool):
        return f"(default {'on' if value else 'off'})"
    shown = f"{value:.4g}" if isinstance(value, float) else str(value)
    return f"(default {shown})"
