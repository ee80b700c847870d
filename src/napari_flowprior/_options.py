"""Options: what a user can set, described once where a dataclass defines it.

A field becomes an option by an annotation, ``steps: Annotated[int, Hint(...)] = 16``.
Its type says what kind of value it takes, the `Hint` all else: bounds, unit, help.
Python, the command line and the forms of the dock widgets read the same `options`.
"""

from __future__ import annotations

import math
from dataclasses import MISSING, Field, dataclass, fields
from functools import cache
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

import numpy as np

from napari_flowprior._checks import check_number
from napari_flowprior._errors import InputError
from napari_flowprior._hints import INTENSITY, RANGE, Array, Hint

__all__ = [
    "INTENSITY",
    "RANGE",
    "Array",
    "Hint",
    "Kind",
    "Option",
    "check_options",
    "options",
]

Kind = Literal["number", "whole", "toggle", "choice", "text", "array"]
"""A real number, a whole one, yes or no, one of some words, any words, an array."""


@dataclass(frozen=True, kw_only=True)
class Option(Hint):
    """An option of a dataclass: its `Hint`, its type and its default.

    Parameters
    ----------
    label, help : str
        As in `Hint`.
    least, most : float
        As in `Hint`.
    unit : str
        As in `Hint`.
    array : {"image", "mask", "psf"}, optional
        As in `Hint`.
    flag : str
        As in `Hint`; the name of the field if the hint has none.
    none : str
        As in `Hint`.
    step : float
        As in `Hint`; a quarter of the default of a number if the hint has none.
    name : str
        Name of the field.
    kind : str
        Which values it takes, see `Kind`.
    default : object
        Its default; `dataclasses.MISSING` if it has to be given.
    optional : bool
        Whether it may be None.
    choices : tuple of str
        All values of a choice.
    pair : bool
        Whether it may also be two whole numbers.
    """

    name: str
    kind: Kind
    default: Any = MISSING
    optional: bool = False
    choices: tuple[str, ...] = ()
    pair: bool = False

    @property
    def required(self) -> bool:
        """Whether it has to be given."""
        return self.default is MISSING

    @property
    def switch(self) -> str:
        """How it is given on the command line, such as ``--bad-pixels``."""
        return f"--{self.flag.replace('_', '-')}"

    @property
    def facts(self) -> str:
        """Unit and bounds, "pixels, 0.1 to 10"; empty without any."""
        return ", ".join(fact for fact in (self.unit, self._range()) if fact)

    @property
    def tip(self) -> str:
        """Help, with unit and bounds."""
        return self.explain()

    def explain(self, *more: str) -> str:
        """Return the help, with unit, bounds and further facts in parentheses.

        Parameters
        ----------
        *more : str
            Further facts; empty ones are left out.

        Returns
        -------
        str
            A sentence or several.
        """
        facts = ", ".join(fact for fact in (self.facts, *more) if fact)
        return f"{self.help.removesuffix('.')} ({facts})." if facts else self.help

    def check(self, value: Any, called: str | None = None) -> Any:
        """Refuse what the option cannot be.

        Parameters
        ----------
        value : object
            What was given.
        called : str, optional
            How the user knows the option, if not by the name of its field.

        Returns
        -------
        object
            The value, as Python's own type.

        Raises
        ------
        InputError
            If it is of another kind, or out of bounds.
        """
        called = self.name if called is None else called
        if (value is None and self.optional) or self.kind == "array":
            return value
        if self.pair and isinstance(value, tuple | list):
            return tuple(self._whole(side, called) for side in value)
        return getattr(self, f"_{self.kind}")(value, called)

    def _number(self, value: Any, called: str) -> float:
        check_number(called, value)
        if not self.least <= value <= self.most:
            raise InputError(f"{called} is {value}; it must be {self._wanted()}.")
        return float(value)

    def _whole(self, value: Any, called: str) -> int:
        whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
        if isinstance(value, float | np.floating):
            whole = float(value).is_integer()
        if not (whole and self.least <= value <= self.most):
            raise InputError(f"{called} is {value!r}; it must be {self._wanted()}.")
        return int(value)

    def _toggle(self, value: Any, called: str) -> bool:
        if not isinstance(value, bool | np.bool_):
            raise InputError(f"{called} is {value!r}; it must be True or False.")
        return bool(value)

    def _choice(self, value: Any, called: str) -> str:
        if not isinstance(value, str) or value not in self.choices:
            raise InputError(
                f"{called} is {value!r}; choose one of {', '.join(self.choices)}."
            )
        return value

    def _text(self, value: Any, called: str) -> str:
        if not isinstance(value, str):
            raise InputError(f"{called} is {value!r}; it must be text.")
        return value

    def _wanted(self) -> str:
        """Say what a number must be."""
        both = math.isfinite(self.least) and math.isfinite(self.most)
        span = f"from {self._range()}" if both else self._range()
        if self.kind == "number":
            return span
        return f"a whole number {span}" if both else f"a whole number, {span}"

    def _range(self) -> str:
        bounded = math.isfinite(self.least), math.isfinite(self.most)
        if all(bounded):
            return f"{self.least:.10g} to {self.most:.10g}"
        if bounded[0]:
            return f"{self.least:.10g} or more"
        return f"{self.most:.10g} at most" if bounded[1] else ""


@cache
def options(kind: type) -> tuple[Option, ...]:
    """Return the options of a dataclass, in the order of its fields.

    Parameters
    ----------
    kind : type
        The dataclass.

    Returns
    -------
    tuple of Option
        One for each field that is annotated with a `Hint`.

    Examples
    --------
    >>> from napari_flowprior.restoration import Noise, options
    >>> [option.name for option in options(Noise)]
    ['sigma', 'map']
    """
    types = get_type_hints(kind, include_extras=True)
    found = ((field, types[field.name]) for field in fields(kind))
    return tuple(
        _option(field, *get_args(annotation))
        for field, annotation in found
        if get_origin(annotation) is Annotated
    )


def check_options(settings: Any) -> None:
    """Refuse options that are of the wrong kind or out of bounds.

    Meant for ``__post_init__``; values get the types that the fields have.

    Parameters
    ----------
    settings : dataclass
        An instance; also a frozen one.

    Raises
    ------
    InputError
        If a value cannot be used; the message names its field.
    """
    kind: type = type(settings)
    for option in options(kind):
        value = option.check(getattr(settings, option.name))
        object.__setattr__(settings, option.name, value)


def _option(field: Field[Any], annotation: Any, hint: Hint) -> Option:
    members = _members(annotation)
    kind, choices = _kind(members, hint)
    return Option(
        name=field.name,
        kind=kind,
        default=field.default,
        optional=NoneType in members,
        choices=choices,
        pair=any(get_origin(member) is tuple for member in members),
        **vars(hint)
        | {
            "flag": hint.flag or field.name,
            "step": hint.step or _step(kind, field.default, hint.most),
        },
    )


def _step(kind: Kind, default: Any, most: float) -> float:
    if kind != "number":
        return 1.0
    if default is not MISSING and default:
        return float(default) / 4
    return min(1.0, most / 20)


def _members(annotation: Any) -> tuple[Any, ...]:
    union = get_origin(annotation) in (Union, UnionType)
    return get_args(annotation) if union else (annotation,)


def _kind(members: tuple[Any, ...], hint: Hint) -> tuple[Kind, tuple[str, ...]]:
    if hint.array is not None:
        return "array", ()
    for member in members:
        if get_origin(member) is Literal:
            return "choice", get_args(member)
    kinds: tuple[tuple[type, Kind], ...] = (
        (bool, "toggle"),
        (float, "number"),
        (int, "whole"),
        (str, "text"),
    )
    for type_, kind in kinds:
        if type_ in members:
            return kind, ()
    raise TypeError(f"There is no kind of option for {members}.")
