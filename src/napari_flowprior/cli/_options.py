"""Objects made from the options of the command line that were given."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_flowprior._errors import InputError, UsageError
from napari_flowprior._options import Option, options
from napari_flowprior.cli._arrays import read_array

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator, Mapping

__all__ = [
    "build",
    "build_all",
    "given_options",
    "given_paths",
    "given_values",
    "own_flag",
]


def own_flag(kind: str, flag: str) -> str:
    """Return the name of an option of one of several that have it.

    Parameters
    ----------
    kind, flag : str
        Names of its owner, and of the option.

    Returns
    -------
    str
        As parsed options are called.
    """
    return f"{kind}-{flag}".replace("-", "_")


def given_options(parsed: argparse.Namespace, kinds: Iterable[type]) -> list[str]:
    """Find which options of some dataclasses were given.

    Parameters
    ----------
    parsed : Namespace
        Parsed options.
    kinds : iterable of type
        Dataclasses whose options were added.

    Returns
    -------
    list of str
        Names of options, sorted.
    """
    names = {option.flag for kind in kinds for option in options(kind)}
    return sorted(name for name in names if hasattr(parsed, name))


def given_values(parsed: argparse.Namespace, kind: type) -> dict[str, Any]:
    """Check the options of a dataclass that were given.

    Parameters
    ----------
    parsed : Namespace
        Parsed options.
    kind : type
        Dataclass whose options were added.

    Returns
    -------
    dict
        Values by the names of its fields.

    Raises
    ------
    UsageError
        If one is out of its range.
    """
    own = _of(kind)
    with _as_usage():
        return {
            own[flag].name: own[flag].check(getattr(parsed, flag), own[flag].switch)
            for flag in given_options(parsed, [kind])
        }


def given_paths(parsed: argparse.Namespace, kinds: Iterable[type]) -> list[Path]:
    """Find the files among the options of some dataclasses that were given.

    Parameters
    ----------
    parsed : Namespace
        Parsed options.
    kinds : iterable of type
        Dataclasses whose options were added.

    Returns
    -------
    list of Path
        What is read.
    """
    values = (getattr(parsed, name) for name in given_options(parsed, kinds))
    return [value for value in values if isinstance(value, Path)]


def build(kind: type, parsed: argparse.Namespace, family: Iterable[type]) -> Any:
    """Make an object from the options that were given.

    Parameters
    ----------
    kind : type
        Dataclass to make.
    parsed : Namespace
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
    return build_all([kind], parsed, family)[0]


def build_all(
    kinds: Iterable[type],
    parsed: argparse.Namespace,
    family: Iterable[type],
    *,
    preferred: type | None = None,
) -> list[Any]:
    """Make several objects, each from those of the given options that it has.

    Parameters
    ----------
    kinds : iterable of type
        Dataclasses to make, all different.
    parsed : Namespace
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
    given = {name: getattr(parsed, name) for name in given_options(parsed, family)}
    owners = {name: _owners(name, kinds) for name in given}
    if surplus := [_owned(name, family) for name in given if not owners[name]]:
        names, verb = _names(kinds), "has" if len(kinds) == 1 else "have"
        raise UsageError(
            f"{names} {verb} no option {', '.join(surplus)}; leave it out."
        )
    chosen = {name: _choose(name, owners[name], preferred) for name in given}
    shares = [{o: v for o, v in given.items() if chosen[o] is kind} for kind in kinds]
    for kind, share in zip(kinds, shares, strict=True):
        share.update(_own(parsed, kind))
    _check_own(parsed, kinds, family)
    return [_make(kind, share) for kind, share in zip(kinds, shares, strict=True)]


def _own(parsed: argparse.Namespace, kind: type) -> dict[str, Any]:
    """Find what was given with the name of a dataclass before it."""
    names = {flag: own_flag(_names([kind]), flag) for flag in _of(kind)}
    return {f: getattr(parsed, n) for f, n in names.items() if hasattr(parsed, n)}


def _check_own(
    parsed: argparse.Namespace, kinds: list[type], family: list[type]
) -> None:
    for kind in family:
        if kind not in kinds and (given := _own(parsed, kind)):
            name = _names([kind])
            switch = _of(kind)[next(iter(given))].switch.replace("--", f"--{name}-", 1)
            raise UsageError(f"{switch} is of {name}, which is not chosen; choose it.")


def _choose(flag: str, owners: list[type], preferred: type | None) -> type:
    """Find whose an option is."""
    if preferred is not None and preferred in owners:
        return preferred
    if len(owners) == 1:
        return owners[0]
    switch, first = _of(owners[0])[flag].switch, _names(owners[:1])
    advice = "leave it out"
    if preferred:
        named = switch.replace("--", f"--{first}-", 1)
        advice = f"say {named} for that of {first}"
    raise UsageError(f"{switch} could be of {_names(owners)}; {advice}.")


def _make(kind: type, given: Mapping[str, Any]) -> Any:
    own = _of(kind)
    required = [option for option in own.values() if option.required]
    if missing := [o.switch for o in required if o.flag not in given]:
        raise UsageError(f"{_names([kind])} needs {', '.join(missing)}.")
    with _as_usage():
        for flag, value in given.items():
            own[flag].check(value, own[flag].switch)
    values = {own[flag].name: _content(own[flag], given[flag]) for flag in given}
    with _as_usage():
        return kind(**values)


@contextmanager
def _as_usage() -> Iterator[None]:
    """Turn what is wrong with options into wrong usage."""
    try:
        yield
    except InputError as error:
        raise UsageError(str(error)) from error


def _content(option: Option, value: Any) -> Any:
    return value if option.array is None else read_array(value, option.array)


def _of(kind: type) -> dict[str, Option]:
    return {option.flag: option for option in options(kind)}


def _names(kinds: Iterable[type]) -> str:
    return ", ".join(kind.name for kind in kinds)  # type: ignore[attr-defined]


def _owners(flag: str, kinds: Iterable[type]) -> list[type]:
    return [kind for kind in kinds if flag in _of(kind)]


def _owned(flag: str, family: list[type]) -> str:
    """Name an option and whose it is."""
    owners = _owners(flag, family)
    return f"{_of(owners[0])[flag].switch} (of {_names(owners)})"
